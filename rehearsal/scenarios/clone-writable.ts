import { databaseServer } from './database-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue } from './source';

/** The device with a filesystem of a cluster. */
const device = '/dev/sdg';
const app = 'orders.service';
/** Blocks that the clone writes to while it shares, just before it lets go, and on its own; and one of the source's. */
const written = { shared: 90_000, last: 90_001, own: 90_002, source: 90_003 };

export const writable: Scenario = {
  name: 'clone-writable',
  description: 'A node of a cluster is cloned: the clone joins by itself, writes to the same GFS2, and later gets a volume of its own on which nothing it wrote is missing.',
  async play(stage) {
    const { account: { ec2, ssm } } = stage;
    const source = databaseServer(stage, { multiAttach: true });
    const sharedId = source.volumeAt(device);
    const node = ssm.guest(source.instanceId);
    node.system.files.set('/etc/fstab', `UUID=${sharedId} /orders gfs2 noatime,nofail,_netdev 0 0\n`);
    node.cluster.install('1', { also: [app] });
    node.disks.format({ mounts: ['/orders'], kind: 'gfs2', volumes: [sharedId], options: 'rw,noatime' });
    source.keepWriting();
    const run = await stage.run({
      sourceInstanceId: source.instanceId,
      volumes: { [device]: { strategy: 'shared', access: 'read-write', clusterServices: ['node-id.service', 'cluster.service'], services: [app] } },
    });
    const clones = source.prove(run);
    const { shares: [share] = [] } = (run.output ?? {}) as { shares?: readonly { instanceId: string; mount: string | null; access: string }[] };
    const cloneId = share?.instanceId ?? '';
    const member = cloneId === '' ? undefined : ssm.guest(cloneId);
    const [joined, running] = [member?.cluster.joined, member?.systemd.isActive(app)];
    ec2.write(sharedId, written.shared, 'by the clone');
    stage.once((_, visit) => visit.state === 'Release share', () => ec2.write(sharedId, written.last, 'by the clone, last'));
    const swap = await stage.operate('OwnVolume', { cloneInstanceId: cloneId, volumeId: sharedId });
    const { volumeId = '', pauseSeconds } = (swap.output ?? {}) as { volumeId?: string; pauseSeconds?: number | null };
    const own = (block: number) => (ec2.volumeModels.has(volumeId) ? ec2.content(volumeId).get(block) : undefined);
    const shared = (block: number) => ec2.content(sharedId).get(block);
    if (ec2.volumeModels.has(volumeId)) ec2.write(volumeId, written.own, 'by the clone alone');
    ec2.write(sharedId, written.source, 'by the source alone');
    return {
      run, clones, concerned: source.ids,
      expectations: [
        succeeds(run), clonesAreTrue(clones, 1, 2),
        expect('the clone is a member of the cluster, with a node id of its own', joined === true && member!.cluster.id !== node.cluster.id, `${node.cluster.id} and ${member?.cluster.id}`),
        expect('it writes where its source does', share?.mount === '/orders' && share.access === 'read-write' && running === true),
        expect('nobody was fenced, and no filesystem mounted beside the cluster', ssm.clusters.incidents.length === 0, ssm.clusters.incidents.join('; ')),
        expect('the clone is given a volume of its own', swap.status === 'SUCCEEDED' && volumeId !== '', swap.error ?? volumeId),
        expect('all that it wrote is on its own volume and on the shared one, to the last block', [written.shared, written.last].every(block =>
          own(block) !== undefined && own(block) === shared(block))),
        expect('from then on the two diverge', own(written.own) !== undefined && shared(written.own) === undefined && own(written.source) === undefined),
        expect('the clone has left the cluster, and its application runs', member?.cluster.joined === false && member.systemd.isActive(app)),
        expect('the pause is told', typeof pauseSeconds === 'number' && pauseSeconds > 0 && pauseSeconds < 120, `${pauseSeconds} s`),
        expect('the source is a member as before, and its volume its own again', node.cluster.mounted.length === 1
          && ec2.get(ec2.volumes, sharedId).Attachments.map(each => each.InstanceId).join() === source.instanceId),
        nothingLeft(stage.account, run), nothingLeft(stage.account, swap),
      ],
    };
  },
};
