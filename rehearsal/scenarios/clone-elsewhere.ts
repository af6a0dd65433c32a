import { databaseServer } from './database-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue } from './source';

interface Plan { readonly differences?: readonly { readonly attribute: string; readonly clone: unknown; readonly kind: string }[] }

export const elsewhere: Scenario = {
  name: 'clone-elsewhere',
  description: 'A database server keeps writing while it is cloned into a subnet in another Availability Zone, which its snapshots reach as well as its own.',
  async play(stage) {
    const { account } = stage;
    const { ec2 } = account;
    const source = databaseServer(stage).keepWriting();
    const home = ec2.instances.get(source.instanceId)!.Placement.AvailabilityZone;
    const target = [...ec2.subnets.values()].find(subnet => subnet.AvailabilityZone !== home)!;
    await account.clock.advance(30_000);
    const run = await stage.run({ sourceInstanceId: source.instanceId, subnetId: target.SubnetId });
    const clones = source.prove(run);
    const { plan } = (run.output ?? {}) as { plan?: Plan };
    const chosen = plan?.differences?.find(({ attribute }) => attribute === 'SubnetId');
    const places = clones.flatMap(({ instanceId, volumes }) => [
      ec2.instances.get(instanceId)?.Placement.AvailabilityZone, ...volumes.map(({ volumeId }) => ec2.volumes.get(volumeId)?.AvailabilityZone),
    ]);
    return {
      run, clones, concerned: source.ids,
      expectations: [
        succeeds(run), clonesAreTrue(clones, 1, 3),
        expect(`instance and volumes are in ${target.AvailabilityZone}, the source stays in ${home}`,
          places.length === 4 && places.every(zone => zone === target.AvailabilityZone), places.join(' ')),
        expect('the plan names the other subnet as chosen', chosen?.clone === target.SubnetId && chosen.kind === 'chosen'),
        source.wroteOn(), source.noticedNothing(), nothingLeft(account, run),
      ],
    };
  },
};
