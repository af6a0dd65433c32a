import { isAt, outputOf } from './edge-expectations';
import { migrating } from './edge-place';
import { edgeServer, moving } from './edge-server';
import { expect, failsWith, nothingLeft } from './expectations';
import type { Scenario } from './scenario';

export const edgeCapacity: Scenario = {
  name: 'edge-capacity',
  description: 'The Outpost has no room: the server goes on where it is. Somebody makes room, and it moves.',
  app: migrating,
  async play(stage) {
    const { account } = stage;
    const { instanceId, ids, application, rack, neighbour } = await edgeServer(stage, { room: 1 });
    const other = neighbour();
    const full = await stage.run({ instanceId, destination: 'factory', ...moving });
    const stayed = [isAt(account, 'the server', instanceId, undefined), ...application.servedAlone('the source', instanceId), nothingLeft(account, full)];
    await stage.asOperator('EC2', 'TerminateInstances', { InstanceIds: [other] });
    await account.clock.advance(600_000);
    const run = await stage.run({ instanceId, destination: 'factory', ...moving });
    const target = outputOf(run)?.targetInstanceId;
    return {
      run, concerned: ids,
      expectations: [
        failsWith(full, 'InsufficientInstanceCapacity'), ...stayed,
        expect('the second attempt succeeds', run.status === 'SUCCEEDED', `${run.status} ${run.error ?? ''}`),
        isAt(account, 'the target', target, rack.outpostArn), ...application.servedAlone('the target', target),
        application.pausedAtMost(20 * 60), nothingLeft(account, run),
      ],
    };
  },
};
