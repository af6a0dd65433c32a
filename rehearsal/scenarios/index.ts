import { abort } from './clone-abort';
import { cloneOfCloneFails } from './clone-of-clone-fails';
import { elsewhere } from './clone-elsewhere';
import { expiry } from './clone-expiry';
import { fleet } from './clone-fleet';
import { freeze } from './clone-freeze';
import { isolated } from './clone-isolated';
import { launchFailure } from './clone-launch-failure';
import { otherAccount } from './clone-other-account';
import { otherRegion } from './clone-other-region';
import { ownVolume } from './clone-own-volume';
import { planOnly } from './clone-plan-only';
import { volumeCopy } from './clone-volume-copy';
import { shared } from './clone-shared';
import { windows } from './clone-windows';
import { writable } from './clone-writable';
import { clone } from './clone';
import { warmed } from './clone-warmed';
import { edgeCapacity } from './edge-capacity';
import { edgeFleet } from './edge-fleet';
import { edgeLinkDown } from './edge-link-down';
import { edgeNonconverging } from './edge-nonconverging';
import { edgeReplay } from './edge-replay';
import { edgeRoundtrip } from './edge-roundtrip';
import { edgeTwoFleets } from './edge-two-fleets';
import type { Scenario } from './scenario';
import { sync } from './sync';
import { syncAbort } from './sync-abort';
import { syncMd } from './sync-md';
import { syncFallBack } from './sync-fall-back';
import { syncPlanOnly } from './sync-plan-only';
import { syncPreCopy } from './sync-pre-copy';
import { syncTargetLost } from './sync-target-lost';

/** Every scenario; the first is played when none is named. */
export const scenarios: readonly [Scenario, ...Scenario[]] = [
  clone, isolated, warmed, planOnly, freeze, windows, volumeCopy, shared, ownVolume, writable, elsewhere, otherRegion, otherAccount, fleet,
  launchFailure, abort, cloneOfCloneFails, expiry,
  sync, syncPreCopy, syncMd, syncPlanOnly, syncFallBack, syncTargetLost, syncAbort,
  edgeRoundtrip, edgeCapacity, edgeLinkDown, edgeNonconverging, edgeFleet, edgeTwoFleets, edgeReplay,
];
