import { databaseServer } from './database-server';
import { expect, failsWith, noNewInstance, nothingLeft } from './expectations';
import type { Scenario } from './scenario';

const error = 'InsufficientInstanceCapacity';

export const launchFailure: Scenario = {
  name: 'clone-launch-failure',
  description: 'AWS has no room for the clone: what was made is removed again, and the source noticed nothing.',
  async play(stage) {
    const { account } = stage;
    const source = databaseServer(stage).keepWriting();
    account.fail('RunInstances', error, {
      times: Infinity, message: 'We currently do not have sufficient capacity in the Availability Zone you requested.',
      where: input => !(input as { DryRun?: boolean }).DryRun,
    });
    const run = await stage.run({ sourceInstanceId: source.instanceId });
    const made = stage.recorder.lanesOf(new Set()).filter(lane => !lane.existed);
    return {
      run, concerned: source.ids,
      expectations: [
        failsWith(run, error),
        expect('snapshots and an image had been made, and are removed again', made.length >= 4 && made.every(lane => lane.gone), `${made.length} made`),
        noNewInstance(account, [source.instanceId]), nothingLeft(account, run), source.noticedNothing(),
      ],
    };
  },
};
