import { databaseServer, deployedWith } from './database-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue } from './source';

const region = 'eu-west-1';

interface Plan { readonly sourceRegion?: string | null; readonly cost?: readonly { readonly unit: string; readonly quantity: number }[] }

export const otherRegion: Scenario = {
  name: 'clone-other-region',
  description: `A database server in ${region} keeps writing while it is cloned into this Region: its snapshots are copied here, and nothing of it stays there.`,
  app: { machine: 'InstanceClone', context: { ...deployedWith, sourceRegion: region } },
  async play(stage) {
    const { account } = stage;
    const { ec2 } = account;
    const home = account.inRegion(region);
    const source = databaseServer(stage, { home }).keepWriting();
    // somebody's network is where the clone shall go
    const { NetworkInterfaces: [there], SubnetId } = ec2.get(ec2.instances, ec2.addInstance({ name: 'neighbour', type: 't3.micro' }).instanceId);
    await account.clock.advance(30_000);
    const run = await stage.run({ sourceInstanceId: source.instanceId, subnetId: SubnetId!, securityGroupIds: there!.Groups!.map(({ GroupId }) => GroupId!) });
    const clones = source.prove(run);
    const { plan } = (run.output ?? {}) as { plan?: Plan };
    const transfer = plan?.cost?.find(({ unit }) => unit === 'gib-between-regions');
    return {
      run, clones, concerned: source.ids,
      expectations: [
        succeeds(run), clonesAreTrue(clones, 1, 3),
        expect(`the clone is here, the source in ${region}`,
          clones.length === 1 && clones.every(({ instanceId }) => ec2.instances.has(instanceId)) && home.ec2.instances.has(source.instanceId)),
        expect('the plan tells how much is transferred between the Regions at most', plan?.sourceRegion === region && transfer?.quantity === 270, `${transfer?.quantity ?? 0} GiB`),
        expect('no snapshot stays in either Region', home.ec2.snapshots.size + ec2.snapshots.size === 0),
        source.wroteOn(), source.noticedNothing(), nothingLeft(account, run), nothingLeft(home, run),
      ],
    };
  },
};
