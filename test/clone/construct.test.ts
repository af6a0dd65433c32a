import { readdirSync } from 'node:fs';
import { App, Aws, Duration, NestedStack, PermissionsBoundary, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { instanceCloneExample } from '../../examples/instance-clone';
import { CloneSource, InstanceClone, InstanceCloneProps, MobilityLedger } from '../../lib';
import { definitionOf, Resource, stackOf, statesOf } from '../support/synthesize';

const tagged = CloneSource.tagged('clonable', 'yes');
const defaults = stackOf(stack => { new InstanceClone(stack, 'Clone', { source: tagged }); });
const everything = stackOf(stack => {
  new InstanceClone(stack, 'Clone', {
    source: CloneSource.instance(ec2.CfnInstance.fromInstanceId(stack, 'Source', 'i-0123456789abcdef0')),
    subnets: [ec2.Subnet.fromSubnetId(stack, 'Subnet', 'subnet-0123456789abcdef0')],
    passableRoles: [new iam.Role(stack, 'Web', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') })],
    volumeKeys: [new kms.Key(stack, 'VolumeKey', { enableKeyRotation: true })],
    notificationTopic: new sns.Topic(stack, 'Topic', { enforceSSL: true }),
    encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
    ledger: new MobilityLedger(stack, 'Ledger'),
    timeout: Duration.hours(2),
    prices: { 'snapshot-gib-month': 0.05 },
  });
});

type Statement = { Action: string | string[]; Resource: unknown; Condition?: Record<string, Record<string, unknown>> };
const listed = <T>(value: T | T[]): T[] => Array.isArray(value) ? value : [value];

/** The statements of the role of one step, by the handler's file. */
function statementsOf(template: { resources: (type: string) => Record<string, Resource> }, file: string): Statement[] {
  const fn = Object.values(template.resources('AWS::Lambda::Function')).find(({ Properties }) => Properties.Handler === `${file}.handler`)!;
  const role = fn.Properties.Role['Fn::GetAtt'][0];
  return Object.values(template.resources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);
}

const machine = (built: typeof defaults, id: RegExp): Resource => Object.entries(built.resources('AWS::StepFunctions::StateMachine')).find(([logicalId]) => id.test(logicalId))![1];

describe('naming law', () => {
  const folders = ['clone', 'launch-like', 'lease', 'janitor', 'volume-copies', 'shared-volumes', 'own-volume'];
  const files = folders.flatMap(folder => readdirSync(`${__dirname}/../../lambda/${folder}`).map(file => file.replace('.ts', '')));
  const handlers = Object.values(everything.resources('AWS::Lambda::Function')).map(({ Properties }) => Properties.Handler.replace('.handler', ''));
  const tasks = Object.values(everything.resources('AWS::StepFunctions::StateMachine'))
    .flatMap(resource => Object.entries(statesOf(definitionOf(resource))))
    .filter(([, state]) => state.Type === 'Task')
    .map(([name]) => name.toLowerCase().replaceAll(' ', '-'));

  test('every handler file is a function, and every function has its file', () => expect([...new Set(handlers)].sort()).toEqual([...files].sort()));
  test('every Task state is the handler of its name', () => expect([...new Set(tasks)].sort()).toEqual([...files].sort()));
});

describe('the machines', () => {
  test('are JSONata, traced, logged without execution data, and end after the given time', () => {
    for (const resource of Object.values(defaults.resources('AWS::StepFunctions::StateMachine'))) {
      expect(resource.Properties.TracingConfiguration).toEqual({ Enabled: true });
      expect(resource.Properties.LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
      expect(definitionOf(resource).QueryLanguage).toBe('JSONata');
    }
    expect(definitionOf(machine(defaults, /CloneMachine/)).TimeoutSeconds).toBe(24 * 3600);
    expect(definitionOf(machine(everything, /CloneMachine/)).TimeoutSeconds).toBe(2 * 3600);
  });

  test('every task is bounded in time and retries a busy AWS', () => {
    const tasks = Object.values(everything.resources('AWS::StepFunctions::StateMachine'))
      .flatMap(resource => Object.values(statesOf(definitionOf(resource)))).filter(state => state.Type === 'Task');
    for (const task of tasks) {
      expect(task.TimeoutSeconds).toBeGreaterThan(0);
      expect(task.Retry[0].ErrorEquals).toEqual(expect.arrayContaining(['RequestLimitExceeded', 'Lambda.TooManyRequestsException']));
    }
  });

  test('ask for approval only where somebody can be asked', () => {
    expect(Object.keys(statesOf(definitionOf(machine(defaults, /CloneMachine/))))).not.toContain('Await approval');
    expect(Object.keys(statesOf(definitionOf(machine(everything, /CloneMachine/))))).toContain('Await approval');
  });

  test('retries while filesystems are frozen end before the thaw timer', () => {
    const states = statesOf(definitionOf(machine(defaults, /CloneMachine/)));
    const [retry] = states['Snapshot volumes'].Retry;
    let waited = 0;
    for (let attempt = 0; attempt < retry.MaxAttempts; attempt++) {
      waited += Math.min(retry.IntervalSeconds * retry.BackoffRate ** attempt, retry.MaxDelaySeconds);
    }
    expect(waited).toBeLessThan(60);
    expect(retry.JitterStrategy).toBeUndefined();
  });
});

describe('least privilege', () => {
  const writes = /^ec2:(?!Describe|Get)/;

  test('no action is a wildcard', () => {
    const actions = Object.values(everything.resources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement.flatMap((statement: Statement) => listed(statement.Action)));
    expect(actions.filter(action => action.includes('*') && !/^kms:(GenerateDataKey|ReEncrypt)\*$/.test(action))).toEqual([]);
  });

  test.each(['snapshot-volumes', 'make-image', 'discard-image', 'launch-instances', 'finish-instances', 'tidy-up', 'roll-back', 'sweep'])('%s changes only what the owner tag marks', file => {
    for (const built of [defaults, everything]) {
      const changing = statementsOf(built, file).filter(({ Action }) => listed(Action).some(action => writes.test(action)));
      expect(changing.length).toBeGreaterThan(0);
      for (const { Action, Resource: resource, Condition } of changing) {
        const text = JSON.stringify(Condition ?? {});
        const source = JSON.stringify(resource).includes(':instance/') && /clonable|i-0123456789abcdef0/.test(text + JSON.stringify(resource));
        const neverChanged = listed(Action).every(action => ['ec2:RunInstances', 'ec2:CreateSnapshots'].includes(action)) && Condition === undefined;
        expect({ Action, resource, bound: source || neverChanged || text.includes('instance-mobility:owner') }).toMatchObject({ bound: true });
      }
    }
  });

  test('roll back and janitor can not destroy a finished clone', () => {
    for (const file of ['roll-back', 'sweep']) {
      const destroying = statementsOf(defaults, file).filter(({ Action }) => listed(Action).some(action => /Terminate|Delete|Deregister/.test(action)));
      expect(destroying.length).toBeGreaterThanOrEqual(5);
      for (const { Condition } of destroying) expect(Condition).toMatchObject({ Null: { 'aws:ResourceTag/instance-mobility:created-by': 'true' } });
    }
  });

  test('no role can be passed unless it is named, and then only to EC2', () => {
    expect(JSON.stringify(defaults.template.toJSON())).not.toContain('iam:PassRole');
    const passing = statementsOf(everything, 'launch-instances').filter(({ Action }) => listed(Action).includes('iam:PassRole'));
    expect(passing).toEqual([expect.objectContaining({
      Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Web/), 'Arn'] },
      Condition: { StringEquals: { 'iam:PassedToService': expect.arrayContaining(['ec2.amazonaws.com']) } },
    })]);
  });

  test('keys are used only through EC2, and grants only for AWS resources', () => {
    expect(JSON.stringify(statementsOf(defaults, 'launch-instances'))).not.toContain('kms:');
    const kmsStatements = statementsOf(everything, 'launch-instances').filter(({ Action }) => listed(Action).some(action => action.startsWith('kms:')));
    expect(kmsStatements).toHaveLength(2);
    for (const { Condition } of kmsStatements) expect(Condition!.StringEquals).toHaveProperty('kms:ViaService');
    expect(kmsStatements.find(({ Action }) => listed(Action).includes('kms:CreateGrant'))!.Condition).toMatchObject({ Bool: { 'kms:GrantIsForAWSResource': 'true' } });
  });

  test('a subnet and its groups may belong to another account, which shares its VPC', () => {
    const where = statementsOf(defaults, 'launch-instances').find(statement => JSON.stringify(statement).includes(':subnet/'))!;
    for (const kind of ['subnet', 'security-group', 'placement-group']) expect(JSON.stringify(where)).toMatch(new RegExp(`:\\*:${kind}/\\*`));
    expect(JSON.stringify(where)).toContain('AWS::AccountId"},":key-pair/*');
  });

  test('a source with licences or on a host resource group can be launched again', () => {
    const launching = JSON.stringify(statementsOf(defaults, 'launch-instances'));
    expect(launching).toContain(':license-configuration:*');
    expect(launching).toContain(':group/*');
  });

  test('clones go to the given subnets only', () => {
    const where = statementsOf(everything, 'launch-instances').find(statement => JSON.stringify(statement).includes(':subnet/'))!;
    expect(JSON.stringify(where)).toContain(':subnet/subnet-0123456789abcdef0');
    expect(JSON.stringify(where)).not.toContain(':subnet/*');
  });

  test('a permissions boundary reaches every role', () => {
    const app = new App();
    const stack = new Stack(app, 'Bound', { permissionsBoundary: PermissionsBoundary.fromName('boundary') });
    new InstanceClone(stack, 'Clone', { source: tagged });
    const roles = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role'));
    expect(roles.length).toBeGreaterThan(20);
    for (const role of roles) expect(JSON.stringify(role.Properties.PermissionsBoundary)).toContain('policy/boundary');
  });
});

describe('deploys anywhere', () => {
  test.each(['us-gov-west-1', 'cn-north-1', 'eu-central-2'])('in %s', region => {
    const { template } = stackOf(stack => { new InstanceClone(stack, 'Clone', { source: tagged, notificationTopic: new sns.Topic(stack, 'Topic') }); }, { env: { account: '111122223333', region } });
    const text = JSON.stringify(template.toJSON());
    // the runtime's own table of partitions aside, ARNs come from the pseudo parameter
    expect(text).not.toMatch(/arn:aws:(?!no)/);
    template.allResourcesProperties('AWS::Lambda::Function', { Architectures: ['arm64'] });
  });

  test('in a nested stack the owner is known at synthesis, and the same in every deployment', () => {
    const owners = [0, 1].map(others => {
      const parent = new Stack(new App(), 'Parent');
      for (let other = 0; other < others; other++) new InstanceClone(new NestedStack(parent, `Other${other}`), 'Clone', { source: tagged });
      const nested = new NestedStack(parent, 'Nested');
      new InstanceClone(nested, 'Clone', { source: tagged });
      return JSON.stringify(Template.fromStack(nested).toJSON()).match(/"aws:ResourceTag\/instance-mobility:owner":"([^"]*)"/)![1];
    });
    expect(owners).toEqual(['Parent:Parent/Nested/Clone', 'Parent:Parent/Nested/Clone']);
  });

  test('two constructs stand in one stack, and in two stacks, without a clash', () => {
    const app = new App();
    const one = new Stack(app, 'One');
    const two = new Stack(app, 'Two');
    new InstanceClone(one, 'A', { source: tagged });
    new InstanceClone(one, 'B', { source: tagged });
    new InstanceClone(two, 'A', { source: tagged });
    const owners = [one, two].flatMap(stack => Object.values(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine')))
      .map(resource => JSON.stringify(resource).match(/owner[^,]*?([A-Za-z]+:[A-Za-z]+\/[A-B])/)![1]);
    expect(new Set(owners)).toEqual(new Set(['One:One/A', 'One:One/B', 'Two:Two/A']));
    const names = [one, two].flatMap(stack => Object.values(Template.fromStack(stack).findResources('AWS::Logs::LogGroup')))
      .map(({ Properties }) => Properties.LogGroupName).filter(Boolean).map(name => JSON.stringify(name));
    expect(new Set(names).size).toBe(names.length);
  });

  test.each([{ '@aws-cdk/aws-lambda:recognizeLayerVersion': true, '@aws-cdk/core:newStyleStackSynthesis': true, '@aws-cdk/aws-iam:minimizePolicies': true, '@aws-cdk/aws-stepfunctions-tasks:enableEmrServicePolicyV2': true, '@aws-cdk/aws-iam:standardizedServicePrincipals': true, '@aws-cdk/aws-lambda:recognizeVersionProps': true }, {}])('with feature flags %o the machine is the same', flags => {
    const { resources } = stackOf(stack => { new InstanceClone(stack, 'Clone', { source: tagged }); }, {}, flags);
    const states = Object.keys(statesOf(definitionOf(Object.entries(resources('AWS::StepFunctions::StateMachine')).find(([id]) => /CloneMachine/.test(id))![1])));
    expect(states).toEqual(Object.keys(statesOf(definitionOf(machine(defaults, /CloneMachine/)))));
  });

  test('old function versions stay for the executions that use them', () => {
    for (const version of Object.values(defaults.resources('AWS::Lambda::Version'))) expect(version.DeletionPolicy).toBe('Retain');
  });

  test('the example synthesizes', () => {
    const app = new App();
    Template.fromStack(instanceCloneExample(app)).resourceCountIs('AWS::StepFunctions::StateMachine', 2);
  });
});

describe('encryption', () => {
  test('one key can encrypt logs, machines and ledger', () => {
    const { template } = stackOf(stack => { new InstanceClone(stack, 'Clone', { source: tagged, encryptionKey: new kms.Key(stack, 'Key') }); });
    template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue() });
    template.allResourcesProperties('AWS::StepFunctions::StateMachine', { EncryptionConfiguration: Match.objectLike({ Type: 'CUSTOMER_MANAGED_KMS_KEY' }) });
    template.allResourcesProperties('AWS::DynamoDB::Table', { SSESpecification: Match.objectLike({ SSEEnabled: true }) });
  });
});

describe('AwsSolutions finds nothing', () => {
  test.each<[string, (stack: Stack) => Partial<InstanceCloneProps>]>([
    ['with defaults', () => ({})],
    ['with everything', stack => ({
      subnets: [ec2.Subnet.fromSubnetId(stack, 'Subnet', 'subnet-0123456789abcdef0')],
      passableRoles: [iam.Role.fromRoleArn(stack, 'Web', `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/web`)],
      notificationTopic: new sns.Topic(stack, 'Topic', { enforceSSL: true }),
      encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
    })],
  ])('%s', (_, props) => {
    const app = new App();
    const stack = new Stack(app, 'Test');
    new InstanceClone(stack, 'Clone', { source: tagged, ...props(stack) });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).not.toThrow();
  });

  test('and still finds a wildcard that nobody gave a reason for', () => {
    const app = new App();
    const stack = new Stack(app, 'Test');
    new InstanceClone(stack, 'Clone', { source: tagged });
    const role = stack.node.findAll().find((node): node is iam.Role => node instanceof iam.Role && node.node.path.includes('Roll back'))!;
    role.addToPolicy(new iam.PolicyStatement({ actions: ['ec2:DeleteVpc'], resources: ['*', `arn:${Aws.PARTITION}:ec2:*:*:vpc/*`] }));
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).toThrow();
  });
});

describe('misuse is refused at construction', () => {
  const stack = new Stack(new App(), 'Misuse');
  let id = 0;
  test.each<[RegExp, () => Partial<InstanceCloneProps>]>([
    [/timeout must be between 10 minutes and 365 days, got 5 minutes/, () => ({ timeout: Duration.minutes(5) })],
    [/timeout must be between 10 minutes and 365 days, got 366 days/, () => ({ timeout: Duration.days(366) })],
    [/subnets must name at least one subnet/, () => ({ subnets: [] })],
    [/prices must not be negative, got -1 for 'instance-hour:t3.micro'/, () => ({ prices: { 'instance-hour:t3.micro': -1 } })],
    [/not start with 'aws:', got 'aws:x'/, () => ({ source: CloneSource.tagged('aws:x', 'y') })],
  ])('%s', (message, props) => {
    expect(() => new InstanceClone(stack, `Clone${id++}`, { source: tagged, ...props() })).toThrow(message);
  });
});
