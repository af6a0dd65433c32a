import { DescribeInstanceTypesCommand, type _InstanceType } from '@aws-sdk/client-ec2';
import { ec2 } from '../ec2';
import { NitroDoesNotEncrypt } from '../errors';
import { describeInstances } from '../instances';
import type { Problem } from './problems';

/**
 * The Nitro cards encrypt what goes between two instances if both types can and nothing lies in between (EC2 user guide, "data-protection").
 * Peered VPCs would do, too, but that they are peered directly is not looked at: only one VPC is taken for sure.
 */
export async function nitroProblems(sourceInstanceId: string, targetInstanceId: string): Promise<Problem[]> {
  const instances = await describeInstances([sourceInstanceId, targetInstanceId]);
  const both = [sourceInstanceId, targetInstanceId].map(id => instances.find(({ InstanceId }) => InstanceId === id));
  const types = [...new Set(both.flatMap(instance => instance?.InstanceType ?? []))];
  const { InstanceTypes = [] } = await ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: types as _InstanceType[] }));
  const able = InstanceTypes.filter(({ NetworkInfo }) => NetworkInfo?.EncryptionInTransitSupported === true).map(({ InstanceType }) => InstanceType);
  const plain = types.filter(type => !able.some(name => name === type));
  const [source, target] = both;
  const reasons = [
    ...plain.map(type => `instances of type ${type} do not encrypt in transit`),
    ...source?.VpcId !== undefined && source.VpcId === target?.VpcId ? [] : [`they are not in one VPC (${source?.VpcId ?? 'none'} and ${target?.VpcId ?? 'none'})`],
  ];
  return reasons.length === 0 ? [] : [{
    verdict: NitroDoesNotEncrypt, text: `encryption "nitro" is not to be had between ${sourceInstanceId} and ${targetInstanceId}: ${reasons.join('; ')}. Ask for encryption "wireguard"`,
  }];
}
