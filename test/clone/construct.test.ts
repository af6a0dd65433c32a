import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { App, Aws, CfnParameter, Duration, NestedStack, PermissionsBoundary, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { instanceCloneExample } from '../../examples/instance-clone';
import { CloneSource, InstanceClone, InstanceCloneProps, MobilityLedger } from '../../lib';
import { definitionOf, listed, policiesOf, Resource, stackOf, Statement, statesOf } from '../support/synthesize';

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

/** The statements of the role of one step, by the handler's file. */
function statementsOf(template: { resources: (type: string) => Record<string, Resource> }, file: string): Statement[] {
  const fn = Object.values(template.resources('AWS::Lambda::Function')).find(({ Properties }) => basename(Properties.Handler, '.handler') === file)!;
  const role = fn.Properties.Role['Fn::GetAtt'][0];
  return policiesOf(template).filter(({ role: name }) => name === role).flatMap(({ statements }) => statements);
}

const machine = (built: typeof defaults, id: RegExp): Resource => Object.entries(built.resources('AWS::StepFunctions::StateMachine')).find(([logicalId]) => id.test(logicalId))![1];

/** Whose snapshots are copied first. */
const fromRegion = stackOf(stack => new InstanceClone(stack, 'Clone', { source: CloneSource.tagged('clonable', 'yes').inRegion('eu-west-1') }));

/** Whose snapshots are re-encrypted and shared before. */
const fromAccount = stackOf(stack => new InstanceClone(stack, 'Clone', {
  source: CloneSource.tagged('clonable', 'yes').inAccount('444455556666', iam.Role.fromRoleArn(stack, 'There', 'arn:aws:iam::444455556666:role/source'), {
    sharingKey: kms.Key.fromKeyArn(stack, 'SharingKey', 'arn:aws:kms:us-east-1:444455556666:key/11112222-3333-4444-5555-666677778888'),
  }),
}));

test('a right that is granted to a machine is one that it has, to invoke a function too', () => {
  const granted = stackOf(stack => {
    const clone = new InstanceClone(stack, 'Clone', { source: tagged });
    lambda.Function.fromFunctionAttributes(stack, 'Own', { functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:own', sameEnvironment: true }).grantInvoke(clone.stateMachine);
  });
  const without = JSON.stringify(policiesOf(defaults));
  const all = policiesOf(granted).flatMap(({ statements }) => statements);
  expect(without).not.toContain('function:own');
  expect(all).toContainEqual(expect.objectContaining({ Action: 'lambda:InvokeFunction', Resource: ['arn:aws:lambda:us-east-1:111122223333:function:own', 'arn:aws:lambda:us-east-1:111122223333:function:own:*'] }));
  // and no more of its own handlers than before
  expect(all).toHaveLength(policiesOf(defaults).flatMap(({ statements }) => statements).length + 1);
});

describe('naming law', () => {
  const folders = ['clone', 'launch-like', 'lease', 'lifetime', 'janitor', 'volume-copies', 'shared-volumes', 'own-volume'];
  const files = folders.flatMap(folder => readdirSync(`${__dirname}/../../lambda/${folder}`).map(file => file.replace('.ts', '')))
    .filter(file => !file.includes('-target-')); // leases of a second instance are for moves
  const all = (type: string) => [everything, fromRegion, fromAccount].flatMap(({ resources }) => Object.values(resources(type)));
  const handlers = all('AWS::Lambda::Function').map(({ Properties }) => basename(Properties.Handler, '.handler'));
  const tasks = all('AWS::StepFunctions::StateMachine')
    .flatMap(resource => Object.entries(statesOf(definitionOf(resource))))
    .filter(([, state]) => state.Type === 'Task' && state.Resource.includes(':lambda:invoke'))
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
      .flatMap(resource => Object.values(statesOf(definitionOf(resource)))).filter(state => state.Type === 'Task' && state.Resource.includes(':lambda:invoke'));
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
    const actions = policiesOf(everything).flatMap(({ statements }) => statements.flatMap(statement => listed(statement.Action)));
    expect(actions.filter(action => action.includes('*') && !/^kms:(GenerateDataKey|ReEncrypt)\*$/.test(action))).toEqual([]);
  });

  test.each(['snapshot-volumes', 'make-image', 'discard-image', 'launch-instances', 'finish-instances', 'make-isolation-group', 'admit-clones', 'restart-clones', 'tidy-up', 'roll-back', 'sweep'])('%s changes only what the owner tag marks', file => {
    for (const built of [defaults, everything]) {
      const changing = statementsOf(built, file).filter(({ Action }) => listed(Action).some(action => writes.test(action)));
      expect(changing.length).toBeGreaterThan(0);
      for (const { Action, Resource: resource, Condition } of changing) {
        const text = JSON.stringify(Condition ?? {});
        const source = JSON.stringify(resource).includes(':instance/') && /clonable|i-0123456789abcdef0/.test(text + JSON.stringify(resource));
        const neverChanged = listed(Action).every(action => ['ec2:RunInstances', 'ec2:CreateSnapshots'].includes(action)) && Condition === undefined;
        // a group is made in somebody's VPC, and an interface joins somebody's group: neither is changed
        const elsewhere = Condition === undefined && /:(vpc|security-group)\/\*/.test(JSON.stringify(resource))
          && listed(Action).every(action => ['ec2:CreateSecurityGroup', 'ec2:ModifyNetworkInterfaceAttribute'].includes(action));
        expect({ Action, resource, bound: source || neverChanged || elsewhere || text.includes('instance-mobility:owner') }).toMatchObject({ bound: true });
      }
    }
  });

  test('roll back and janitor can not destroy a finished clone', () => {
    for (const file of ['roll-back', 'sweep']) {
      const destroying = statementsOf(defaults, file).filter(({ Action }) => listed(Action).some(action => /^ec2:(Terminate|Delete|Deregister)/.test(action)));
      expect(destroying.length).toBeGreaterThanOrEqual(5);
      for (const { Condition } of destroying) expect(Condition).toMatchObject({ Null: { 'aws:ResourceTag/instance-mobility:created-by': 'true' } });
    }
  });

  test('what expires says so itself: the machine that removes clones can remove nothing else', () => {
    const removing = statementsOf(defaults, 'remove-clone').filter(({ Action }) => listed(Action).some(action => writes.test(action)));
    expect(removing.map(({ Action }) => listed(Action)).flat().sort()).toEqual([
      'ec2:DeleteNetworkInterface', 'ec2:DeleteSnapshot', 'ec2:DeleteVolume', 'ec2:ModifyInstanceAttribute', 'ec2:TerminateInstances',
    ]);
    for (const { Action, Condition } of removing) {
      expect(Condition).toMatchObject({
        StringEquals: { 'aws:ResourceTag/instance-mobility:owner': expect.any(String) },
        Null: {
          'aws:ResourceTag/instance-mobility:created-by': 'false',
          [`aws:ResourceTag/instance-mobility:${/Instance/.test(listed(Action)[0]!) ? 'expires' : /Snapshot/.test(listed(Action)[0]!) ? 'set' : 'clone'}`]: 'false',
        },
      });
    }
  });

  test('schedules can start nothing but the machine that removes clones, and nobody else\'s can', () => {
    const [[id, role]] = Object.entries(defaults.resources('AWS::IAM::Role')).filter(([, { Properties }]) => JSON.stringify(Properties.AssumeRolePolicyDocument).includes('scheduler.amazonaws.com')) as [[string, Resource]];
    expect(role.Properties.AssumeRolePolicyDocument.Statement[0].Condition).toEqual({
      StringEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(/^CloneLifetimeSchedulesGroup/), 'Arn'] }, 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
    });
    expect(policiesOf(defaults).filter(policy => policy.role === id).flatMap(({ statements }) => statements)).toEqual([
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: { Ref: expect.stringMatching(/^CloneLifetimeExpire/) } },
    ]);
  });

  test('the distributed Map may run and stop its own batches, and nobody may redrive what was rolled back', () => {
    expect(JSON.stringify(defaults.template.toJSON())).not.toContain('RedriveExecution');
    const [policy] = Object.entries(defaults.resources('AWS::IAM::Policy')).filter(([id]) => /^CloneMachineBatches/.test(id)).map(([, { Properties }]) => Properties.PolicyDocument.Statement);
    expect(policy).toEqual([
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: { Ref: expect.stringMatching(/^CloneMachine/) } },
      { Effect: 'Allow', Action: ['states:DescribeExecution', 'states:StopExecution'], Resource: expect.anything() },
    ]);
  });

  test('no role can be passed unless it is named, and then only to EC2', () => {
    const passing = (built: typeof defaults, file: string): unknown[] => statementsOf(built, file).filter(({ Action }) => listed(Action).includes('iam:PassRole'))
      .map(({ Resource: resource, Condition }) => {
        expect(Condition).toMatchObject({ StringEquals: { 'iam:PassedToService': expect.arrayContaining(['ec2.amazonaws.com']) } });
        return listed(resource).map(one => (one as { 'Fn::GetAtt': string[] })['Fn::GetAtt'][0]!.replace(/Role.*|[0-9A-F]{8}$/, ''));
      });
    // the role of isolated clones may do nothing that the construct's user would have to name
    expect(passing(defaults, 'launch-instances')).toEqual([['CloneIsolated']]);
    expect([...passing(defaults, 'plan-clone'), ...passing(defaults, 'admit-clones')]).toEqual([]);
    // besides, only the one role that the construct makes itself for its schedules
    const others = policiesOf(defaults).flatMap(({ statements }) => statements).filter(({ Action, Condition }) =>
      listed(Action).includes('iam:PassRole') && !JSON.stringify(Condition).includes('ec2.'));
    expect(others.length).toBeGreaterThan(0);
    for (const { Resource: role, Condition } of others) {
      expect(role).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^CloneLifetimeSchedulesRole/), 'Arn'] });
      expect(Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } });
    }
    expect(passing(everything, 'launch-instances')).toEqual([['Web'], ['CloneIsolated']]);
    expect(passing(everything, 'admit-clones')).toEqual([['Web']]);
  });

  test('fifty roles fit into the policies of all steps', () => {
    const built = stackOf(stack => {
      const passableRoles = Array.from({ length: 50 }, (_, index) =>
        iam.Role.fromRoleArn(stack, `Role${index}`, `arn:aws:iam::111122223333:role/the-role-of-some-application-${index}`));
      new InstanceClone(stack, 'Clone', { source: tagged, passableRoles });
    });
    const sizes = new Map<string, number>();
    for (const { role, statements } of policiesOf(built)) sizes.set(role, (sizes.get(role) ?? 0) + JSON.stringify(statements).length);
    // IAM counts what references stand for, which is shorter
    expect([...sizes].filter(([, size]) => size > 10_240)).toEqual([]);
  });

  test('sixty roles, thirty keys and thirty subnets fit, too, in managed policies of their own', () => {
    const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
    const built = stackOf(stack => {
      new InstanceClone(stack, 'Clone', {
        source: tagged,
        passableRoles: many(60, index => iam.Role.fromRoleArn(stack, `Role${index}`, `arn:aws:iam::111122223333:role/the-role-of-some-application-${index}`)),
        volumeKeys: many(30, index => kms.Key.fromKeyArn(stack, `Key${index}`, `arn:aws:kms:us-east-1:111122223333:key/11112222-3333-4444-5555-6666777788${10 + index}`)),
        subnets: many(30, index => ec2.Subnet.fromSubnetId(stack, `Subnet${index}`, `subnet-0123456789abcde${10 + index}`)),
      });
    });
    const sizes = new Map<string, number>();
    for (const { role, statements } of policiesOf(built)) sizes.set(role, (sizes.get(role) ?? 0) + JSON.stringify(statements).length);
    expect([...sizes].filter(([, size]) => size > 10_240)).toEqual([]);
    const managed = built.resources('AWS::IAM::ManagedPolicy');
    expect(Object.entries(managed).filter(([, { Properties }]) => JSON.stringify(Properties.PolicyDocument).length > 6144)).toEqual([]);
    const launch = Object.entries(built.resources('AWS::IAM::Role')).find(([id]) => /WorkflowLaunchinstances/.test(id))![1];
    const passed = (launch.Properties.ManagedPolicyArns as { Ref: string }[])
      .flatMap(({ Ref }) => managed[Ref]!.Properties.PolicyDocument.Statement as Statement[])
      .filter(({ Action }) => Action === 'iam:PassRole').flatMap(({ Resource }) => listed(Resource));
    expect(new Set(passed).size).toBe(60);
    expect(launch.Properties.ManagedPolicyArns.length).toBeLessThanOrEqual(10);
  });

  test('isolated clones may take commands, and nothing else', () => {
    const actions = policiesOf(defaults).filter(policy => policy.role.includes('IsolatedRole')).flatMap(({ statements }) => statements.flatMap(({ Action }) => listed(Action)));
    expect(actions.filter(action => !action.startsWith('ec2messages:')).sort())
      .toEqual(['ssm:UpdateInstanceInformation', 'ssmmessages:CreateControlChannel', 'ssmmessages:OpenControlChannel']);
    const [role] = Object.entries(defaults.resources('AWS::IAM::Role')).filter(([id]) => id.includes('IsolatedRole'));
    expect(role![1].Properties.ManagedPolicyArns).toBeUndefined();
  });

  test('no step that may send to the source can reset an identity', () => {
    const sending = (file: string) => statementsOf(everything, file).filter(({ Action }) => listed(Action).includes('ssm:SendCommand')).map(statement => JSON.stringify(statement));
    expect(sending('reset-identity').join()).not.toContain('i-0123456789abcdef0');
    expect(sending('reset-identity').filter(statement => statement.includes('instance/')).every(statement => statement.includes('instance-mobility:owner'))).toBe(true);
    expect(sending('read-identity').join()).toContain('i-0123456789abcdef0');
    expect(sending('read-identity').join()).not.toContain('ResetIdentityDocument');
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

  test('with values that only the deployment knows', () => {
    const { resources } = stackOf(stack => {
      const parameter = (id: string, type = 'String'): CfnParameter => new CfnParameter(stack, id, { type });
      new InstanceClone(stack, 'Clone', {
        source: CloneSource.tagged('clonable', parameter('Value').valueAsString),
        isolationEgress: parameter('Ranges', 'CommaDelimitedList').valueAsList,
        prices: { 'snapshot-gib-month': parameter('Price', 'Number').valueAsNumber },
        maxCost: parameter('Most', 'Number').valueAsNumber,
      });
    });
    const definition = JSON.stringify(machine({ resources } as typeof defaults, /CloneMachine/).Properties.DefinitionString);
    for (const name of ['Price', 'Most']) expect(definition).toContain(`{"Ref":"${name}"}`);
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

  test('constructs stand in several stacks without a clash, each in less than 350 of the 500 resources of a stack', () => {
    const app = new App();
    const one = new Stack(app, 'One');
    const two = new Stack(app, 'Two');
    const three = new Stack(app, 'Three');
    new InstanceClone(one, 'A', { source: tagged });
    new InstanceClone(two, 'B', { source: tagged });
    new InstanceClone(three, 'A', { source: tagged });
    for (const stack of [one, two, three]) expect(Object.keys(Template.fromStack(stack).toJSON().Resources).length).toBeLessThan(350);
    const owners = [one, two, three].flatMap(stack => Object.values(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine')))
      .map(resource => JSON.stringify(resource).match(/owner[^,]*?([A-Za-z]+:[A-Za-z]+\/[A-B])/)![1]);
    expect(new Set(owners)).toEqual(new Set(['One:One/A', 'Two:Two/B', 'Three:Three/A']));
    const names = [one, two, three].flatMap(stack => Object.values(Template.fromStack(stack).findResources('AWS::Logs::LogGroup')))
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
    Template.fromStack(instanceCloneExample(app)).resourceCountIs('AWS::StepFunctions::StateMachine', 7);
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
    ['with a subnet of another stack', stack => ({
      subnets: [new ec2.CfnSubnet(new Stack(stack.node.root, 'Network'), 'Subnet', { vpcId: 'vpc-0123456789abcdef0', cidrBlock: '10.0.0.0/24' })],
    })],
    ['with more subnets than fit into one policy', stack => ({
      subnets: Array.from({ length: 25 }, (_, index) => ec2.Subnet.fromSubnetId(stack, `Subnet${index}`, `subnet-0123456789abcde${10 + index}`)),
    })],
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
    [/isolationEgress must name 1 to 60 address ranges, got 0/, () => ({ isolationEgress: [] })],
    [/isolationEgress must be address ranges like 10.0.1.0\/24, got '10.0.0.0'/, () => ({ isolationEgress: ['10.0.0.0'] })],
    [/isolationEgress must be address ranges like 10.0.1.0\/24, got '10.0.0.0\/33'/, () => ({ isolationEgress: ['10.0.0.0/33'] })],
    [/prices must not be negative, got -1 for 'instance-hour:t3.micro'/, () => ({ prices: { 'instance-hour:t3.micro': -1 } })],
    [/not start with 'aws:', got 'aws:x'/, () => ({ source: CloneSource.tagged('aws:x', 'y') })],
    [/must be known at synthesis, got a token/, () => ({ source: CloneSource.tagged(new CfnParameter(stack, 'TagKey').valueAsString, 'y') })],
  ])('%s', (message, props) => {
    expect(() => new InstanceClone(stack, `Clone${id++}`, { source: tagged, ...props() })).toThrow(message);
  });

  test('a ledger of another Region or account, in which nothing would be found', () => {
    const app = new App();
    const here = new Stack(app, 'Here', { env: { account: '111122223333', region: 'eu-west-1' } });
    const ledgerIn = (account: string, region: string) => new MobilityLedger(new Stack(app, `Of${account}In${region}`, { env: { account, region } }), 'Ledger');
    expect(() => new InstanceClone(here, 'A', { source: tagged, ledger: ledgerIn('111122223333', 'us-east-1') }))
      .toThrow('ledger must be in the Region of the stack, eu-west-1, got one in us-east-1: make one in each Region of each account');
    expect(() => new InstanceClone(here, 'B', { source: tagged, ledger: ledgerIn('444455556666', 'eu-west-1') })).toThrow(/in the account of the stack, 111122223333, got one in 444455556666/);
  });
});
