import { bytesPerSecond } from '../links';
import type { Unchecked } from '../plan/build';
import type { Check, Difference } from '../plan/plan';
import type { Source } from '../source/source';
import { VOLUME_LIMITS } from '../volume-limits';
import type { CopyChoice } from './copy';
import type { Destination } from './destination';
import type { MigrationPlan, PlannedLink, TravellingVolume } from './plan';
import { replicationRequest } from './replication-request';
import type { MigrationRequest, Transport } from './request';
import type { Choice } from './transport';

const GIB = 2 ** 30;

/** Over which link the bytes go: what AWS moves is never carried by a VPN of the user's, and blocks are kept off a service link where there is one. */
export function linkOf({ reservation }: MigrationRequest, { way }: Destination, transport: Transport): PlannedLink | null {
  const able = way?.links.filter(({ transports }) => transports.includes(transport)) ?? [];
  const link = way?.links.find(({ id }) => id === reservation?.link)
    ?? (transport === 'blocks' ? able.find(({ transports }) => !transports.includes('ebs')) : undefined) ?? able[0];
  if (!way || !link) return null;
  const share = Math.floor(bytesPerSecond(link, way.direction) * link.migrationShare);
  return { id: link.id, direction: way.direction, share, rate: reservation ? Math.ceil(reservation.bitsPerSecond / 8) : share };
}

export function travelOf({ volumes }: Source, { transport, why }: Choice, copied: CopyChoice): TravellingVolume[] {
  const when = copied.copy === 'pre-copy' ? 'before the switch, while the source serves' : 'after the switch; what is not there yet is read from the source';
  return volumes.map(({ device, volumeId, size, root }): TravellingVolume => {
    if (transport === 'ebs') {
      return { device, volumeId, size, transport, copy: 'pre-copy', why: `AWS moves its snapshots, round by round while the source serves; no rate is promised (${why})` };
    }
    return root
      ? { device, volumeId, size, transport: 'ebs', copy: 'pre-copy', why: 'the target boots from an image of it; what is written to it after that stays behind' }
      : { device, volumeId, size, transport, copy: copied.copy, why: `the instances send its blocks (${why}) ${when} (${copied.why})` };
  });
}

export interface Facts {
  readonly request: MigrationRequest;
  readonly source: Source;
  readonly destination: Destination;
  readonly launch: Unchecked;
  readonly checks: readonly Check[];
  readonly choice: Choice;
  /** Of what goes by blocks. */
  readonly copied: CopyChoice;
}

/** Everything that is going to happen, as far as it follows from what is known; nothing is asked or made here. */
export function buildMigrationPlan({ request, source, destination, launch, checks, choice, copied }: Facts): MigrationPlan {
  const { sourceInstanceId, count, route, volumes, image, finish, userData, protections, tags, creates, cost } = launch;
  const link = linkOf(request, destination, choice.transport);
  const asBlocks = choice.transport === 'blocks';
  // the root goes as an image, and not over a link that carries blocks alone
  const bytes = volumes.filter(({ root }) => !asBlocks || !root).reduce((sum, { size }) => sum + size, 0) * GIB;
  return {
    sourceInstanceId, count, route, volumes, image, finish, userData, protections, tags, creates, cost, launch: launch.launch,
    freeze: request.consistency === 'filesystem' && !request.stopSource,
    differences: [...launch.differences, ...encryptionDifferences(source, destination)],
    travel: travelOf(source, choice, copied),
    replication: asBlocks ? replicationRequest(request, source, destination, link, copied) : null,
    destination: destination.location,
    from: destination.from,
    link,
    services: request.services,
    stopSource: request.stopSource,
    managed: source.managedBySsm ?? false,
    maxDowntime: request.maxDowntime,
    deadline: request.deadline,
    story: asBlocks ? blocksStory(request, destination, link, copied) : story(request, destination, link),
    bytes,
    expectedSeconds: link === null ? null : Math.ceil(bytes / link.rate),
    warnings: [...asBlocks ? blocksWarnings(request, link, copied) : warnings(request, source, destination, link), ...destination.warnings, ...launch.warnings.filter(line => !line.includes('replay their journals'))],
    checks,
  };
}

function encryptionDifferences({ volumes }: Source, { location }: Destination): Difference[] {
  return location.kind !== 'outpost' ? [] : volumes.filter(({ encrypted }) => !encrypted).map(({ device }): Difference => ({
    attribute: `volume ${device} encrypted`, source: false, clone: true, kind: 'chosen', why: 'nothing on an Outpost is unencrypted',
  }));
}

function story(request: MigrationRequest, { location }: Destination, link: PlannedLink | null): string[] {
  const { services, stopSource, consistency, traffic, approve, keepSource, gate, verifyDocument } = request;
  const followers = [...traffic.targetGroupArns, ...traffic.records.map(({ name, type }) => `${type} ${name}`), ...traffic.elasticIps];
  const stops = services.length > 0 ? `${services.join(', ')} stop` : 'no services were named, so nothing is stopped';
  const lines: readonly (string | false)[] = [
    link !== null && `${link.id} is reserved (${link.direction}), one such move at a time`,
    'snapshots of all volumes are taken round by round, while the source serves, until what changes between two is small',
    gate !== null && `it waits for its group ${gate.id}, until ${gate.until} at most; the copy is kept fresh meanwhile`,
    approve.includes('cut-over') && 'somebody approves',
    `the pause begins: ${stops}${stopSource ? ', and the source is stopped' : ''}`,
    `the last snapshots are taken${consistency === 'filesystem' && !stopSource ? ', of frozen filesystems' : ''}`,
    `the target is launched from them in ${location.subnetId} (${location.name}), and verified`,
    verifyDocument !== null && `the document ${verifyDocument} judges it: the source serves again unless all its steps succeed`,
    followers.length > 0 && `${followers.join(', ')} follow: the pause is over`,
    keepSource === null ? 'the source is kept' : `the source is kept for ${Math.round(keepSource / 3600)} h${untilForgotten(traffic)}`,
    approve.includes('release') && keepSource !== null && 'somebody approves',
    keepSource !== null && 'the source is terminated',
  ];
  return lines.filter(line => line !== false);
}

/** Its address must not become somebody else's as long as clients may have it in their caches. */
const untilForgotten = ({ records }: MigrationRequest['traffic']): string => (records.length === 0 ? '' : ', and no less than the TTL of the records that follow');

function blocksStory(request: MigrationRequest, { location }: Destination, link: PlannedLink | null, { copy, switchBy }: CopyChoice): string[] {
  const { services, traffic, approve, keepSource, gate, verifyDocument } = request;
  const ahead = copy === 'pre-copy';
  const units = services.join(', ') || 'nothing (no services were named)';
  const followers = [...traffic.targetGroupArns, ...traffic.records.map(({ name, type }) => `${type} ${name}`), ...traffic.elasticIps];
  const lines: readonly (string | false)[] = [
    link !== null && `${Math.round(link.rate * 8 / 1e6)} Mbit/s of ${link.id} are reserved (${link.direction})`,
    gate !== null && `it waits for its group ${gate.id}, until ${gate.until} at most`,
    'the move is handed over to an execution of InstanceStoreSync, whose own plan and progress tell more',
    approve.includes('cut-over') && !ahead && 'somebody approves',
    `the target is launched in ${location.subnetId} (${location.name}) from an image of the root volume, with empty volumes in the place of the others`,
    ahead && `a first pause: ${units} stop and start on the source; then the blocks are brought over while it serves${switchBy === null ? '' : `, until ${switchBy} at most`}`,
    ahead && approve.includes('cut-over') && 'somebody approves',
    `the pause: ${units} stop on the source, and start on the target`,
    verifyDocument !== null && `the document ${verifyDocument} judges the target: the source serves again unless all its steps succeed`,
    followers.length > 0 && `${followers.join(', ')} follow`,
    ahead ? 'what the target lacks follows, and all blocks are compared' : 'the blocks are brought over while the target serves, and compared',
    keepSource === null ? 'the source is kept' : `the source is kept for ${Math.round(keepSource / 3600)} h${untilForgotten(traffic)}`,
    approve.includes('release') && keepSource !== null && 'somebody approves',
    keepSource !== null && 'the source is terminated',
  ];
  return lines.filter(line => line !== false);
}

function blocksWarnings({ services, traffic, consistency }: MigrationRequest, link: PlannedLink | null, { copy }: CopyChoice): string[] {
  const ahead = copy === 'pre-copy';
  const lines: readonly (string | false)[] = [
    !ahead && 'until the last block is over both instances are needed: losing the source for good before loses what was not yet copied',
    ahead && 'from the first pause on each write of the source waits for the target, too: the way over the link is in its latency',
    'the rate limits the copying alone: what the application writes, and reads of blocks that are not there yet, goes over the link besides',
    `what is written to the root volume after its image stays behind on the source${ahead ? '; the image is made before the blocks are copied' : ''}`,
    link === null && 'no link is held, and the copying is limited by the two instances alone',
    consistency === 'filesystem' && '"consistency" is about snapshots: nothing is frozen, the filesystems are unmounted',
    services.length === 0 && 'no services are named: whatever uses the mounts must be stopped before the switch, or the unmount is refused and nothing is switched',
    traffic.targetGroupArns.length + traffic.records.length === 0 && 'no traffic follows: the private address changes, and clients find the target only by what you change yourself',
  ];
  return lines.filter(line => line !== false);
}

function warnings({ services, stopSource, traffic }: MigrationRequest, source: Source, { way, location }: Destination, link: PlannedLink | null): string[] {
  const lines: readonly (string | false)[] = [
    services.length === 0 && !stopSource
      && 'neither services nor "stopSource" are given: what the source writes after the last snapshots stays behind on it. Name the services that write, or have it stopped',
    traffic.targetGroupArns.length + traffic.records.length === 0 && 'no traffic follows: the private address changes, and clients find the target only by what you change yourself',
    way !== null && link === null && 'no link that carries the traffic of EBS is known: nothing is reserved, and nothing is known of how long the bytes take',
    way !== null && 'EBS moves snapshots and volumes at its own pace: no cap is kept on the link',
    services.length > 0 && 'services that are enabled start when the target boots, shortly before traffic is led there',
    location.kind === 'local-zone' && source.volumes.some(({ type }) => !VOLUME_LIMITS[type]?.canBoot || type === 'io2' || type === 'io1')
      && 'Local Zones have different volume types: where the launch is refused for one, the source goes on',
  ];
  return lines.filter(line => line !== false);
}
