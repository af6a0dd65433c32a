import type { Execution } from '../asl';
import { databaseServer } from './database-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue } from './source';
import type { Stage } from './stage';

const HOUR = 3_600_000;

export const expiry: Scenario = {
  name: 'clone-expiry',
  description: 'Two clones shall live for eight hours; one is extended by a day. Each is removed at its time, with its own volumes and snapshots.',
  async play(stage) {
    const { account } = stage;
    const { ec2, scheduler } = account;
    const source = databaseServer(stage);
    const run = await stage.run({ sourceInstanceId: source.instanceId, count: 2, expireAfter: 'PT8H', keepSnapshots: 'latest' });
    const clones = source.prove(run);
    const [first = '', second = ''] = clones.map(({ instanceId }) => instanceId);
    const volumeIds = clones.map(({ volumes }) => volumes.map(({ volumeId }) => volumeId));
    const schedules = scheduler.schedules.size;
    const state = (id: string) => ec2.instances.get(id)?.State.Name ?? 'terminated';
    const there = (ids: readonly string[] = []) => ids.filter(id => ec2.volumes.has(id));
    const kept = ec2.snapshots.size;

    // a volume that the user attached to the clone is none of its own
    const { VolumeId: foreign = '' } = await stage.asOperator('EC2', 'CreateVolume', { AvailabilityZone: ec2.instances.get(first)!.Placement.AvailabilityZone, Size: 5 }) as { VolumeId?: string };
    await account.clock.advance(60_000);
    await stage.asOperator('EC2', 'AttachVolume', { VolumeId: foreign, InstanceId: first, Device: '/dev/sdz' });
    const extension = await stage.operate('Extend', { cloneInstanceId: second, expireAfter: 'P1DT8H' });
    await pass(stage, 9);
    stage.recorder.mark('the first is gone');
    const between = [state(first), state(second), there(volumeIds[0]).length, there(volumeIds[1]).length, ec2.snapshots.size];
    const report = await stage.operate('Report', {});
    await pass(stage, 24);
    const after = [state(first), state(second), there(volumeIds.flat()).length, ec2.snapshots.size, scheduler.schedules.size];
    return {
      run, clones, concerned: [...source.ids, foreign],
      expectations: [
        succeeds(run), clonesAreTrue(clones, 2, 3), nothingLeft(account, run), source.noticedNothing(),
        expect('each clone has a schedule of its own', schedules === 2, `${schedules}`),
        expect('the extension succeeds', extension.status === 'SUCCEEDED', extension.status),
        expect('after eight hours the first is gone with its volumes; the second lives, and the snapshots stay with it',
          same(between, ['terminated', 'running', 0, 3, kept]), between.join(' ')),
        expect('the report counts the second alone, and finds nothing left over', told(report) === `1 ${second} 0`, told(report)),
        expect('at its later time the second goes as well, and then the snapshots and schedules', same(after, ['terminated', 'terminated', 0, 0, 0]), after.join(' ')),
        expect('the volume that somebody attached to the first stays', ec2.volumes.get(foreign)?.State === 'available', ec2.volumes.get(foreign)?.State),
        expect('no schedule went astray', scheduler.undelivered.length === 0, scheduler.undelivered.map(({ error }) => error).join()),
      ],
    };
  },
};

async function pass(stage: Stage, hours: number): Promise<void> {
  await stage.account.clock.advance(hours * HOUR);
  await stage.rehearsal.settle();
}

function told({ output }: Execution): string {
  const { clones = [], leftOver = [] } = (output ?? {}) as { clones?: { instanceId: string }[]; leftOver?: object[] };
  return [clones.length, ...clones.map(({ instanceId }) => instanceId), leftOver.length].join(' ');
}

function same(found: readonly unknown[], wanted: readonly unknown[]): boolean {
  return JSON.stringify(found) === JSON.stringify(wanted);
}
