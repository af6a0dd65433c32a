import type { Execution } from '../asl';
import { committed } from '../cloud/ec2/writers';
import { duration } from '../report/format';
import { databaseServer } from './database-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue } from './source';

export const freeze: Scenario = {
  name: 'clone-freeze',
  description: 'The filesystems of the database are frozen for the moment of the snapshots; its programs are held, and go on.',
  async play(stage) {
    const { ec2 } = stage.account;
    const source = databaseServer(stage).keepWriting();
    const run = await stage.run({ sourceInstanceId: source.instanceId, consistency: 'filesystem', strategy: 'snapshot' });
    const clones = source.prove(run);
    const interval = frozenInterval(run);
    const [from, to] = [Date.parse(interval?.from ?? ''), Date.parse(interval?.to ?? '')];
    const instants = source.snapshotInstants();
    const data = source.dataTaps();
    const slipped = data.flatMap(tap => tap.changes()).filter(change => change.time > from && change.time < to);
    const wentOn = data.every(tap => tap.changes().some(change => change.time >= to));
    const copies = clones.flatMap(clone => clone.volumes).filter(volume => source.isData(volume.device));
    if (interval) {
      stage.recorder.mark('frozen', from);
      stage.recorder.mark('thawed', to);
    }
    return {
      run, clones, concerned: source.ids,
      expectations: [
        succeeds(run),
        expect('the instance reports when its filesystems were frozen', interval !== undefined, interval && duration(to - from)),
        expect('every snapshot was taken inside that interval', instants.length > 0 && instants.every(instant => instant >= from && instant <= to)),
        expect('programs were held meanwhile, and went on afterwards', slipped.length === 0 && wentOn, `${slipped.length} changes while frozen`),
        expect('every change in the clone has its commit record', copies.length === data.length && copies.every(volume => committed(ec2.content(volume.volumeId)))),
        expect('nothing is frozen any more', stage.account.ssm.guest(source.instanceId).disks.frozenMounts.length === 0),
        clonesAreTrue(clones, 1, 3), source.noticedNothing(), nothingLeft(stage.account, run),
      ],
    };
  },
};

/** The interval that 'Are filesystems thawed' claims, from the execution's history. */
function frozenInterval({ events }: Execution): { from: string; to: string } | undefined {
  const answers = events.flatMap(event => event.taskSucceededEventDetails?.output ?? [])
    .map(output => (JSON.parse(output) as { Payload?: { interval?: { from: string; to: string } | null } }).Payload?.interval);
  return answers.find(interval => interval !== undefined && interval !== null);
}
