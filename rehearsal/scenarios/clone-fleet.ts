import { Source } from './source';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonable } from './stage';

const wanted = 50;
const least = 35;

export const fleet: Scenario = {
  name: 'clone-fleet',
  description: 'Fifty clones of a worker in three batches; AWS has no room for the last, one clone dies at its start, one stays its source: the others live.',
  async play(stage) {
    const { account } = stage;
    const { ec2 } = account;
    const { instanceId } = ec2.addInstance({ name: 'worker', type: 'm5.large', tags: clonable, profile: 'database-server', volumes: [{ size: 20, written: 3 }, { size: 10, written: 1, deleteOnTermination: false }] });
    const source = new Source(stage, instanceId).keepWriting();
    await account.clock.advance(30_000);
    // the third batch is the one of ten
    account.fail('RunInstances', 'InsufficientInstanceCapacity', { times: Infinity, where: (input: { DryRun?: boolean; MaxCount?: number }) => !input.DryRun && input.MaxCount === 10 });
    let dead = '';
    stage.once((_, visit) => visit.state === 'Wait for instances', () => {
      dead = [...ec2.instances.keys()].find(id => id !== instanceId) ?? '';
      void stage.asOperator('EC2', 'TerminateInstances', { InstanceIds: [dead] });
    });
    stage.once((_, visit) => visit.state === 'Read identity', () => {
      const still = [...ec2.instances.values()].findLast(each => each.InstanceId !== instanceId && each.State.Name === 'running')!;
      const idOf = (id: string) => account.ssm.guest(id).system.files;
      idOf(still.InstanceId).set('/etc/machine-id', idOf(instanceId).get('/etc/machine-id')!);
    });
    const run = await stage.run({ sourceInstanceId: instanceId, count: wanted, minCount: least });
    const { clones = [], failures = [] } = (run.output ?? {}) as { clones?: { instanceId: string }[]; failures?: { clones: number; reason: string }[] };
    const living = [...ec2.instances.values()].filter(each => each.InstanceId !== instanceId && each.State.Name === 'running').map(each => each.InstanceId);
    const volumes = [...ec2.volumes.values()].filter(each => !source.ids.includes(each.VolumeId) && each.State !== 'deleted');
    const makers = account.calls.filter(call => call.operation === 'RunInstances' && !('DryRun' in call.input) && !call.error);
    const failed = failures.reduce((sum, each) => sum + each.clones, 0);
    return {
      run, concerned: source.ids,
      expectations: [
        succeeds(run),
        expect('38 clones live, and the output names just these', living.length === 38 && clones.length === 38 && clones.every(each => living.includes(each.instanceId)), `${living.length}`),
        expect('twelve failed: ten without room, one at its start, one with the identity of its source', failed === 12 && failures.some(each => each.reason.includes('machine id of its source')) && failures.some(each => each.clones === 10 && each.reason === 'InsufficientInstanceCapacity'),
          failures.map(each => `${each.clones} × ${each.reason}`).join('; ')),
        expect('every volume belongs to a living clone: those of the dead one are gone, too',
          volumes.length === 76 && volumes.every(each => living.includes(each.Attachments[0]?.InstanceId ?? '')), `${volumes.length} volumes of clones`),
        expect('two calls launched them', makers.length === 2, `${makers.length}`),
        expect('every block of every volume is the source\'s at the snapshot\'s instant, and none later', volumes.every(each => source.isTrue(each.VolumeId))),
        source.wroteOn(), source.noticedNothing(), nothingLeft(account, run),
        expect('the execution is far from the limit of 25,000 events', run.events.length < 1_000, `${run.events.length}`),
      ],
    };
  },
};
