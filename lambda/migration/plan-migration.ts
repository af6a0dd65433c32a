import type { Instance } from '@aws-sdk/client-ec2';
import { trafficChecks } from '../shared/cut-over/check';
import { endpointOf } from '../shared/cut-over/places';
import { PlanTooLarge } from '../shared/errors';
import type { Candidates } from '../shared/hosts';
import { bytes } from '../shared/json';
import { buildMigrationPlan, linkOf } from '../shared/migration/build';
import { chooseCopy, type CopyChoice } from '../shared/migration/copy';
import type { Destination } from '../shared/migration/destination';
import { launchRequest } from '../shared/migration/launch-request';
import { overridesFor } from '../shared/migration/overrides';
import type { MigrationPlan } from '../shared/migration/plan';
import type { MigrationRequest, Transport } from '../shared/migration/request';
import { chooseTransport } from '../shared/migration/transport';
import { readVolumeWrites } from '../shared/migration/volume-writes';
import { buildPlan } from '../shared/plan/build';
import { dryRuns } from '../shared/plan/dry-run';
import { onInstanceOnly } from '../shared/plan/launch-tags';
import { quotaChecks } from '../shared/plan/quotas';
import { readSubnets, refuseFullSubnets, subnetsOfInterest } from '../shared/plan/subnets';
import { placesOf, refuseOtherVpc } from '../shared/replication/vpc';
import type { Source } from '../shared/source/source';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly request: MigrationRequest;
  readonly source: Source;
  readonly destination: Destination;
  readonly hosts: Candidates;
  /** By unit; what has no price is told in units only. */
  readonly prices: Readonly<Record<string, number>>;
  /** Whose instances may be moved: a target that did not carry it could not be moved back. */
  readonly tag: { readonly key: string; readonly value: string };
  /** Whether the construct can have blocks replicated. */
  readonly replicates: boolean;
  /** Where the ports for that are opened; null: they are open. */
  readonly replicationVpcId: string | null;
}
export interface Output { readonly plan: MigrationPlan }

/** A state's data holds 256 KiB, and other data travels with the plan. */
const MOST_BYTES = 200_000;

/** Says what will happen and how long it takes, and refuses before anything is made what would fail later. */
export async function handler({ request, source, destination, hosts, prices, tag, replicates, replicationVpcId, execution, owner }: Input): Promise<Output> {
  const choice = chooseTransport(request, source, destination, replicates);
  const copied = await copyOf(request, source, destination, choice.transport);
  const traffic = await trafficChecks(request.traffic, endpointOf(source.instance as Instance, hosts.source));
  const { subnetId } = destination.location;
  const asked = launchRequest(request.instanceId, { subnetId, freeze: request.consistency === 'filesystem', volumes: overridesFor(source, destination) });
  // as if it were asked for: the last tag to be dropped where there are too many, and given also where its key is one of this library's
  const asClone = { ...asked, tags: { [tag.key]: tag.value } };
  const subnets = await readSubnets(subnetsOfInterest(source.instance, asClone, [subnetId]));
  const planned = buildPlan(asClone, source, subnets, [subnetId], prices);
  const launch = { ...planned, isolation: null, launch: onInstanceOnly(planned.launch, tag.key), tags: {} };
  if (choice.transport === 'blocks') refuseOtherVpc(replicationVpcId, [{ id: request.instanceId, vpcId: source.instance.VpcId }, ...placesOf(launch.launch, subnets)]);
  const addresses = refuseFullSubnets(launch.launch, 1, subnets).map(detail => ({ check: 'free addresses', result: 'passed' as const, detail }));
  const checks = [...traffic, ...addresses, ...await quotaChecks(launch, source), ...await dryRuns(launch, source, { execution, owner })];
  const plan = buildMigrationPlan({ request, source, destination, launch, checks, choice, copied });
  if (bytes(plan) > MOST_BYTES) {
    throw new PlanTooLarge(`the plan for ${request.instanceId} with its ${source.volumes.length} volumes has ${bytes(plan)} bytes, but a state of`
      + ' Step Functions holds 262,144 together with the rest: remove tags from the volumes');
  }
  return { plan };
}

/** Snapshots are always copied ahead, round by round. */
const ROUNDS: CopyChoice = { copy: 'pre-copy', asked: false, switchBy: null, why: 'rounds of snapshots' };

async function copyOf(request: MigrationRequest, source: Source, destination: Destination, transport: Transport): Promise<CopyChoice> {
  if (transport === 'ebs') return ROUNDS;
  const writes = await readVolumeWrites(source.volumes.filter(({ root }) => !root).map(({ volumeId }) => volumeId));
  return chooseCopy({ request, source, link: linkOf(request, destination, transport), writes, now: Date.now() });
}
