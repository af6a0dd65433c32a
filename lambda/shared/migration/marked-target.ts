import { paginateDescribeInstances, paginateDescribeNetworkInterfaces, paginateDescribeVolumes, type Tag } from '@aws-sdk/client-ec2';
import { ec2 } from '../ec2';
import { CREATED_BY, EXECUTION, OWNER, PHASE, tagMap } from '../tags';

/** What an execution launched and has marked already, as far as it is not finished. */
export async function markedTarget(owner: string, execution: string): Promise<string[]> {
  const Filters = [
    { Name: `tag:${OWNER}`, Values: [owner] }, { Name: `tag:${EXECUTION}`, Values: [execution] }, { Name: 'tag-key', Values: [PHASE] },
  ];
  // filters know wildcards: the exact values decide
  const isOurs = (tags: readonly Tag[] | undefined) => {
    const { [OWNER]: its, [EXECUTION]: maker, [CREATED_BY]: finished } = tagMap(tags);
    return its === owner && maker === execution && finished === undefined;
  };
  const found: string[] = [];
  for await (const { Reservations } of paginateDescribeInstances({ client: ec2 }, { Filters })) {
    const instances = (Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
    found.push(...instances.filter(({ Tags }) => isOurs(Tags)).flatMap(({ InstanceId }) => InstanceId ?? []));
  }
  for await (const { Volumes } of paginateDescribeVolumes({ client: ec2 }, { Filters })) {
    found.push(...(Volumes ?? []).filter(({ Tags }) => isOurs(Tags)).flatMap(({ VolumeId }) => VolumeId ?? []));
  }
  for await (const { NetworkInterfaces } of paginateDescribeNetworkInterfaces({ client: ec2 }, { Filters })) {
    found.push(...(NetworkInterfaces ?? []).filter(({ TagSet }) => isOurs(TagSet)).flatMap(({ NetworkInterfaceId }) => NetworkInterfaceId ?? []));
  }
  return found;
}
