import { databaseServer } from './database-server';
import { expect, failsWith, nothingLeft } from './expectations';
import type { Scenario } from './scenario';
import { Source } from './source';
import { clonable } from './stage';

const error = 'InsufficientInstanceCapacity';

export const cloneOfCloneFails: Scenario = {
  name: 'clone-of-clone-fails',
  description: 'A finished clone is cloned itself, and that fails: the roll back must not mistake it for its own litter.',
  async play(stage) {
    const { account } = stage;
    const original = databaseServer(stage);
    const first = await stage.run({ sourceInstanceId: original.instanceId });
    const clone = (first.output as { clones?: readonly { instanceId: string }[] } | undefined)?.clones?.[0]?.instanceId;
    if (clone === undefined) return { run: first, concerned: original.ids, expectations: [expect('the original is cloned', false, `${first.status} ${first.error ?? ''}`)] };
    // the tag that allows cloning is not copied: somebody has to want it
    await stage.asOperator('EC2', 'CreateTags', { Resources: [clone], Tags: Object.entries(clonable).map(([Key, Value]) => ({ Key, Value })) });
    const source = new Source(stage, clone).keepWriting();
    stage.recorder.mark('the clone is cloned');
    account.fail('RunInstances', error, { times: Infinity, where: input => !(input as { DryRun?: boolean }).DryRun });
    const run = await stage.run({ sourceInstanceId: clone });
    const { instances } = account.ec2;
    return {
      run, concerned: [...original.ids, ...source.ids],
      expectations: [
        failsWith(run, error),
        expect('the clone that was the source still runs', instances.get(clone)?.State.Name === 'running', instances.get(clone)?.State.Name),
        source.noticedNothing('the clone that was the source noticed nothing: no call touched it, and it is what it was'),
        original.noticedNothing('the original noticed nothing either'),
        nothingLeft(account, run),
      ],
    };
  },
};
