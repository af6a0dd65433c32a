import { databaseServer } from './database-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue } from './source';

interface Output { readonly warmUp: { readonly warm: boolean; readonly progress: number } | null }

export const warmed: Scenario = {
  name: 'clone-warmed',
  description: 'A clone is handed over only when every block of its volumes has come from the snapshots; on the way the execution tells how far it is.',
  async play(stage) {
    const { ec2, clock } = stage.account;
    const source = databaseServer(stage).keepWriting();
    const run = await stage.run({ sourceInstanceId: source.instanceId, ready: 'warmed', volumeInitializationRate: 100 });
    const clones = source.prove(run);
    const { warmUp } = (run.output ?? {}) as unknown as Output;
    const told = run.events.flatMap(event => event.taskSucceededEventDetails?.output ?? [])
      .flatMap(output => (JSON.parse(output) as { Payload?: Partial<Output> }).Payload?.warmUp?.progress ?? []);
    const volumes = clones.flatMap(clone => clone.volumes).map(({ volumeId }) => ec2.get(ec2.volumeModels, volumeId).initialization);
    return {
      run, clones, concerned: source.ids,
      expectations: [
        succeeds(run),
        expect('every volume is loaded when the execution ends', volumes.length === 3 && volumes.every(each => each && each.until <= Number(run.stopDate ?? clock.now()))),
        expect('the output says so', warmUp?.warm === true && warmUp.progress === 100),
        expect('on the way it told how far it was', told.length > 1 && told.every((progress, index) => index === 0 || progress >= told[index - 1]!) && told[0]! < 100,
          told.map(progress => `${progress} %`).join(', ')),
        clonesAreTrue(clones, 1, 3), source.noticedNothing(), nothingLeft(stage.account, run),
      ],
    };
  },
};
