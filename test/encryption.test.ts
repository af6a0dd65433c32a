import { Bitrate, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { CloneSource, EdgeLocation, EdgeMigration, EdgeTunnel, InstanceClone, InstanceStoreSync, MobilityLedger, MovableInstances } from '../lib';
import { listed, policiesOf, stackOf, type Synthesized } from './support/synthesize';

const instances = MovableInstances.tagged('movable', 'yes');
const constructs: Record<string, (stack: Stack, keyIn: (scope: Stack) => kms.IKey | undefined, notificationTopic?: sns.ITopic) => void> = {
  InstanceClone: (stack, keyIn, notificationTopic) => {
    new InstanceClone(stack, 'Clone', { source: CloneSource.tagged('movable', 'yes'), encryptionKey: keyIn(stack), notificationTopic });
  },
  InstanceStoreSync: (stack, keyIn, notificationTopic) => { new InstanceStoreSync(stack, 'Sync', { instances, encryptionKey: keyIn(stack), notificationTopic }); },
  EdgeMigration: (stack, keyIn, notificationTopic) => {
    const other = new Stack(stack.node.root, 'Blocks');
    const encryptionKey = keyIn(other);
    const common = { instances, encryptionKey, ledger: new MobilityLedger(other, 'Ledger', { encryptionKey }) };
    const region = EdgeLocation.region('region', { subnet: ec2.Subnet.fromSubnetId(stack, 'Subnet', 'subnet-0123456789abcdef0'), availabilityZone: 'us-east-1a' });
    const edge = EdgeLocation.localZone('boston', {
      subnet: ec2.Subnet.fromSubnetId(stack, 'Boston', 'subnet-0123456789abcdef1'), zoneName: 'us-east-1-bos-1a',
      tunnels: [EdgeTunnel.localZone(stack, 'Link', { zoneName: 'us-east-1-bos-1a', capacity: Bitrate.gbps(1) })],
    });
    new EdgeMigration(stack, 'Edge', { ...common, notificationTopic, locations: [region, edge], blocks: new InstanceStoreSync(other, 'Sync', common) });
  },
};

/** The steps that may do something by such an action, and what they may do with keys by way of its service. */
function keyUseOf(synthesized: Synthesized, action: string): Map<string, string[]> {
  const [service] = action.split(':');
  return new Map(Object.entries(synthesized.resources('AWS::IAM::Role')).flatMap(([role, { Properties }]) => {
    const statements = policiesOf(synthesized).filter(each => each.role === role).flatMap(each => each.statements);
    if (!Properties.Description?.startsWith('Step ') || !statements.some(({ Action }) => listed(Action).some(each => each.startsWith(action)))) return [];
    const through = statements.filter(({ Condition }) => JSON.stringify(Condition?.['StringEquals']?.['kms:ViaService'] ?? '').includes(`"${service}.`));
    return [[Properties.Description as string, through.flatMap(({ Action }) => listed(Action)).sort()]];
  }));
}

describe.each(Object.entries(constructs))('with a key of yours, %s', (_, define) => {
  const synthesized = stackOf(stack => define(stack, scope => new kms.Key(scope, 'Key')));

  test('every step that uses the ledger may use its key, by way of DynamoDB alone', () => {
    const uses = keyUseOf(synthesized, 'dynamodb:');
    expect(uses.size).toBeGreaterThan(5);
    for (const [step, actions] of uses) expect([step, actions]).toEqual([step, expect.arrayContaining(['kms:Decrypt', 'kms:DescribeKey'])]);
    expect(uses.get("Step 'Acquire lease'")).toEqual([
      'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo',
    ]);
  });

  test('every machine may encrypt and decrypt its own executions', () => {
    const machines = Object.entries(synthesized.resources('AWS::StepFunctions::StateMachine'));
    expect(machines.length).toBeGreaterThan(3);
    for (const [id, { Properties }] of machines) {
      const [role] = Properties.RoleArn['Fn::GetAtt'] as [string];
      const uses = policiesOf(synthesized).filter(each => each.role === role).flatMap(each => each.statements)
        .filter(({ Condition }) => JSON.stringify(Condition?.['StringLike']?.['kms:EncryptionContext:aws:states:stateMachineArn'] ?? '').includes(`[{"Ref":"${id}"}`));
      expect([id, uses.map(({ Action }) => Action)]).toEqual([id, [['kms:Decrypt', 'kms:GenerateDataKey']]]);
    }
  });

  test('every step that reads the data of executions may decrypt them', () => {
    const uses = keyUseOf(synthesized, 'states:DescribeExecution');
    expect(uses.get("Step 'Sweep'")).toEqual(['kms:Decrypt']);
    // the report asks for no data
    for (const [step, actions] of uses) expect([step, actions]).toEqual([step, step === "Step 'List clones'" ? [] : ['kms:Decrypt']]);
  });
});

test.each(Object.entries(constructs))('without one, %s asks for no use of keys by way of DynamoDB or Step Functions', (_, define) => {
  const synthesized = stackOf(stack => define(stack, () => undefined));
  for (const action of ['dynamodb:', 'states:DescribeExecution']) for (const [step, actions] of keyUseOf(synthesized, action)) expect([step, actions]).toEqual([step, []]);
});

test.each(Object.entries(constructs))('with an encrypted topic, who asks for approval of %s may use its key, by way of SNS alone', (_, define) => {
  const synthesized = stackOf(stack => define(stack, () => undefined, new sns.Topic(stack, 'Topic', { masterKey: new kms.Key(stack, 'TopicKey') })));
  const uses = keyUseOf(synthesized, 'sns:Publish');
  expect(uses.size).toBeGreaterThan(0);
  for (const [step, actions] of uses) expect([step, actions]).toEqual([step, ['kms:Decrypt', 'kms:GenerateDataKey']]);
});

test('a ledger may be that of another app, with its key', () => {
  const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/11112222-3333-4444-5555-666677778888';
  const tableArn = 'arn:aws:dynamodb:us-east-1:111122223333:table/its-ledger';
  const synthesized = stackOf(stack => {
    const encryptionKey = kms.Key.fromKeyArn(stack, 'ItsKey', keyArn);
    const table = dynamodb.Table.fromTableAttributes(stack, 'ItsTable', { tableArn, encryptionKey });
    new InstanceStoreSync(stack, 'Sync', { instances, ledger: new MobilityLedger(stack, 'Ledger', { table }) });
    expect(() => new MobilityLedger(stack, 'Other', { table, encryptionKey })).toThrow(/encryptionKey must not be given with table/);
  });
  synthesized.template.resourceCountIs('AWS::DynamoDB::Table', 0);
  const [[, actions]] = [...keyUseOf(synthesized, 'dynamodb:')] as [[string, string[]]];
  expect(actions).toContain('kms:Decrypt');
  const resources = policiesOf(synthesized).flatMap(({ statements }) => statements).filter(({ Action }) => listed(Action).includes('dynamodb:UpdateItem')).map(each => each.Resource);
  expect(new Set(resources)).toEqual(new Set([tableArn]));
});
