/** What the steps of every construct may do, whatever else each may: read from the policies that deploy. */
import { Stack } from 'aws-cdk-lib';
import { CloneSource, CloneSourceAccess, EdgeMigration, InstanceClone, InstanceStoreSync, MovableInstances } from '../lib';
import * as migration from './support/migration';
import * as clone from './support/rehearse';
import * as sync from './support/sync';
import { listed, policiesOf, stackOf, Statement } from './support/synthesize';

const instances = MovableInstances.tagged('movable', 'yes');
const env = { account: '111122223333', region: 'us-east-1' };
const constructs: [string, (stack: Stack) => void][] = [
  ['InstanceClone', stack => { new InstanceClone(stack, 'Clone', { source: CloneSource.tagged('clonable', 'yes'), ...clone.everything(stack) }); }],
  ['CloneSourceAccess', stack => { new CloneSourceAccess(stack, 'Access', { source: CloneSource.tagged('clonable', 'yes'), account: '444455556666', owner: 'Clones:Clones/Clone' }); }],
  ['InstanceStoreSync', stack => { new InstanceStoreSync(stack, 'Sync', { instances, ...sync.everything(stack) }); }],
  ['EdgeMigration', stack => { new EdgeMigration(stack, 'Edge', { instances, locations: migration.locations(stack), ...migration.everything(stack) }); }],
];

describe.each(constructs)('%s', (name, define) => {
  const statements = policiesOf(stackOf(define, { env })).flatMap(each => each.statements);
  const tagging = statements.filter(({ Action }) => listed(Action).some(action => /^ec2:(Create|Delete)Tags$/.test(action)));

  test('what exists, and is finished, gets and loses no tags but those that its step names', () => {
    expect(tagging.length).toBeGreaterThan(0);
    // tags decide what may be removed: who may give any of them decides it, too
    const tagsOf = ({ Condition = {} }: Statement) => Condition['ForAllValues:StringEquals']?.['aws:TagKeys'];
    const inCreation = ({ Condition = {} }: Statement) => Condition.StringEquals?.['ec2:CreateAction'];
    const unfinished = ({ Condition = {} }: Statement) => Condition.StringEquals?.['aws:ResourceTag/instance-mobility:owner']
      && Condition.Null?.['aws:ResourceTag/instance-mobility:created-by'] === 'true' && Condition.Null['aws:ResourceTag/instance-mobility:phase'] === 'true';
    expect(tagging.filter(each => !tagsOf(each) && !inCreation(each) && !unfinished(each))).toEqual([]);
  });

  test('what is finished is not rebooted, and gets no other root, role or groups', () => {
    const changing = statements.filter(({ Action, Condition }) => Condition?.StringEquals?.['aws:ResourceTag/instance-mobility:owner']
      && listed(Action).some(action => /^ec2:(Reboot|CreateReplaceRoot|.*IamInstanceProfile|ModifyNetworkInterface)/.test(action)));
    expect(changing.length > 0).toBe(name !== 'CloneSourceAccess');
    for (const { Condition } of changing) expect(Condition).toMatchObject({ Null: { 'aws:ResourceTag/instance-mobility:created-by': 'true' } });
  });

  test('nothing becomes this construct\'s, or a snapshot of its own, after it was made', () => {
    for (const tag of ['instance-mobility:owner', 'instance-mobility:set']) {
      expect(tagging.filter(({ Condition }) => JSON.stringify(Condition?.['ForAllValues:StringEquals'] ?? {}).includes(`"${tag}"`))).toEqual([]);
    }
  });
});
