import type { Account } from '../cloud/account';
import type { InstanceSpec } from '../cloud/ec2/builder';
import { Source } from './source';
import { clonable, type Stage } from './stage';

/** The name of its instance profile, and of the role in it. */
export const profile = 'database-server';

/** Context that lets clones have the role of the database server. */
export const deployedWith = { passableRoleArns: `arn:aws:iam::111122223333:role/${profile}` };

/** Blocks per volume that were written long ago. */
const oldBlocks = 200;

/** A database server as many have one: system, data and log each on a volume of their own, managed by SSM, protected. */
export function databaseServer(stage: Stage, { multiAttach = false, platform, home = stage.account }: { multiAttach?: boolean; home?: Account } & Pick<InstanceSpec, 'platform'> = {}): Source {
  const { ec2 } = home;
  const { instanceId, volumeIds } = ec2.addInstance({
    name: 'database', type: 'm5.xlarge', keyName: 'database', profile, platform,
    tags: { ...clonable, team: 'orders' },
    terminationProtection: true,
    metadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
    volumes: [
      { size: 20, written: 6 },
      { size: 200, written: 50, iops: 6000, throughput: 500, encrypted: true, deleteOnTermination: false, tags: { holds: 'data' } },
      { size: 50, written: 20, type: 'io2', iops: 4000, encrypted: true, multiAttach, deleteOnTermination: false, tags: { holds: 'log' } },
    ],
  });
  for (const volumeId of volumeIds) {
    for (let block = 0; block < oldBlocks; block++) ec2.write(volumeId, block, `old ${block} of ${volumeId}`);
  }
  return new Source(stage, instanceId, ec2);
}
