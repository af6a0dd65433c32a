import { abort } from './clone-abort';
import { cloneOfCloneFails } from './clone-of-clone-fails';
import { freeze } from './clone-freeze';
import { launchFailure } from './clone-launch-failure';
import { planOnly } from './clone-plan-only';
import { volumeCopy } from './clone-volume-copy';
import { shared } from './clone-shared';
import { clone } from './clone';
import type { Scenario } from './scenario';

/** Every scenario; the first is played when none is named. */
export const scenarios: readonly [Scenario, ...Scenario[]] = [clone, planOnly, freeze, volumeCopy, shared, launchFailure, abort, cloneOfCloneFails];
