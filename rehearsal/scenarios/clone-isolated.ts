import { letsOut } from '../cloud/ec2/security-groups';
import { databaseServer } from './database-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue } from './source';
import type { Stage } from './stage';

/** Files by which one system is told from another. */
const identifying = ['/etc/machine-id', '/etc/ssh/ssh_host_ed25519_key.pub', '/etc/hostname'];
const https = 443;

export const isolated: Scenario = {
  name: 'clone-isolated',
  description: 'Two clones reach Systems Manager and nothing else until they have an identity of their own; only then they get the network and the rights of their source.',
  async play(stage) {
    const { ec2, ssm } = stage.account;
    const source = databaseServer(stage).keepWriting();
    const { SubnetId: subnetId = '' } = ec2.get(ec2.instances, source.instanceId);
    const endpoints = ['ssm', 'ssmmessages'].map(service => ec2.addVpcEndpoint({ service, subnetId }))
      .flatMap(endpoint => (endpoint.NetworkInterfaceIds ?? []).flatMap(id => ec2.get(ec2.networkInterfaces, id).PrivateIpAddress ?? []));
    const before = identityOf(stage, source.instanceId);
    const own = cageOf(stage, source.instanceId);
    const cages: ReturnType<typeof cageOf>[] = [];
    const watched = ['Are instances running', 'Are clones managed', 'Reset identity', 'Are identities reset', 'Read identity', 'Verify identity'];
    for (const state of watched) {
      stage.once((_, visit) => visit.state === state, () => {
        for (const id of clonesBesides(stage, source.instanceId)) cages.push(cageOf(stage, id));
      });
    }
    stage.once((_, visit) => visit.state === 'Admit clones', () => stage.recorder.mark('identity verified', stage.account.clock.now()));
    const run = await stage.run({ sourceInstanceId: source.instanceId, count: 2 });
    const clones = source.prove(run);
    const open = cages.filter(cage => cage.reaches('172.31.0.200', https) || cage.reaches('52.94.224.10', https) || endpoints.some(each => cage.reaches(each, 80)));
    const shut = cages.filter(cage => !endpoints.every(each => cage.reaches(each, https)));
    const identities = [source.instanceId, ...clones.map(({ instanceId }) => instanceId)].map(id => identityOf(stage, id));
    const after = clones.map(({ instanceId }) => cageOf(stage, instanceId));
    const left = [...ec2.securityGroups.values()].filter(group => group.GroupName.startsWith('instance-mobility'));
    return {
      run, clones, concerned: source.ids,
      expectations: [
        succeeds(run),
        expect('until then no clone reaches anything but the endpoints of Systems Manager', cages.length >= watched.length && open.length === 0 && shut.length === 0,
          `looked ${cages.length} times`),
        expect('until then no clone has the rights of its source', cages.every(cage => cage.profile !== own.profile)),
        expect('machine id, host keys and host name of source and clones all differ', identifying.every((_, index) =>
          new Set(identities.map(identity => identity[index])).size === identities.length)),
        expect('the source is still who it was', JSON.stringify(identityOf(stage, source.instanceId)) === JSON.stringify(before)
          && ssm.guest(source.instanceId).system.files.size > 0),
        expect('then the clones have the groups and the profile of their source', after.length === 2
          && after.every(cage => cage.profile === own.profile && cage.groups.join() === own.groups.join())),
        expect('the group that isolated them is gone', left.length === 0),
        clonesAreTrue(clones, 2, 3), source.noticedNothing(), nothingLeft(stage.account, run),
      ],
    };
  },
};

function identityOf({ account }: Stage, instanceId: string): (string | undefined)[] {
  const { files } = account.ssm.guest(instanceId).system;
  return identifying.map(path => files.get(path));
}

function clonesBesides({ account }: Stage, sourceInstanceId: string): string[] {
  return [...account.ec2.instances.values()].filter(each => each.InstanceId !== sourceInstanceId).map(each => each.InstanceId);
}

/** What an instance may do and reach at this moment. */
function cageOf({ account: { ec2 } }: Stage, instanceId: string) {
  const { NetworkInterfaces, IamInstanceProfile } = ec2.get(ec2.instances, instanceId);
  const groups = NetworkInterfaces.flatMap(each => each.Groups ?? []).map(({ GroupId = '' }) => ec2.get(ec2.securityGroups, GroupId));
  return {
    profile: IamInstanceProfile?.Arn,
    groups: groups.map(group => group.GroupId).sort(),
    reaches: (address: string, port: number) => groups.some(group => letsOut(group, port, address)),
  };
}
