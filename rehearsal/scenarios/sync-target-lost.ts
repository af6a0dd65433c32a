import { expect } from './expectations';
import type { Scenario } from './scenario';
import { newcomers, proven, runs } from './sync-expectations';
import { moving, syncing, syncServer, traffic } from './sync-server';

export const syncTargetLost: Scenario = {
  name: 'sync-target-lost',
  description: 'The target dies for good while blocks are still on their way: an operator falls back, and nothing that was acknowledged is lost.',
  app: syncing,
  onMachines: true,
  async play(stage) {
    const { account } = stage;
    const server = await syncServer(stage);
    const run = stage.start({ sourceInstanceId: server.instanceId, ...moving, traffic: traffic(server) });
    let lost: string | undefined;
    stage.once((execution, visit) => execution.arn === run.arn && visit.state === 'Wait for blocks', () => {
      [lost] = newcomers(account, [server.instanceId]);
      account.clock.after(20_000, () => {
        stage.recorder.mark('the target dies');
        void stage.asOperator('EC2', 'TerminateInstances', { InstanceIds: [lost] });
      });
    });
    await stage.finish(run);
    const { session } = JSON.parse(run.cause ?? '{}') as { session?: string };
    stage.recorder.mark('an operator falls back');
    const back = await stage.run({
      sourceInstanceId: server.instanceId, targetInstanceId: lost ?? '', session: session ?? '', targetLost: true, traffic: traffic(server),
    }, 'FallBack');
    return {
      run, concerned: server.ids,
      expectations: [
        expect('the execution fails, and says how it can be gone on with', run.status === 'FAILED' && /fall back/.test(run.cause ?? ''), `${run.status} ${run.error ?? ''}`),
        expect('the source was never touched by the failure', account.ec2.instances.get(server.instanceId)?.State.Name === 'running'),
        expect('the fall back succeeds', back.status === 'SUCCEEDED', `${back.status} ${back.error ?? ''} ${back.cause ?? ''}`.trim()),
        proven('every write that was acknowledged is on the source', await server.pair.proof('source')),
        runs(account, 'the source', server.instanceId),
        // a machine's application is stopped to compare what it wrote
        ...server.pair.replayed ? [expect('the application writes on', await writesOn(stage.account, server.pair))] : [],
      ],
    };
  },
};

async function writesOn({ clock }: { clock: { advance(milliseconds: number): Promise<void> } }, pair: { proof(side: 'source'): Promise<{ detail: string }> }): Promise<boolean> {
  const before = (await pair.proof('source')).detail;
  await clock.advance(10_000);
  return (await pair.proof('source')).detail !== before;
}
