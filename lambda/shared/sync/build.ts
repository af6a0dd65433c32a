import { isAtEdge, placeOf } from '../locations';
import type { Unchecked } from '../plan/build';
import type { HostFacts } from '../replication/host';
import type { Source } from '../source/source';
import { expectations, type Means, PAUSE_SECONDS, tooLate } from './expect';
import type { EmptyVolume, LaunchPlan, PlannedMount, SyncPlan } from './plan';
import type { SyncRequest } from './request';

export interface Facts {
  readonly request: SyncRequest;
  readonly session: string;
  readonly source: Source;
  readonly sourceHost: HostFacts;
  readonly mounts: readonly PlannedMount[];
  readonly means: Means;
  /** Null: the target exists. */
  readonly launch: Unchecked | null;
  /** Of the launch. */
  readonly empty: readonly EmptyVolume[];
  /** Of which volumes something stays behind. */
  readonly partly: readonly string[];
}

type UncheckedSync = Omit<SyncPlan, 'checks'>;

/** Everything that is going to happen, as far as it follows from what is known; nothing is asked or made here. */
export function buildSyncPlan({ request, session, source, sourceHost, mounts, means, launch, empty, partly }: Facts): UncheckedSync {
  const bytesToMove = mounts.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    sourceInstanceId: request.sourceInstanceId,
    session,
    story: story(request, mounts, bytesToMove),
    mounts,
    services: request.services,
    bytesToMove,
    expectedPauseSeconds: PAUSE_SECONDS,
    expected: expectations(bytesToMove, means),
    releaseSource: request.releaseSource,
    warnings: [...moveWarnings(request, sourceHost, mounts, tooLate(bytesToMove, means, request.finishBy)), ...partly, ...sourceWarnings(source, launch)],
    ...launch ? { targetInstanceId: null, ...launchPlan(launch), empty, atEdge: isAtEdge(placeOf(source)) } : { targetInstanceId: request.target.instanceId ?? '', launch: null },
  };
}

function launchPlan({ sourceInstanceId, count, launch, volumes, image, finish, userData, tags, creates, differences, cost }: Unchecked): Omit<LaunchPlan, 'empty' | 'atEdge'> {
  return { sourceInstanceId, count, launch, volumes, image, finish, userData, tags, creates, differences, cost };
}

function story(request: SyncRequest, mounts: readonly PlannedMount[], bytes: number): string[] {
  const { target, services, traffic, approve, releaseSource, encryption, verifyDocument, copy, switchBy } = request;
  const ahead = copy !== 'post-copy';
  const units = services.join(', ') || 'nothing (no services were named)';
  const followers = [...traffic.targetGroupArns, ...traffic.records.map(({ name, type }) => `${type} ${name}`), ...traffic.elasticIps];
  const lines: readonly (string | false)[] = [
    approve.includes('switch') && !ahead && 'somebody approves',
    target.instanceId === null ? 'an image of the source is made without a reboot, and the target launched from it' : `${target.instanceId} is looked at, and prepared`,
    `both are connected${encryption === 'none' ? '' : encryption === 'nitro' ? ', encrypted by their Nitro cards' : ', encrypted by WireGuard'}; the source serves all the while`,
    ahead && `a first pause: the source stops and starts ${units}; from then on every write goes to both, and ${gib(bytes)} GiB are copied while it serves`
      + `${switchBy === null ? '' : `, until ${switchBy} at most`}${copy === 'auto' ? ' (where the engine is drbd; else they follow the switch)' : ''}`,
    ahead && approve.includes('switch') && 'somebody approves',
    `the pause: the source stops ${units} and unmounts ${mounts.map(({ mountPoint }) => mountPoint).join(', ')};`
      + ' the target mounts and starts the same',
    verifyDocument !== null && `the document ${verifyDocument} judges the target: the source serves again unless all its steps succeed`,
    followers.length > 0 && `${followers.join(', ')} follow`,
    ahead ? 'what the target lacks then, it reads from the source; every write still goes to both'
      : `${gib(bytes)} GiB are brought over while the target serves: what it has not yet it reads from the source, and every write goes to both`,
    'every block of both is compared',
    approve.includes('release') && 'somebody approves',
    'the target goes on with its own disks alone',
    releaseSource === 'keep' ? 'the source is kept, with the data of this moment' : `the source is ${releaseSource === 'stop' ? 'stopped' : 'terminated'}, which erases its instance store`,
  ];
  return lines.filter(line => line !== false);
}

function moveWarnings(
  { services, target, encryption, copy }: SyncRequest, host: HostFacts, mounts: readonly PlannedMount[], late: string | undefined,
): string[] {
  const isMoved = (name: string) => mounts.some(({ mountPoint }) => mountPoint === name);
  const atBoot = host.mounts.filter(({ mountPoint, boot }) => boot && isMoved(mountPoint)).map(({ mountPoint }) => mountPoint);
  const enabled = host.services.filter(({ name, enabled: is }) => is && services.includes(name)).map(({ name }) => name);
  const launched = target.instanceId === null;
  const lines: readonly (string | false | undefined)[] = [
    copy === 'pre-copy' ? 'until the synchronisation is over the source is needed; the target is from the switch on'
      : 'until the synchronisation is over both instances are needed: losing the source for good before loses what was not yet copied',
    'writes wait for both instances until then: the slower disk and the way between them count',
    services.length === 0 && 'no services are named: whatever uses the mounts must be stopped before the switch, or the unmount is refused and nothing is switched',
    launched && atBoot.length > 0
      && `${atBoot.join(', ')} are in the source's fstab, which the target boots with, on empty disks: without "nofail" there it does not come up`,
    launched && enabled.length > 0 && `${enabled.join(', ')} are enabled on the source, so they start at the target's boot too, without their data`,
    encryption === 'none' && 'the data go from one instance to the other in the clear',
    late,
  ];
  return lines.filter(line => typeof line === 'string');
}

/** The launch's own warnings are said of clones, and of instance store that is not cloned. */
function sourceWarnings(source: Source, launch: Unchecked | null): string[] {
  const lines = launch ? launch.warnings : source.warnings.filter(line => line.startsWith('AWS has scheduled'));
  return lines.filter(line => !/instance store: its content is not cloned/.test(line))
    .map(line => line.replaceAll(/\bthe clone\b/g, 'the target').replaceAll(/\bclones\b/g, 'targets'));
}

function gib(bytes: number): number {
  return Math.round(bytes / 2 ** 30 * 10) / 10;
}
