import { databaseServer } from './database-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue } from './source';

/** The device with the data that a report server reads, first with the database, then on its own. */
const device = '/dev/sdg';
/** Where a filesystem replays its journal when it is first mounted writable. */
const journal = 0;

interface Given {
  readonly volumeId?: string;
  readonly copiedAt?: string;
  readonly mount?: string | null;
  readonly pauseSeconds?: number | null;
  readonly verification?: { readonly compared: number; readonly equal: number } | null;
}

export const ownVolume: Scenario = {
  name: 'clone-own-volume',
  description: 'A clone that reads the log volume of its source gets a volume of its own: from then on the two diverge, block by block.',
  async play(stage) {
    const { account } = stage;
    const { ec2, ssm } = account;
    const source = databaseServer(stage, { multiAttach: true }).keepWriting();
    const sharedId = source.volumeAt(device);
    const tap = source.taps.get(sharedId)!;
    const run = await stage.run({ sourceInstanceId: source.instanceId, volumes: { [device]: { strategy: 'shared' } } });
    const clones = source.prove(run);
    const { shares: [share] = [] } = (run.output ?? {}) as { shares?: readonly { instanceId: string; mount: string | null }[] };
    const cloneId = share?.instanceId ?? '';
    const before = JSON.stringify(ec2.instances.get(source.instanceId));
    const swap = await stage.operate('OwnVolume', { cloneInstanceId: cloneId, volumeId: sharedId });
    const { volumeId = '', copiedAt = '', mount, pauseSeconds, verification } = (swap.output ?? {}) as Given;

    const own = new Map(ec2.volumeModels.has(volumeId) ? ec2.content(volumeId) : []);
    const replayed = own.get(journal);
    // its programs never write there
    own.set(journal, ec2.content(sharedId).get(journal) ?? '');
    const instant = account.calls.find(call => call.operation === 'CopyVolumes' && !call.error && !('DryRun' in call.input))?.time ?? 0;
    const comparison = tap.compare(own, instant);
    // each writes, and the other does not see it
    const only = { clone: 70_000, source: 80_000 };
    if (ec2.volumeModels.has(volumeId)) ec2.write(volumeId, only.clone, 'by the clone');
    ec2.write(sharedId, only.source, 'by the source');
    await account.clock.advance(30_000);
    const diverged = ec2.content(sharedId).get(only.clone) === undefined
      && ec2.volumeModels.has(volumeId) && ec2.content(volumeId).get(only.source) === undefined;
    return {
      run, clones, concerned: source.ids,
      expectations: [
        succeeds(run), clonesAreTrue(clones, 1, 2),
        expect('the clone is given a volume of its own', swap.status === 'SUCCEEDED' && volumeId !== '', swap.error ?? volumeId),
        expect('every block of it is what the source\'s volume held when it was copied, and none is later', comparison.equal && comparison.laterWritesSeen === 0,
          `${comparison.blocksCompared} blocks compared, copied at ${copiedAt}`),
        expect('the clone replayed the journal on its own volume, not on the shared one',
          replayed?.includes(cloneId) === true && !tap.writes.some(({ value }) => value.includes('journal replayed')), replayed),
        expect('it is mounted writable where the share was', mount === share?.mount && !ssm.guest(cloneId).disks.readOnly.has(volumeId), String(mount)),
        expect('the pause is told', typeof pauseSeconds === 'number' && pauseSeconds > 0 && pauseSeconds < 60, `${pauseSeconds} s`),
        expect('a sample of blocks was compared before it was mounted', !!verification && verification.compared === 32 && verification.equal * 2 > verification.compared,
          `${verification?.equal} of ${verification?.compared} equal`),
        expect('from then on the two diverge', diverged),
        expect('the source\'s volume is the source\'s alone again', ec2.get(ec2.volumes, sharedId).Attachments.map(each => each.InstanceId).join() === source.instanceId),
        expect('the source went on writing all the time', tap.writes.some(({ time }) => time > instant), `${tap.writes.length} block writes`),
        expect('the source is what it was', JSON.stringify(ec2.instances.get(source.instanceId)) === before),
        nothingLeft(account, run), nothingLeft(account, swap),
      ],
    };
  },
};
