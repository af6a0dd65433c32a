import { AssociateAddressCommand } from '@aws-sdk/client-ec2';
import { RegisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ChangeResourceRecordSetsCommand, type ResourceRecordSet } from '@aws-sdk/client-route-53';
import { associationOf, readAddresses } from '../shared/cut-over/addresses';
import { type GroupMove, groupProblem, loadBalancing, moveInGroup, readGroup, type Target } from '../shared/cut-over/groups';
import { type Endpoint, endpointOf, namesOf } from '../shared/cut-over/places';
import { movedSet, namesInstance, readRecordSets, route53, valuesOf } from '../shared/cut-over/records';
import { ec2 } from '../shared/ec2';
import { TrafficNotMovable } from '../shared/errors';
import type { Host } from '../shared/hosts';
import { findInstances } from '../shared/instances';
import type { Step } from '../shared/step';
import type { TrafficRequest } from '../shared/sync/request';

export interface Input extends Step {
  readonly request: TrafficRequest;
  /** Who served. */
  readonly from: Host;
  /** Who serves now. */
  readonly to: Host;
}
export interface Traffic {
  readonly groups: readonly GroupMove[];
  /** Ids of changes that Route 53 propagates. */
  readonly changes: readonly string[];
  readonly records: readonly string[];
  /** Seconds for which who looked a record up before goes on asking the former: the longest TTL of those that were changed. */
  readonly ttl: number;
  readonly elasticIps: readonly string[];
  /** What was named, but leads to neither instance any more: somebody has decided otherwise. */
  readonly skipped: readonly string[];
}
export interface Output { readonly traffic: Traffic }

/** Leads clients to the instance that serves now. Nothing is touched that the request does not name; a second call finds all done. */
export async function handler({ request, from, to }: Input): Promise<Output> {
  const instances = await findInstances([from.instanceId, to.instanceId]);
  const find = (host: Host) => endpointOf(instances.find(({ InstanceId }) => InstanceId === host.instanceId), host);
  const former = find(from);
  const successor = find(to);
  // whatever can be moved is moved before anything that can not is told
  const groups = await moveGroups(request, former, successor);
  const records = await moveRecords(request, former, successor);
  const addresses = await moveAddresses(request, former, successor);
  const problems = [...groups.problems, ...records.problems, ...addresses.problems];
  if (problems.length > 0) throw new TrafficNotMovable(`${problems.join('; ')}. Lead this traffic to ${to.instanceId} yourself, or mend the cause, then continue`);
  return {
    traffic: {
      groups: groups.moves, changes: records.changes, records: records.moved, ttl: records.ttl, elasticIps: addresses.moved,
      skipped: [...groups.skipped, ...records.skipped],
    },
  };
}

async function moveGroups({ targetGroupArns }: TrafficRequest, from: Endpoint, to: Endpoint) {
  const moves: GroupMove[] = [];
  const skipped: string[] = [];
  const problems: string[] = [];
  for (const targetGroupArn of targetGroupArns) {
    const group = await readGroup(targetGroupArn);
    const problem = groupProblem(group, targetGroupArn);
    const move = group && problem === undefined ? moveInGroup(group, from, to) : { problem: problem ?? '' };
    if ('problem' in move) {
      problems.push(move.problem);
    } else if (move.targets.length === 0) {
      skipped.push(`${from.instanceId} is not registered in ${targetGroupArn}`);
    } else {
      await loadBalancing.send(new RegisterTargetsCommand({ TargetGroupArn: targetGroupArn, Targets: move.targets.map((target: Target) => ({ ...target })) }));
      moves.push(move);
    }
  }
  return { moves, skipped, problems };
}

async function moveRecords({ records, elasticIps }: TrafficRequest, from: Endpoint, to: Endpoint) {
  const changes: string[] = [];
  const moved: string[] = [];
  const skipped: string[] = [];
  const problems: string[] = [];
  let ttl = 0;
  const following = (records.length === 0 ? [] : await readAddresses(elasticIps)).flatMap(({ PublicIp }) => PublicIp ?? []);
  const names = namesOf(from, to, following);
  for (const zone of new Set(records.map(({ hostedZoneId }) => hostedZoneId))) {
    const sets: ResourceRecordSet[] = [];
    for (const record of records.filter(({ hostedZoneId }) => hostedZoneId === zone)) {
      const found = await readRecordSets(record);
      const results = found.flatMap(set => movedSet(set, names, valuesOf(to)) ?? []);
      problems.push(...results.flatMap(result => ('problem' in result ? [result.problem] : [])));
      const changed = results.flatMap(result => ('problem' in result ? [] : [result]));
      const stays = found.some(set => namesInstance(set, following)); // it names an address that moves itself
      if (results.length === 0 && !stays) skipped.push(`no record ${record.type} ${record.name} names ${from.instanceId}`);
      else if (changed.length > 0) moved.push(`${record.type} ${record.name}`);
      ttl = Math.max(ttl, ...changed.map(({ TTL = 0 }) => TTL));
      sets.push(...changed);
    }
    if (sets.length === 0) continue;
    const { ChangeInfo } = await route53.send(new ChangeResourceRecordSetsCommand({
      HostedZoneId: zone,
      ChangeBatch: { Comment: `${to.instanceId} serves instead of ${from.instanceId}`, Changes: sets.map(set => ({ Action: 'UPSERT' as const, ResourceRecordSet: set })) },
    }));
    if (ChangeInfo?.Id) changes.push(ChangeInfo.Id);
  }
  return { changes, moved, ttl, skipped, problems };
}

async function moveAddresses({ elasticIps }: TrafficRequest, from: Endpoint, to: Endpoint) {
  const moved: string[] = [];
  const problems: string[] = [];
  const addresses = await readAddresses(elasticIps);
  for (const allocationId of elasticIps) {
    const association = associationOf(addresses.find(({ AllocationId }) => AllocationId === allocationId), allocationId, from, to);
    if (association === 'done') {
      moved.push(allocationId);
    } else if ('problem' in association) {
      problems.push(association.problem);
    } else {
      const { place: { interfaceId, privateIp }, mayReassociate } = association;
      await ec2.send(new AssociateAddressCommand({
        AllocationId: allocationId,
        ...interfaceId === null ? {} : { NetworkInterfaceId: interfaceId },
        ...privateIp === null ? {} : { PrivateIpAddress: privateIp },
        AllowReassociation: mayReassociate,
      }));
      moved.push(allocationId);
    }
  }
  return { moved, problems };
}
