import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { App, Aws, Duration, NestedStack, PermissionsBoundary, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { instanceStoreSyncExample } from '../../examples/instance-store-sync';
import { InstanceClone, CloneSource, InstanceStoreSync, InstanceStoreSyncProps, MobilityLedger, MovableInstances, RetirementResponse } from '../../lib';
import { checkSyncRequest } from '../../lambda/shared/sync/check';
import { definitionOf, listed, policiesOf, Resource, stackOf, Statement, statesOf } from '../support/synthesize';

jest.setTimeout(60_000);

const instances = MovableInstances.tagged('movable', 'yes');
const vpcOf = (stack: Stack): ec2.IVpc => ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-0123456789abcdef0', availabilityZones: ['us-east-1a'] });
const withEverything = (stack: Stack): InstanceStoreSyncProps => ({
  instances,
  vpc: vpcOf(stack),
  subnets: [ec2.Subnet.fromSubnetId(stack, 'Subnet', 'subnet-0123456789abcdef0')],
  passableRoles: [iam.Role.fromRoleArn(stack, 'Web', `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/web`)],
  volumeKeys: [new kms.Key(stack, 'VolumeKey', { enableKeyRotation: true })],
  targetGroups: [elbv2.ApplicationTargetGroup.fromTargetGroupAttributes(stack, 'Group', {
    targetGroupArn: `arn:${Aws.PARTITION}:elasticloadbalancing:us-east-1:111122223333:targetgroup/web/0123456789abcdef`,
  })],
  hostedZones: [route53.HostedZone.fromHostedZoneId(stack, 'Zone', 'Z0123456789ABCDEFGHIJ')],
  onRetirement: RetirementResponse.plan({ services: ['postgresql.service'] }),
  notificationTopic: new sns.Topic(stack, 'Topic', { enforceSSL: true }),
  encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
  ledger: new MobilityLedger(stack, 'Ledger'),
  timeout: Duration.days(2),
  prices: { 'snapshot-gib-month': 0.05 },
});
const defaults = stackOf(stack => { new InstanceStoreSync(stack, 'Sync', { instances }); });
const everything = stackOf(stack => { new InstanceStoreSync(stack, 'Sync', withEverything(stack)); });

/** The statements of the roles of one step, in every machine that has it, by the handler's file. */
function statementsOf(built: typeof defaults, file: string): Statement[] {
  const roles = Object.values(built.resources('AWS::Lambda::Function')).filter(({ Properties }) => basename(Properties.Handler, '.handler') === file)
    .map(({ Properties }) => Properties.Role['Fn::GetAtt'][0] as string);
  expect(roles.length).toBeGreaterThan(0);
  return policiesOf(built).filter(({ role }) => roles.includes(role)).flatMap(({ statements }) => statements);
}

const machine = (built: typeof defaults, id: RegExp): Resource =>
  Object.entries(built.resources('AWS::StepFunctions::StateMachine')).find(([logicalId]) => id.test(logicalId))![1];
const text = (built: typeof defaults): string => JSON.stringify(built.template.toJSON());

describe('naming law', () => {
  const folders = ['sync', 'replication', 'cut-over', 'triggers', 'launch-like', 'lease', 'janitor'];
  const files = folders.flatMap(folder => readdirSync(`${__dirname}/../../lambda/${folder}`).map(file => file.replace('.ts', '')));
  const handlers = Object.values(everything.resources('AWS::Lambda::Function')).map(({ Properties }) => basename(Properties.Handler, '.handler'));
  const tasks = Object.values(everything.resources('AWS::StepFunctions::StateMachine'))
    .flatMap(resource => Object.entries(statesOf(definitionOf(resource))))
    .filter(([, state]) => state.Type === 'Task' && JSON.stringify(state).includes('lambda:invoke'))
    .map(([name]) => name.toLowerCase().replaceAll(' ', '-'));

  test('every handler file is a function, and every function has its file', () => expect([...new Set(handlers)].sort()).toEqual([...files].sort()));
  test('every Task state is the handler of its name', () => expect([...new Set(tasks)].sort()).toEqual([...files].sort()));
});

describe('the documents', () => {
  const documents = Object.values(everything.resources('AWS::SSM::Document'));

  test('are one for each script, at most 64 KB, and take their parameters by the environment', () => {
    const scripts = readdirSync(`${__dirname}/../../documents/replication`).filter(name => name.endsWith('.sh'));
    // one to look, and the others for each of two engines, of which one can not copy ahead
    expect(documents).toHaveLength(2 * scripts.length - 2);
    for (const { Properties } of documents) {
      expect(JSON.stringify(Properties.Content).length).toBeLessThan(64_000);
      const parameters = Object.values<{ interpolationType: string; allowedPattern: string }>(Properties.Content.parameters);
      for (const parameter of parameters) expect(parameter).toMatchObject({ interpolationType: 'ENV_VAR', allowedPattern: expect.stringMatching(/^\^.*\$$/) });
      expect(Properties.Content.mainSteps[0].inputs.runCommand.join('\n')).not.toMatch(/\{\{|^# part: /m);
    }
  });

  test('lie in a nested stack for each engine, of which the template stays below the megabyte, too', () => {
    const stack = new Stack(new App(), 'Nesting');
    new InstanceStoreSync(stack, 'Sync', { instances });
    const nested = stack.node.findAll().filter(each => NestedStack.isNestedStack(each)).map(each => Template.fromStack(each as NestedStack));
    expect(nested).toHaveLength(2);
    for (const [index, template] of nested.entries()) {
      // md can not copy ahead
      template.resourceCountIs('AWS::SSM::Document', index === 0 ? 11 : 10);
      expect(Buffer.byteLength(JSON.stringify(template.toJSON(), undefined, 1))).toBeLessThan(700_000);
    }
    expect(Object.keys(Template.fromStack(stack).findResources('AWS::SSM::Document'))).toEqual([expect.stringContaining('InspectDocument')]);
  });

  test('are sent only to instances that carry the tag', () => {
    const sending = policiesOf(everything).flatMap(({ statements }) => statements).filter(({ Action }) => listed(Action).includes('ssm:SendCommand'));
    const onInstances = sending.filter(({ Resource: resource }) => JSON.stringify(resource).includes(':instance/'));
    expect(onInstances.length).toBeGreaterThan(10);
    expect(sending.length).toBe(2 * onInstances.length);
    for (const { Condition } of onInstances) expect(Condition).toEqual({ StringEquals: { 'aws:ResourceTag/movable': 'yes' } });
  });
});

describe('nothing destroys what serves', () => {
  test('the source is stopped or terminated only with its tag, and only once it is verified', () => {
    const destroying = statementsOf(everything, 'release-source').filter(({ Action }) => listed(Action).some(action => /Stop|Terminate/.test(action)));
    expect(destroying).toEqual([expect.objectContaining({
      Condition: { StringEquals: { 'aws:ResourceTag/movable': 'yes' }, Null: { 'aws:ResourceTag/instance-mobility:verified': 'false' } },
    })]);
    // and by no other step, but for litter
    const others = Object.values(everything.resources('AWS::Lambda::Function')).map(({ Properties }) => basename(Properties.Handler, '.handler'))
      .filter(file => !['release-source', 'roll-back', 'sweep'].includes(file));
    for (const file of new Set(others)) expect(JSON.stringify(statementsOf(everything, file))).not.toMatch(/ec2:(Stop|Terminate)Instances/);
  });

  test.each(['roll-back', 'sweep'])('%s can not touch what has a phase', file => {
    const destroying = statementsOf(everything, file).filter(({ Action }) => listed(Action).some(action => /Terminate|Delete|Deregister/.test(action)));
    expect(destroying.length).toBeGreaterThanOrEqual(5);
    for (const { Condition } of destroying) {
      expect(Condition).toMatchObject({ Null: { 'aws:ResourceTag/instance-mobility:phase': 'true', 'aws:ResourceTag/instance-mobility:created-by': 'true' } });
    }
  });

  test('only the verification sets the tag that it asks for', () => {
    const setting = Object.values(everything.resources('AWS::Lambda::Function')).map(({ Properties }) => basename(Properties.Handler, '.handler'))
      .filter(file => statementsOf(everything, file).some(({ Action, Condition }) =>
        listed(Action).includes('ec2:CreateTags') && JSON.stringify(Condition?.['ForAllValues:StringEquals'] ?? {}).includes('instance-mobility:verified')));
    expect([...new Set(setting)]).toEqual(['mark-verified']);
  });
});

describe('the ports', () => {
  test('admit members of the group only, and only the replication', () => {
    const ingress = Object.values(everything.resources('AWS::EC2::SecurityGroupIngress')).map(({ Properties }) => Properties);
    expect(ingress.map(({ IpProtocol, FromPort, ToPort }) => ({ IpProtocol, FromPort, ToPort }))).toEqual(expect.arrayContaining([
      { IpProtocol: 'tcp', FromPort: 7788, ToPort: 7795 }, { IpProtocol: 'udp', FromPort: 7788, ToPort: 7788 },
    ]));
    for (const each of ingress) {
      expect(each.SourceSecurityGroupId).toEqual(each.GroupId);
      expect(each).not.toHaveProperty('CidrIp');
    }
  });

  test('let out only the replication, too: an instance that may not go everywhere gains nothing else by the group', () => {
    const [group] = Object.values(everything.resources('AWS::EC2::SecurityGroup'));
    // without any rule EC2 lets everything out
    expect(group!.Properties.SecurityGroupEgress).toEqual([
      expect.objectContaining({ IpProtocol: 'tcp', FromPort: 7788, ToPort: 7795 }), expect.objectContaining({ IpProtocol: 'udp', FromPort: 7788, ToPort: 7788 }),
    ]);
  });

  test('are opened and closed on interfaces of that VPC alone', () => {
    for (const file of ['open-ports', 'close-ports', 'close-ports-again']) {
      const onInterfaces = statementsOf(everything, file).filter(({ Action, Resource: on }) => listed(Action).includes('ec2:ModifyNetworkInterfaceAttribute') && JSON.stringify(on).includes('network-interface/'));
      expect(onInterfaces.length).toBeGreaterThan(0);
      for (const { Condition } of onInterfaces) expect(Condition).toEqual({ ArnLike: { 'ec2:Vpc': { 'Fn::Join': ['', expect.arrayContaining([':*:vpc/vpc-0123456789abcdef0'])] } } });
    }
  });

  test('are left alone without a VPC', () => {
    expect(Object.keys(defaults.resources('AWS::EC2::SecurityGroup'))).toEqual([]);
    expect(text(defaults)).not.toContain('ec2:AssociateSecurity');
    expect(Object.keys(statesOf(definitionOf(machine(defaults, /SyncMachine/))))).not.toContain('Open ports');
  });
});

describe('least privilege', () => {
  test('no action is a wildcard', () => {
    const actions = policiesOf(everything).flatMap(({ statements }) => statements.flatMap(statement => listed(statement.Action)));
    expect(actions.filter(action => action.includes('*') && !/^kms:(GenerateDataKey|ReEncrypt)\*$/.test(action))).toEqual([]);
  });

  test('traffic that is not named can not be moved', () => {
    expect(text(defaults)).not.toMatch(/elasticloadbalancing:|route53:/);
    expect(text(defaults)).not.toContain('iam:PassRole');
  });

  test('the template stays below the megabyte that CloudFormation takes, as CDK writes it', () => {
    for (const built of [defaults, everything]) {
      expect(Buffer.byteLength(JSON.stringify(built.template.toJSON(), undefined, 1))).toBeLessThan(1_048_576);
      expect(Object.keys(built.template.toJSON().Resources).length).toBeLessThan(450);
    }
  });

  test('every alarm is told to somebody', () => {
    const alarms = Object.values(everything.resources('AWS::CloudWatch::Alarm'));
    expect(alarms).toHaveLength(5);
    for (const { Properties } of alarms) expect(Properties).toMatchObject({ AlarmActions: [{ Ref: expect.stringMatching(/^Topic/) }] });
    const metrics = alarms.flatMap(({ Properties }) => Properties.Metrics as { Expression?: string }[] | undefined ?? []);
    expect(new Set(metrics.flatMap(({ Expression }) => Expression ?? []))).toEqual(new Set(['FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)']));
  });

  test('the alarms by which nobody may serve say so, and what to do', () => {
    const told = Object.entries(everything.resources('AWS::CloudWatch::Alarm')).filter(([id]) => /Rescue|FallBack/.test(id))
      .map(([, { Properties }]) => Properties.AlarmDescription as string);
    expect(told).toHaveLength(2);
    for (const text of told) expect(text).toMatch(/[Nn]obody may serve: .*fall back/);
  });

  test('a permissions boundary reaches every role', () => {
    const stack = new Stack(new App(), 'Bound', { permissionsBoundary: PermissionsBoundary.fromName('boundary') });
    new InstanceStoreSync(stack, 'Sync', { instances });
    const roles = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role'));
    expect(roles.length).toBeGreaterThan(50);
    for (const role of roles) expect(JSON.stringify(role.Properties.PermissionsBoundary)).toContain('policy/boundary');
  });
});

describe('deploys anywhere', () => {
  test.each(['us-gov-west-1', 'cn-north-1'])('in %s', region => {
    const { template } = stackOf(stack => { new InstanceStoreSync(stack, 'Sync', withEverything(stack)); }, { env: { account: '111122223333', region } });
    expect(JSON.stringify(template.toJSON())).not.toMatch(/arn:aws:(?!no)/);
  });

  test('beside a clone and another one, each in a stack of its own, with one ledger', () => {
    const app = new App();
    const stacks = ['Clone', 'A', 'B'].map(id => new Stack(app, id));
    const ledger = new MobilityLedger(stacks[0]!, 'Ledger');
    new InstanceClone(stacks[0]!, 'Clone', { source: CloneSource.tagged('clonable', 'yes'), ledger });
    for (const stack of stacks.slice(1)) new InstanceStoreSync(stack, 'Sync', { instances, ledger });
    expect(stacks.map(stack => Object.keys(Template.fromStack(stack).findResources('AWS::DynamoDB::Table')).length)).toEqual([1, 0, 0]);
  });

  test('the example synthesizes', () => {
    Template.fromStack(instanceStoreSyncExample(new App())).resourceCountIs('AWS::StepFunctions::StateMachine', 5);
  });

  test('one key can encrypt logs, machines and ledger', () => {
    const { template } = stackOf(stack => { new InstanceStoreSync(stack, 'Sync', { instances, encryptionKey: new kms.Key(stack, 'Key') }); });
    template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue() });
    template.allResourcesProperties('AWS::StepFunctions::StateMachine', { EncryptionConfiguration: Match.objectLike({ Type: 'CUSTOMER_MANAGED_KMS_KEY' }) });
  });
});

describe('AwsSolutions finds nothing', () => {
  test.each<[string, (stack: Stack) => InstanceStoreSyncProps]>([['with defaults', () => ({ instances })], ['with everything', withEverything]])('%s', (_, props) => {
    const app = new App();
    const stack = new Stack(app, 'Test');
    new InstanceStoreSync(stack, 'Sync', props(stack));
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).not.toThrow();
  });
});

describe('misuse is refused at construction', () => {
  const stack = new Stack(new App(), 'Misuse');
  let id = 0;
  test.each<[RegExp, () => Partial<InstanceStoreSyncProps>]>([
    [/timeout must be between 1 hour and 365 days, got 5 minutes/, () => ({ timeout: Duration.minutes(5) })],
    [/subnets must name at least one subnet/, () => ({ subnets: [] })],
    [/prices must not be negative, got -1/, () => ({ prices: { 'instance-hour:t3.micro': -1 } })],
    [/not start with 'aws:', got 'aws:x'/, () => ({ instances: MovableInstances.tagged('aws:x', 'y') })],
    [/must not name a sourceInstanceId/, () => ({ onRetirement: RetirementResponse.sync({ sourceInstanceId: 'i-0123456789abcdef0' }) })],
    [/must not name a planOnly: .*plan\(\) and .*sync\(\)/, () => ({ onRetirement: RetirementResponse.sync({ planOnly: true }) })],
    [/must not name a finishBy: .*past/, () => ({ onRetirement: RetirementResponse.sync({ finishBy: '2027-01-01T00:00:00Z' }) })],
    [/asks for approval \(switch\), but there is no notificationTopic/, () => ({ onRetirement: RetirementResponse.sync({ approve: ['switch'] }) })],
    [/unknown field service, allowed is only target, mountPoints/, () => ({ onRetirement: RetirementResponse.plan({ service: ['postgresql.service'] }) })],
  ])('%s', (message, props) => {
    expect(() => new InstanceStoreSync(stack, `Sync${id++}`, { instances, ...props() })).toThrow(message);
  });

  test('what a retirement may ask for is what an execution knows, but for what comes with the notice', () => {
    const known = (refuse: () => unknown): string[] => {
      try {
        return [String(refuse())];
      } catch (error) {
        return /unknown.*allowed is only (.*)/.exec((error as Error).message)![1]!.split(', ').sort();
      }
    };
    const ofExecutions = known(() => checkSyncRequest({ sourceInstanceId: 'i-0123456789abcdef0', nonsense: 1 }, { approvable: true, verifyDocuments: [], targetGroupArns: [], hostedZoneIds: [] }));
    const comeWithIt = ['continueSession', 'finishBy', 'planOnly', 'sourceInstanceId', 'switchBy'];
    expect(known(() => RetirementResponse.plan({ nonsense: 1 }))).toEqual(ofExecutions.filter(field => !comeWithIt.includes(field)));
    for (const field of comeWithIt) expect(() => RetirementResponse.plan({ [field]: 'x' })).toThrow(`must not name a ${field}`);
  });
});
