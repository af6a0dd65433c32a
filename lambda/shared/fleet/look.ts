import { type _InstanceType, type Instance, paginateDescribeInstances, paginateDescribeInstanceTypes, paginateDescribeVolumes, type Volume } from '@aws-sdk/client-ec2';
import { ec2 } from '../ec2';
import { findInstances } from '../instances';
import type { FleetRequest } from './request';

/** A filter takes so many values. */
const VALUES_PER_FILTER = 200;

/** The instances that are asked for, as far as they are there. */
export async function instancesOf({ instances: { ids, tag } }: Pick<FleetRequest, 'instances'>): Promise<Instance[]> {
  if (ids) return findInstances(ids);
  const found: Instance[] = [];
  const Filters = [{ Name: `tag:${tag?.key ?? ''}`, Values: [(tag?.value ?? '').replaceAll(/[\\*?]/g, '\\$&')] }, { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] }];
  for await (const { Reservations = [] } of paginateDescribeInstances({ client: ec2, pageSize: 1000 }, { Filters })) {
    found.push(...Reservations.flatMap(({ Instances }) => Instances ?? []));
  }
  return found;
}

/** All volumes of these, by their ids. */
export async function volumesOf(instances: readonly Instance[]): Promise<Map<string, Volume>> {
  const ids = instances.map(({ InstanceId = '' }) => InstanceId);
  const found = new Map<string, Volume>();
  for (let at = 0; at < ids.length; at += VALUES_PER_FILTER) {
    const Filters = [{ Name: 'attachment.instance-id', Values: ids.slice(at, at + VALUES_PER_FILTER) }];
    for await (const { Volumes = [] } of paginateDescribeVolumes({ client: ec2 }, { Filters })) {
      for (const volume of Volumes) found.set(volume.VolumeId ?? '', volume);
    }
  }
  return found;
}

/** Of the types of these, those with disks of their own. */
export async function typesWithInstanceStore(instances: readonly Instance[]): Promise<Set<string>> {
  const types = [...new Set(instances.map(({ InstanceType = '' }) => InstanceType))].filter(type => type !== '');
  const found = new Set<string>();
  if (types.length === 0) return found;
  const Filters = [{ Name: 'instance-storage-supported', Values: ['true'] }];
  for (let at = 0; at < types.length; at += VALUES_PER_FILTER / 2) {
    const InstanceTypes = types.slice(at, at + VALUES_PER_FILTER / 2) as _InstanceType[];
    for await (const page of paginateDescribeInstanceTypes({ client: ec2 }, { InstanceTypes, Filters })) {
      for (const { InstanceType = '' } of page.InstanceTypes ?? []) found.add(InstanceType);
    }
  }
  return found;
}
