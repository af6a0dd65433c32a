import type { Instance } from '@aws-sdk/client-ec2';
import { trafficChecks } from '../shared/cut-over/check';
import { endpointOf } from '../shared/cut-over/places';
import { PlanTooLarge } from '../shared/errors';
import type { Candidates } from '../shared/hosts';
import { findInstances } from '../shared/instances';
import { bytes } from '../shared/json';
import { buildPlan, type Unchecked } from '../shared/plan/build';
import { dryRuns } from '../shared/plan/dry-run';
import { onInstanceOnly } from '../shared/plan/launch-tags';
import type { Check } from '../shared/plan/plan';
import { quotaChecks } from '../shared/plan/quotas';
import { readSubnets, refuseFullSubnets, subnetsOfInterest } from '../shared/plan/subnets';
import type { HostFacts } from '../shared/replication/host';
import { placesOf, refuseOtherVpc } from '../shared/replication/vpc';
import type { Source } from '../shared/source/source';
import type { Step } from '../shared/step';
import { buildSyncPlan } from '../shared/sync/build';
import { emptyVolumes, partlyReplicated, refuseLeftBehind, withEmptyVolumes } from '../shared/sync/empty-volumes';
import { launchRequest } from '../shared/sync/check';
import { plannedMounts, refuseSmallType } from '../shared/sync/mounts';
import type { LaunchPlan, SyncPlan } from '../shared/sync/plan';
import type { SyncRequest } from '../shared/sync/request';
import { readTypes } from '../shared/sync/types';

/** By which instances are admitted. */
interface Tag { readonly key: string; readonly value: string }

export interface Input extends Step {
  readonly request: SyncRequest;
  readonly session: string;
  readonly source: Source;
  /** What the source says of itself. */
  readonly sourceHost: HostFacts;
  readonly hosts: Candidates;
  /** By unit; what has no price is told in units only. */
  readonly prices: Readonly<Record<string, number>>;
  /** Whose instances may take part: a target that did not carry it could not be commanded. */
  readonly tag: Tag;
  /** Where targets may be launched; empty: anywhere. */
  readonly subnetIds: readonly string[];
  /** Where the construct opens the ports; null: they are open. */
  readonly vpcId: string | null;
}
export interface Output { readonly plan: SyncPlan }

/** A state's data holds 256 KiB, and other data travels with the plan. */
const MOST_BYTES = 200_000;

/** Says what will happen and how long it takes, and refuses before anything is made what would fail later. */
export async function handler({ request, session, source, sourceHost, hosts, prices, tag, subnetIds, vpcId, execution, owner }: Input): Promise<Output> {
  const mounts = plannedMounts(sourceHost, request);
  const traffic = await trafficChecks(request.traffic, endpointOf(source.instance as Instance, hosts.source));
  if (request.ebsVolumes && request.mountPoints.length === 0) refuseLeftBehind(mounts, source);
  const empty = request.target.instanceId === null ? emptyVolumes(mounts, source) : [];
  const existing = request.target.instanceId === null ? undefined : (await findInstances([request.target.instanceId])).at(0);
  refuseOtherVpc(vpcId, [source.instance, ...existing ? [existing] : []].map(({ InstanceId: id = '', VpcId }) => ({ id, vpcId: VpcId })));
  const { launch, checks } = request.target.instanceId === null
    ? await planLaunch({ request, source, subnetIds, vpcId, prices, tag, empty }, { execution, owner }) : { launch: null, checks: [] };
  const sourceType = source.instance.InstanceType ?? '';
  const targetType = launch ? String(launch.launch.InstanceType) : existing?.InstanceType ?? sourceType;
  const types = await readTypes([sourceType, targetType]);
  const typeOf = (name: string) => types.find(type => type.name === name);
  if (launch) refuseSmallType(mounts, typeOf(targetType), targetType);
  const means = {
    source: typeOf(sourceType), target: typeOf(targetType), flows: request.encryption === 'wireguard' ? 1 : mounts.length, rateLimit: request.rateLimit,
  };
  const partly = partlyReplicated(mounts, source);
  const built = buildSyncPlan({ request, session, source, sourceHost, mounts, means, launch, empty, partly });
  const plan = { ...built, checks: [...traffic, ...checks] } as SyncPlan;
  if (bytes(plan) > MOST_BYTES) {
    throw new PlanTooLarge(`the plan for ${request.sourceInstanceId} with its ${source.volumes.length} EBS volumes has ${bytes(plan)} bytes, but a state of`
      + ' Step Functions holds 262,144 together with the rest: remove tags from the volumes');
  }
  return { plan };
}

/** The target is launched as a single clone would be, from an image that CreateImage makes. */
async function planLaunch(
  { request, source, subnetIds, vpcId, prices, tag, empty }: Pick<Input, 'request' | 'source' | 'subnetIds' | 'vpcId' | 'prices' | 'tag'> & Pick<LaunchPlan, 'empty'>,
  step: Step,
): Promise<{ readonly launch: Unchecked; readonly checks: readonly Check[] }> {
  const asked = launchRequest(request);
  // as if it were asked for: the last tag to be dropped where there are too many, and given also where its key is one of this library's
  const asClone = { ...asked, tags: { ...asked.tags, [tag.key]: tag.value } };
  const subnets = await readSubnets(subnetsOfInterest(source.instance, asClone, subnetIds));
  const without = { ...asClone, volumes: launchRequest(request, empty.map(({ device }) => device)).volumes };
  const planned = withEmptyVolumes(buildPlan(asClone, source, subnets, subnetIds, prices), buildPlan(without, source, subnets, subnetIds, prices), empty);
  const launch = { ...planned, isolation: null, launch: onInstanceOnly(planned.launch, tag.key), tags: asked.tags, route: 'create-image' as const };
  refuseOtherVpc(vpcId, placesOf(launch.launch, subnets));
  const addresses = refuseFullSubnets(launch.launch, 1, subnets).map(detail => ({ check: 'free addresses', result: 'passed' as const, detail }));
  return { launch, checks: [...addresses, ...await quotaChecks(launch, source), ...await dryRuns(launch, source, step)] };
}
