import { databaseServer } from './database-server';
import { expect, noNewInstance, nothingLeft } from './expectations';
import type { Scenario } from './scenario';

export const abort: Scenario = {
  name: 'clone-abort',
  description: 'Somebody aborts the execution while its instances start: the janitor sweeps up what it made.',
  async play(stage) {
    const { account } = stage;
    const source = databaseServer(stage).keepWriting();
    const run = stage.start({ sourceInstanceId: source.instanceId });
    stage.once((execution, visit) => execution.arn === run.arn && visit.state === 'Wait for instances', () => {
      // in the middle of the wait, not at its edge
      account.clock.after(5_000, () => {
        stage.recorder.mark('aborted');
        run.stop('Operator.Abort', 'aborted by hand');
      });
    });
    await stage.finish(run);
    const janitors = stage.recorder.executionStories().filter(each => each.arn !== run.arn);
    const made = stage.recorder.lanesOf(new Set()).filter(lane => !lane.existed);
    return {
      run, concerned: source.ids,
      expectations: [
        expect('the execution is aborted', run.status === 'ABORTED', run.status),
        expect('the janitor came and succeeded', janitors.length > 0 && janitors.every(each => each.status === 'SUCCEEDED'), janitors.map(each => each.status).join(' ')),
        expect('instances had been launched, and everything made is removed', made.some(lane => lane.type === 'instance') && made.every(lane => lane.gone),
          `${made.length} made, ${made.filter(lane => !lane.gone).length} left`),
        noNewInstance(account, [source.instanceId]), nothingLeft(account, run), source.noticedNothing(),
      ],
    };
  },
};
