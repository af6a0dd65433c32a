import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { App, Bitrate, Duration, Stack, Token, Validations } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { edgeMigrationExample } from '../../examples/edge-migration';
import { EdgeLocation, EdgeMigration, EdgeMigrationProps, EdgeTunnel, InstanceStoreSync, InstanceStoreSyncProps, MobilityLedger, MovableInstances } from '../../lib';
import { definitionOf, listed, policiesOf, stackOf, Statement, statesOf } from '../support/synthesize';

jest.setTimeout(60_000);

const instances = MovableInstances.tagged('movable', 'yes');
const region = (stack: Stack, name = 'region'): EdgeLocation =>
  EdgeLocation.region(name, { subnet: ec2.Subnet.fromSubnetId(stack, name, 'subnet-0123456789abcdef0'), availabilityZone: 'us-east-1a' });
const boston = (stack: Stack): EdgeLocation => EdgeLocation.localZone('boston', {
  subnet: ec2.Subnet.fromSubnetId(stack, 'Boston', 'subnet-0123456789abcdef1'), zoneName: 'us-east-1-bos-1a',
  tunnels: [EdgeTunnel.localZone(stack, 'Link', { zoneName: 'us-east-1-bos-1a', capacity: Bitrate.gbps(1) })],
});
/** In a stack of its own, as everywhere: two such constructs are too many resources for one. */
const replicating = (stack: Stack, more: Partial<InstanceStoreSyncProps> = {}): Required<Pick<EdgeMigrationProps, 'blocks' | 'ledger'>> => {
  const other = new Stack(stack.node.root, 'Blocks');
  const ledger = new MobilityLedger(other, 'Ledger');
  return { ledger, blocks: new InstanceStoreSync(other, 'Sync', { instances, ledger, ...more }) };
};
const withEverything = (stack: Stack): EdgeMigrationProps => ({
  instances,
  ...replicating(stack),
  locations: [region(stack), boston(stack)],
  passableRoles: [iam.Role.fromRoleName(stack, 'Web', 'web')],
  volumeKeys: [new kms.Key(stack, 'VolumeKey', { enableKeyRotation: true })],
  targetGroups: [new elbv2.CfnTargetGroup(stack, 'Group')],
  hostedZones: [route53.HostedZone.fromHostedZoneId(stack, 'Zone', 'Z0123456789ABCDEFGHIJ')],
  notificationTopic: new sns.Topic(stack, 'Topic', { enforceSSL: true }),
  encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
  timeout: Duration.days(2),
  prices: { 'snapshot-gib-month': 0.05 },
});
const everything = stackOf(stack => { new EdgeMigration(stack, 'Edge', withEverything(stack)); });

/** The statements of the roles of one step, by the handler's file. */
function statementsOf(file: string): Statement[] {
  const roles = Object.values(everything.resources('AWS::Lambda::Function')).filter(({ Properties }) => basename(Properties.Handler, '.handler') === file)
    .map(({ Properties }) => Properties.Role['Fn::GetAtt'][0] as string);
  expect(roles.length).toBeGreaterThan(0);
  return policiesOf(everything).filter(({ role }) => roles.includes(role)).flatMap(({ statements }) => statements);
}
const handlers = Object.values(everything.resources('AWS::Lambda::Function')).map(({ Properties }) => basename(Properties.Handler, '.handler'));

describe('naming law', () => {
  const files = ['migration', 'fleet', 'replay', 'instance-metrics'].flatMap(folder => readdirSync(`${__dirname}/../../lambda/${folder}`)).map(file => file.replace('.ts', ''));
  const tasks = Object.values(everything.resources('AWS::StepFunctions::StateMachine'))
    .flatMap(resource => Object.entries(statesOf(definitionOf(resource))))
    .filter(([, state]) => state.Type === 'Task' && JSON.stringify(state).includes('lambda:invoke'))
    .map(([name]) => name.toLowerCase().replaceAll(' ', '-'));

  test('every handler file is a function and a state', () => {
    expect(files.filter(file => !handlers.includes(file))).toEqual([]);
    expect(files.filter(file => !tasks.includes(file))).toEqual([]);
  });
  test('every Task state is the handler of its name', () => expect([...new Set(tasks)].filter(task => !handlers.includes(task))).toEqual([]));
});

describe('nothing destroys what serves', () => {
  test('the source is terminated only with its tag, and only once the target was verified', () => {
    expect(statementsOf('release-source').filter(({ Action }) => listed(Action).some(action => /Stop|Terminate/.test(action)))).toEqual([expect.objectContaining({
      Condition: { StringEquals: { 'aws:ResourceTag/movable': 'yes' }, Null: { 'aws:ResourceTag/instance-mobility:verified': 'false' } },
    })]);
    const others = handlers.filter(file => !['release-source', 'discard-target', 'roll-back', 'sweep'].includes(file));
    for (const file of new Set(others)) expect(JSON.stringify(statementsOf(file))).not.toContain('ec2:TerminateInstances');
  });

  test.each(['roll-back', 'sweep', 'discard-target'])('%s can not touch what has a phase', file => {
    const destroying = statementsOf(file).filter(({ Action }) => listed(Action).some(action => /Terminate|DeleteVolume|DeleteSnapshot|DeleteNetwork|Deregister/.test(action)));
    expect(destroying.length).toBeGreaterThanOrEqual(1);
    for (const { Condition } of destroying) {
      expect(Condition).toMatchObject({ Null: { 'aws:ResourceTag/instance-mobility:phase': 'true', 'aws:ResourceTag/instance-mobility:created-by': 'true' } });
    }
  });

  test('commands go only to instances that carry the tag', () => {
    const sending = policiesOf(everything).flatMap(({ statements }) => statements).filter(({ Action }) => listed(Action).includes('ssm:SendCommand'));
    const onInstances = sending.filter(({ Resource: resource }) => JSON.stringify(resource).includes(':instance/'));
    expect(onInstances.length).toBeGreaterThan(3);
    expect(sending.length).toBe(2 * onInstances.length);
    for (const { Condition } of onInstances) expect(Condition).toEqual({ StringEquals: { 'aws:ResourceTag/movable': 'yes' } });
  });
});

test('a source that was stopped can be started again with its encrypted volumes', () => {
  const [granting, ...more] = statementsOf('start-source').filter(({ Action }) => listed(Action).includes('kms:CreateGrant'));
  expect(granting).toMatchObject({ Resource: { 'Fn::GetAtt': [expect.stringMatching(/^VolumeKey/), 'Arn'] }, Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } });
  expect(more).toEqual([]);
});

test('metrics are read by those steps alone that need them', () => {
  const reading = [...new Set(handlers)].filter(file => JSON.stringify(statementsOf(file)).includes('cloudwatch:GetMetricData'));
  expect(reading.sort()).toEqual([
    'are-migrations-running', 'check-destination', 'forecast-links', 'is-replicated', 'plan-migration', 'read-instance-metrics', 'read-link-traffic',
    'read-new-points', 'reserve-link',
  ]);
});

test.each<[string, string[]]>([
  ['LinkIsContended', ['Reserve link', 'Is group ready', 'Roll back', 'Give link back', 'Are migrations running', 'Start migrations']],
  ['PriorRequestNotComplete', ['Move traffic']],
])('%s is retried by the steps that may meet it', (error, steps) => {
  const states = Object.assign({}, ...Object.values(everything.resources('AWS::StepFunctions::StateMachine')).map(resource => statesOf(definitionOf(resource))));
  const retried = (step: string): string[] => states[step].Retry.flatMap(({ ErrorEquals }: { ErrorEquals: string[] }) => ErrorEquals);
  expect(steps.filter(step => !retried(step).includes(error))).toEqual([]);
});

describe('the stack', () => {
  test('leaves room for others, and tells failures', () => {
    const { Resources } = everything.template.toJSON() as { Resources: object };
    expect(Object.keys(Resources).length).toBeLessThan(320);
    everything.template.hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmActions: [Match.anyValue()] });
    expect(Buffer.byteLength(JSON.stringify(everything.template.toJSON()))).toBeLessThan(700_000);
  });

  test('the alarms by which nobody may serve say so, and what to do', () => {
    const told = Object.entries(everything.resources('AWS::CloudWatch::Alarm')).filter(([id]) => /Rescue|Unreachable/.test(id))
      .map(([, { Properties }]) => Properties.AlarmDescription as string);
    expect(told).toHaveLength(2);
    for (const text of told) expect(text).toMatch(/[Nn]obody may serve: .*(by hand|look at the line)/);
  });

  test('launches into its locations only', () => {
    const launching = statementsOf('launch-instances').filter(({ Action }) => listed(Action).includes('ec2:RunInstances'));
    const subnets = JSON.stringify(launching).match(/subnet\/[\w*-]+/g);
    expect(new Set(subnets)).toEqual(new Set(['subnet/subnet-0123456789abcdef0', 'subnet/subnet-0123456789abcdef1']));
  });

  test.each<[string, (stack: Stack) => EdgeMigrationProps]>([
    ['with defaults', stack => ({ instances, locations: [region(stack)] })], ['with everything', withEverything],
  ])('has nothing that AwsSolutions finds, %s', (_, props) => {
    const app = new App();
    const stack = new Stack(app, 'Test');
    new EdgeMigration(stack, 'Edge', props(stack));
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).not.toThrow();
  });

  test('the example can be synthesized', () => {
    const app = new App();
    edgeMigrationExample(app);
    expect(() => app.synth()).not.toThrow();
  });
});

describe('misuse', () => {
  let id = 0;
  const stack = new Stack(new App(), 'Misuse');
  test.each<[RegExp, () => Partial<EdgeMigrationProps>]>([
    [/^timeout must be between 1 hour and 365 days, got 5 minutes$/, () => ({ timeout: Duration.minutes(5) })],
    [/^the tag key of movable instances must be known at synthesis, got a token/, () => ({ instances: MovableInstances.tagged(Token.asString({ Ref: 'Key' }), 'yes') })],
    [/^locations must name at least one place, got an empty list$/, () => ({ locations: [] })],
    [/^locations must have different names, got 'twice' twice$/, () => {
      const one = region(stack, 'twice');
      return { locations: [one, one] };
    }],
    [/^prices must not be negative, got -1 for 'hour'$/, () => ({ prices: { hour: -1 } })],
    [/^blocks and this construct must have the same ledger.*, got none here$/, () => ({ blocks: replicating(new Stack(new App(), 'A')).blocks })],
    [/^blocks and this construct must have the same ledger.*, got two$/, () => ({ blocks: replicating(new Stack(new App(), 'B')).blocks, ledger: new MobilityLedger(new Stack(new App(), 'C'), 'Ledger') })],
    [/^blocks must move the same instances, those tagged movable=yes, got other=yes$/, () => replicating(new Stack(new App(), 'D'), { instances: MovableInstances.tagged('other', 'yes') })],
  ])('%s', (message, props) => {
    expect(() => new EdgeMigration(stack, `Edge${id++}`, { instances, locations: [region(stack, `ok-${id}`)], ...props() })).toThrow(message);
  });
});
