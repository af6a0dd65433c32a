import { expect, failsWith } from './expectations';
import type { Scenario } from './scenario';
import { pausedAtMost, proven, runs } from './sync-expectations';
import { moving, syncing, syncServer, traffic } from './sync-server';

export const syncFallBack: Scenario = {
  name: 'sync-fall-back',
  description: 'The blocks can not be verified on the target: the database falls back to its source, with all that was written since.',
  app: syncing,
  onMachines: true,
  async play(stage) {
    const { account } = stage;
    const server = await syncServer(stage);
    // as often as it is asked for: the workflow waits a while for an engine to come to itself
    server.pair.fail('target', 'verify', { status: 6, error: 'EngineFailed', message: 'the verification could not be started', times: Infinity });
    const run = await stage.run({ sourceInstanceId: server.instanceId, ...moving, traffic: traffic(server), onFailure: 'fall-back' });
    const back = stage.executionOf('InstanceStoreSync/FallBack');
    const address = account.ec2.instances.get(server.instanceId)?.PrivateIpAddress;
    return {
      run, concerned: server.ids,
      expectations: [
        failsWith(run, 'SourceUnreachable'),
        expect('the execution that falls back succeeds', back?.status === 'SUCCEEDED', back ? `${back.status} ${back.error ?? ''}` : 'there was none'),
        proven('every write that was acknowledged is on the source', await server.pair.proof('source')),
        ...pausedAtMost(server.pair, 60),
        runs(account, 'the source', server.instanceId),
        expect('the load balancer sends requests to the source alone', server.healthy().join() === server.instanceId, server.healthy().join(' ')),
        expect('the name leads to the source', server.address() === address, server.address()),
        expect('the Elastic IP address is the source\'s', account.ec2.addresses.get(server.allocationId)?.InstanceId === server.instanceId),
      ],
    };
  },
};
