import { committed } from '../cloud/ec2/writers';
import { databaseServer } from './database-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue } from './source';

export const volumeCopy: Scenario = {
  name: 'clone-volume-copy',
  description: 'The database is cloned by copies of its frozen volumes: a placeholder takes them, boots from the root\'s copy, and is the clone.',
  async play(stage) {
    const { ec2 } = stage.account;
    const source = databaseServer(stage).keepWriting();
    await stage.account.clock.advance(30_000);
    const run = await stage.run({ sourceInstanceId: source.instanceId, consistency: 'filesystem' });
    const clones = source.prove(run);
    const instants = source.copyInstants();
    if (instants.length > 0) stage.recorder.mark('the copies’ instant', Math.min(...instants));
    const volumes = clones.flatMap(clone => clone.volumes);
    const data = volumes.filter(volume => source.isData(volume.device));
    const { plan } = (run.output ?? {}) as { plan?: { volumes: readonly { strategy: string; why: string }[]; fellBack: unknown } };
    const later = [...source.taps.values()].flatMap(tap => tap.writes).filter(write => write.time > Math.max(...instants));
    const snapshots = stage.account.calls.filter(call => call.operation === 'CreateSnapshots' && !('DryRun' in call.input));
    return {
      run, clones, concerned: source.ids,
      expectations: [
        succeeds(run),
        expect('the plan chose copies, and says why', plan?.volumes.every(({ strategy, why }) => strategy === 'volume-copy' && why !== '') === true && plan.fellBack === null,
          plan?.volumes[0]?.why),
        expect('no snapshot was taken', snapshots.length === 0),
        clonesAreTrue(clones, 1, 3),
        expect('every change in the copied data has its commit record', data.length === 2 && data.every(volume => committed(ec2.content(volume.volumeId)))),
        expect('the source went on writing after the copies', instants.length === 3 && later.length > 0, `${later.length} block writes`),
        expect('the placeholder\'s own root is gone', volumes.length === 3 && [...ec2.volumes.values()].length === source.taps.size + volumes.length),
        source.noticedNothing(), nothingLeft(stage.account, run),
      ],
    };
  },
};
