import type { Execution } from '../../../rehearsal/asl';
import type { Json, JsonObject } from '../../../rehearsal/json';
import { Rehearsal, type RehearsalOptions } from '../../../rehearsal/rehearsal';
import type { Assembly } from '../../../rehearsal/template';
import { allow, app, fn, invoke, machine, oneTask, removeApps, role, version } from './fixture';

const LOGS = allow(['logs:CreateLogStream', 'logs:PutLogEvents']);
const ECHO = { 'echo.mjs': 'export const handler = async event => ({ said: event.say ?? null, by: process.env.AWS_LAMBDA_FUNCTION_VERSION });' };
/** A function `F`, its version `V`, and a machine `M` that invokes it. */
const simple = (more: JsonObject = {}): JsonObject => ({
  FR: role('lambda', LOGS),
  F: fn('echo', 'FR'),
  V: version('F'),
  MR: role('states', allow('lambda:InvokeFunction', { Ref: 'V' })),
  M: machine(invoke('${V}', { say: '{% $states.input.say %}' }), 'MR'),
  ...more,
});

jest.setTimeout(60_000); // for machines that do much else at the same time

let rehearsal: Rehearsal | undefined;

async function start(assembly: Assembly, options: Partial<RehearsalOptions> = {}): Promise<Rehearsal> {
  rehearsal = await Rehearsal.start({ assembly, ...options });
  return rehearsal;
}

/** Runs machine `M` of an app to its end. */
async function run(assembly: Assembly, input: Json = {}, options: Partial<RehearsalOptions> = {}): Promise<Execution> {
  await start(assembly, options);
  return rehearsal!.finish(rehearsal!.startExecution('M', input));
}

afterEach(async () => {
  await rehearsal?.close();
  rehearsal = undefined;
});
afterAll(removeApps);

describe('lambda:invoke', () => {
  test('answers with the envelope, the handler\'s answer under Payload', async () => {
    const execution = await run(app(simple(), ECHO), { say: 'hello' });
    expect(execution).toMatchObject({ status: 'SUCCEEDED', error: undefined });
    expect(execution.output).toEqual({
      ExecutedVersion: '1',
      Payload: { said: 'hello', by: '1' },
      SdkHttpMetadata: { AllHttpHeaders: expect.objectContaining({ 'X-Amz-Executed-Version': ['1'] }), HttpHeaders: expect.any(Object), HttpStatusCode: 200 },
      SdkResponseMetadata: { RequestId: expect.any(String) },
      StatusCode: 200,
    });
    expect(execution.arn).toMatch(/^arn:aws:states:us-east-1:111122223333:execution:App-M-[A-Z0-9]{12}:[0-9a-f-]{36}$/);
  });

  test('fails by the handler\'s error; the cause is its JSON', async () => {
    const execution = await run(app(simple(), { 'echo.mjs': 'export const handler = async () => { throw Object.assign(new Error("m"), { name: "Own" }); };' }), { say: 1 });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Own' });
    expect(JSON.parse(execution.cause!)).toEqual({ errorType: 'Own', errorMessage: 'm', trace: expect.any(Array) });
  });

  test('is denied to a machine whose role may not invoke this version, as recorded in awslabs/aws-deployment-framework#460', async () => {
    const resources = simple({ MR: role('states', allow('lambda:InvokeFunction', { 'Fn::GetAtt': ['F', 'Arn'] })) });
    const execution = await run(app(resources, ECHO), { say: 1 });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Lambda.AWSLambdaException' });
    expect(execution.cause).toMatch(new RegExp('^User: arn:aws:sts::111122223333:assumed-role/App-MR-\\w+/\\w{32} is not authorized to perform: lambda:InvokeFunction '
      + 'on resource: arn:aws:lambda:us-east-1:111122223333:function:App-F-\\w+:1 because no identity-based policy allows the lambda:InvokeFunction action '
      + '\\(Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException; Request ID: .*; Proxy: null\\)$'));
  });

  test('of a function that is not there is Lambda.ResourceNotFoundException', async () => {
    const execution = await run(app({ MR: role('states', allow('lambda:InvokeFunction')), M: machine(invoke('nobody'), 'MR') }));
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Lambda.ResourceNotFoundException', cause: expect.stringContaining('Function not found: arn:aws:lambda:us-east-1:111122223333:function:nobody') });
  });

  test('with a function\'s ARN as Resource answers the payload alone', async () => {
    const definition = { StartAt: 'T', States: { T: { Type: 'Task', Resource: '${V}', End: true } } };
    expect((await run(app(simple({ M: machine(definition, 'MR') }), ECHO), { say: 2 })).output).toEqual({ said: 2, by: '1' });
  });

  test('with a task token waits for its answer over the API, with the function\'s own permission', async () => {
    const handler = 'export const handler = async ({ token }) => { globalThis.given = token; return token; };';
    const definition = invoke('${V}', { token: '{% $states.context.Task.Token %}' });
    (definition.States as Record<string, JsonObject>).Task!.Resource = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
    const { account } = await start(app(simple({ M: machine(definition, 'MR') }), { 'echo.mjs': handler }));
    const execution = rehearsal!.startExecution('M', {});
    await account.clock.advance(60_000);
    expect(execution.status).toBe('RUNNING');
    const submitted = execution.events.find(({ type }) => type === 'TaskSubmitted')!;
    const { Payload: token } = JSON.parse(submitted.taskSubmittedEventDetails!.output!) as { Payload: string };
    await account.call('SFN', 'SendTaskSuccess', { taskToken: token, output: '{"ok":true}' }, { callerArn: 'arn:aws:iam::111122223333:user/console' });
    await rehearsal!.finish(execution);
    expect(execution.output).toEqual({ ok: true });
  });

  test('costs virtual time, and none while a handler sleeps', async () => {
    const handler = 'export const handler = async () => { await new Promise(r => setTimeout(r, 600000)); return Date.now(); };';
    const real = performance.now();
    const execution = await run(app(simple({ F: fn('echo', 'FR', { Timeout: 900 }) }), { 'echo.mjs': handler }), { say: 1 });
    expect(execution.stopDate!.getTime() - execution.startDate.getTime()).toBe(600 + 600_000 + 120);
    expect(performance.now() - real).toBeLessThan(30_000);
  });
});

describe('functions call the account', () => {
  const sts = require.resolve('@aws-sdk/client-sts');
  const handler = `
    import sdk from ${JSON.stringify(sts)};
    const client = new sdk.STSClient({});
    export const handler = async () => { const start = Date.now(); const { Arn } = await client.send(new sdk.GetCallerIdentityCommand({})); return { Arn, took: Date.now() - start }; };`;

  test('over HTTP with the real SDK, each as its own role', async () => {
    const execution = await run(app(simple(), { 'echo.mjs': handler }), { say: 1 });
    expect((execution.output as JsonObject).Payload).toEqual({ Arn: expect.stringMatching(/:assumed-role\/App-FR-\w+\/App-F-\w+$/), took: 0 });
    expect(rehearsal!.account.calls.map(({ operation }) => operation)).toEqual(['GetCallerIdentity']);
  });

  test('and retry throttled calls in virtual time', async () => {
    const assembly = app(simple(), { 'echo.mjs': handler });
    await start(assembly);
    rehearsal!.account.fail('GetCallerIdentity', 'ThrottlingException', { times: 2 });
    const execution = await rehearsal!.finish(rehearsal!.startExecution('M', { say: 1 }));
    const { took } = (execution.output as JsonObject).Payload as { took: number };
    expect(took).toBeGreaterThan(0);
    expect(rehearsal!.account.calls.map(({ error }) => error?.code)).toEqual(['ThrottlingException', 'ThrottlingException', undefined]);
  });
});

describe('machines', () => {
  const nested = (suffix: string, statements: JsonObject[]) => simple({
    PR: role('states', ...statements),
    P: machine(oneTask(`arn:aws:states:::states:startExecution${suffix}`, { StateMachineArn: '${M}', Input: { say: 'nested' } }), 'PR'),
  });
  const startM = allow('states:StartExecution', { Ref: 'M' });
  const rule = allow(['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
    { 'Fn::Sub': 'arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule' });

  test('start others, and wait for them with .sync:2', async () => {
    await start(app(nested('.sync:2', [startM, allow(['states:DescribeExecution', 'states:StopExecution']), rule]), ECHO));
    const execution = await rehearsal!.finish(rehearsal!.startExecution('P', {}));
    expect(execution).toMatchObject({ status: 'SUCCEEDED', error: undefined, output: { Status: 'SUCCEEDED', Output: { Payload: { said: 'nested', by: '1' } } } });
    expect(rehearsal!.executions.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(rehearsal!.usage.unused()).toEqual([expect.objectContaining({ action: 'states:StopExecution' })]);
  });

  test('stop what they wait for when they are stopped', async () => {
    const waiting = machine({ StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 3600, End: true } } }, 'MR');
    await start(app({ ...nested('.sync:2', [startM, allow(['states:DescribeExecution', 'states:StopExecution']), rule]), M: waiting }, ECHO));
    const parent = rehearsal!.startExecution('P', {});
    await rehearsal!.account.clock.advance(10_000);
    parent.stop();
    await rehearsal!.settle();
    expect(rehearsal!.executions.map(({ status }) => status)).toEqual(['ABORTED', 'ABORTED']);
    expect(rehearsal!.usage.unused().map(({ action }) => action)).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents', 'lambda:InvokeFunction']);
  });

  test('are refused by Step Functions without the right to make its managed rule', async () => {
    await expect(start(app(nested('.sync:2', [startM]), ECHO))).rejects.toThrow('is not authorized to create managed-rule');
  });

  test('fail when their role may not start the other', async () => {
    await start(app(nested('', []), ECHO));
    const execution = await rehearsal!.finish(rehearsal!.startExecution('P', {}));
    expect(execution).toMatchObject({ status: 'FAILED', error: 'StepFunctions.AWSStepFunctionsException', cause: expect.stringContaining('is not authorized to perform: states:StartExecution') });
  });

  test('call APIs with their own role, dates and errors as Step Functions spells them', async () => {
    const definition = oneTask('arn:aws:states:::aws-sdk:sfn:listExecutions', { StateMachineArn: '{% $states.context.StateMachine.Id %}' });
    const resources = { MR: role('states', allow('states:ListExecutions')), M: machine(definition, 'MR') };
    expect((await run(app(resources))).output).toEqual({
      Executions: [expect.objectContaining({ ExecutionArn: expect.any(String), StartDate: '2026-01-05T09:00:00.000Z', Status: 'RUNNING' })],
    });
    await rehearsal!.close();
    expect(await run(app({ ...resources, MR: role('states') }))).toMatchObject({ status: 'FAILED', error: 'Sfn.SfnException', cause: expect.stringContaining('is not authorized') });
    await rehearsal!.close();
    const described = oneTask('arn:aws:states:::aws-sdk:sfn:describeExecution', { ExecutionArn: '{% $replace($states.context.Execution.Id, /.$/, "_") %}' });
    expect(await run(app({ MR: role('states', allow('states:DescribeExecution')), M: machine(described, 'MR') })))
      .toMatchObject({ status: 'FAILED', error: 'Sfn.ExecutionDoesNotExistException' });
  });

  test('publish to topics with their own role', async () => {
    const definition = oneTask('arn:aws:states:::sns:publish', { TopicArn: '${T}', Message: 'hello' });
    await run(app({ T: { Type: 'AWS::SNS::Topic' }, MR: role('states', allow('sns:Publish', { Ref: 'T' })), M: machine(definition, 'MR') }));
    expect(rehearsal!.account.sns.published).toEqual([expect.objectContaining({ message: 'hello' })]);
  });

  test('with a resource that the rehearsal does not know make it complain, not the machine', async () => {
    const definition = oneTask('arn:aws:states:::glue:startJobRun', {});
    await expect(run(app({ MR: role('states', allow('*')), M: machine(definition, 'MR') }))).rejects.toThrow('does not know the integration arn:aws:states:::glue:startJobRun');
  });

  test('are found by name, path, or a construct on their path', async () => {
    const at = (path: string) => ({ Metadata: { 'aws:cdk:path': `App/${path}` } });
    const wait = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 1, End: true } } };
    await start(app({
      R: role('states'),
      A: { ...machine(wait, 'R'), ...at('InstanceClone/Machine/Resource') },
      B: { ...machine(wait, 'R'), ...at('InstanceClone/Janitor/Machine/Resource') },
      C: { ...machine(wait, 'R', { StateMachineName: 'named' }), ...at('Other/Machine/Resource') },
    }));
    const { machines } = rehearsal!.deployment;
    expect(['InstanceClone', 'Janitor', 'A', 'named', 'Other/Machine/Resource'].map(name => machines.find(name).logicalId)).toEqual(['A', 'B', 'A', 'C', 'C']);
    expect(() => machines.find('Machine')).toThrow('may mean InstanceClone/Machine/Resource or Other/Machine/Resource');
    expect(() => machines.find('Nobody')).toThrow('no machine is called Nobody; there are');
  });
});

describe('events', () => {
  const pattern = { source: ['aws.states'], detail: { status: ['ABORTED', 'TIMED_OUT'], stateMachineArn: [{ Ref: 'M' }] } };
  const waiting = machine({ StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 3600, End: true } } }, 'MR');
  const janitor = (roleStatements: JsonObject[]) => app(simple({
    M: waiting,
    JR: role('states', allow('lambda:InvokeFunction', { Ref: 'V' })),
    J: machine(invoke('${V}', { say: '{% $states.input %}' }), 'JR'),
    ER: role('events', ...roleStatements),
    Rule: { Type: 'AWS::Events::Rule', Properties: { EventPattern: pattern, State: 'ENABLED', Targets: [{ Id: 't', Arn: { Ref: 'J' }, RoleArn: { 'Fn::GetAtt': ['ER', 'Arn'] } }] } },
  }), ECHO);

  test('of an aborted execution start the rule\'s machine, with the event as AWS writes it', async () => {
    await start(janitor([allow('states:StartExecution', { Ref: 'J' })]));
    const execution = rehearsal!.startExecution('M', { a: 1 }, { name: 'mine' });
    await rehearsal!.account.clock.advance(5000);
    execution.stop('Stopped', 'by hand');
    await rehearsal!.settle();
    const [, swept] = rehearsal!.executions;
    expect(swept).toMatchObject({ status: 'SUCCEEDED' });
    expect(((swept!.output as JsonObject).Payload as JsonObject).said).toEqual({
      version: '0', id: expect.any(String), 'detail-type': 'Step Functions Execution Status Change', source: 'aws.states', account: '111122223333',
      time: '2026-01-05T09:00:05Z', region: 'us-east-1', resources: [execution.arn],
      detail: {
        executionArn: execution.arn, stateMachineArn: execution.machineArn, stateMachineVersionArn: null, stateMachineAliasArn: null, name: 'mine', status: 'ABORTED',
        startDate: Date.parse('2026-01-05T09:00:00Z'), stopDate: Date.parse('2026-01-05T09:00:05Z'), redriveCount: 0, redriveDate: null, redriveStatus: 'REDRIVABLE',
        redriveStatusReason: null, input: '{"a":1}', inputDetails: { included: true }, output: null, outputDetails: null, error: 'Stopped', cause: 'by hand',
      },
    });
    expect(rehearsal!.account.events.log.map(({ detail }) => (detail as JsonObject).status)).toEqual(['RUNNING', 'ABORTED', 'RUNNING', 'SUCCEEDED']);
  });

  test('that the rule\'s role may not deliver are lost, and the rehearsal says so', async () => {
    await start(janitor([]));
    rehearsal!.startExecution('M', {}).stop();
    await rehearsal!.settle();
    expect(rehearsal!.executions).toHaveLength(1);
    expect(rehearsal!.deployment.undelivered).toEqual([expect.objectContaining({ error: expect.stringContaining('states:StartExecution') })]);
  });

  const onFunction = (permission: JsonObject): JsonObject => simple({
    M: waiting,
    Rule: { Type: 'AWS::Events::Rule', Properties: { EventPattern: pattern, Targets: [{ Id: 't', Arn: { 'Fn::GetAtt': ['F', 'Arn'] } }] } },
    ...permission,
  });
  const permit = { P: { Type: 'AWS::Lambda::Permission', Properties: {
    Action: 'lambda:InvokeFunction', FunctionName: { 'Fn::GetAtt': ['F', 'Arn'] }, Principal: 'events.amazonaws.com', SourceArn: { 'Fn::GetAtt': ['Rule', 'Arn'] },
  } } };

  test('reach a function that permits it; an error is retried after one and two minutes', async () => {
    const failing = 'export const handler = async () => { console.log(new Date().toISOString().slice(14, 19)); throw new Error("no"); };';
    await start(app(onFunction(permit), { 'echo.mjs': failing }));
    rehearsal!.startExecution('M', {}).stop();
    await rehearsal!.settle();
    expect(rehearsal!.deployment.lambda.logs.map(({ text }) => text.trim())).toEqual(['00:01', '01:01', '03:01']);
  });

  test('for a function that has gone are told', async () => {
    await start(app(onFunction(permit), ECHO));
    rehearsal!.startExecution('M', {}).stop();
    rehearsal!.deployment.lambda.remove(rehearsal!.deployment.physicalId('F'), '$LATEST');
    await rehearsal!.settle();
    expect(rehearsal!.deployment.undelivered).toEqual([expect.objectContaining({ error: expect.stringContaining('ResourceNotFoundException: Function not found') })]);
  });

  test('do not reach a function that permits nobody', async () => {
    await start(app(onFunction({}), ECHO));
    rehearsal!.startExecution('M', {}).stop();
    await rehearsal!.settle();
    expect(rehearsal!.deployment.undelivered).toEqual([expect.objectContaining({ error: 'the function does not permit events.amazonaws.com' })]);
  });

  test('of the clock start machines again and again', async () => {
    const quick = machine({ StartAt: 'S', States: { S: { Type: 'Succeed' } } }, 'MR');
    await start(app(simple({
      M: quick,
      ER: role('events', allow('states:StartExecution', { Ref: 'M' })),
      Rule: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(1 day)', Targets: [{ Id: 't', Arn: { Ref: 'M' }, RoleArn: { 'Fn::GetAtt': ['ER', 'Arn'] }, Input: '{"daily":true}' }] } },
    }), ECHO));
    await rehearsal!.account.clock.advance(50 * 3_600_000);
    expect(rehearsal!.executions.map(({ input }) => input)).toEqual([{ daily: true }, { daily: true }]);
  });
});

describe('updates of the stack in the middle of an execution', () => {
  const twice = (name: string) => ({
    StartAt: 'First', States: {
      First: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: { FunctionName: `\${${name}}`, Payload: { say: 1 } }, Assign: { first: '{% $states.result.Payload %}' }, Next: 'Wait' },
      Wait: { Type: 'Wait', Seconds: 60, Next: 'Second' },
      Second: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: { FunctionName: `\${${name}}`, Payload: { say: 2 } }, Output: '{% [$first, $states.result.Payload] %}', End: true },
    },
  });
  const release = (code: string, retained: boolean) => app({
    FR: role('lambda', LOGS), F: fn('echo', 'FR', { Environment: { Variables: { RELEASE: code } } }),
    [`V${code}`]: version('F', retained),
    MR: role('states', allow('lambda:InvokeFunction', [{ 'Fn::GetAtt': ['F', 'Arn'] }, { 'Fn::Sub': '${F.Arn}:*' }])),
    M: machine(twice(`V${code}`), 'MR'),
  }, { 'echo.mjs': `export const handler = async () => '${code} ' + process.env.RELEASE + ' ' + process.env.AWS_LAMBDA_FUNCTION_VERSION;` });

  test('leave it with definition and versions that it was started with; what starts later is new', async () => {
    await start(release('one', true));
    const execution = rehearsal!.startExecution('M', {});
    await rehearsal!.account.clock.advance(30_000);
    rehearsal!.update(release('two', true));
    const later = rehearsal!.startExecution('M', {});
    await rehearsal!.finish(execution);
    await rehearsal!.finish(later);
    expect(execution.output).toEqual(['one one 1', 'one one 1']);
    expect(later.output).toEqual(['two two 2', 'two two 2']);
    expect(later.machineArn).toBe(execution.machineArn);
  });

  test('break it when its versions are not retained', async () => {
    await start(release('one', false));
    const execution = rehearsal!.startExecution('M', {});
    await rehearsal!.account.clock.advance(30_000);
    rehearsal!.update(release('two', false));
    await rehearsal!.finish(execution);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Lambda.ResourceNotFoundException' });
  });

  test('take back what the new template no longer has', async () => {
    await start(app(simple(), ECHO));
    rehearsal!.update(app({ FR: role('lambda', LOGS), F: fn('echo', 'FR') }, ECHO));
    expect(() => rehearsal!.startExecution('M', {})).toThrow('no machine is called M');
    expect([...rehearsal!.deployment.resources.keys()]).toEqual(['App/FR', 'App/F']);
  });
});

describe('faults in steps', () => {
  test('a lost answer makes the handler run twice', async () => {
    const definition = invoke('${V}', { say: '{% $states.input.say %}' }, { Retry: [{ ErrorEquals: ['TimeoutError'], IntervalSeconds: 5 }] });
    await start(app(simple({ M: machine(definition, 'MR') }), { 'echo.mjs': 'export const handler = async () => { console.log("ran"); };' }));
    rehearsal!.deployment.lambda.fail('echo', 'TimeoutError', { afterwards: true });
    const execution = await rehearsal!.finish(rehearsal!.startExecution('M', { say: 1 }));
    expect(execution.status).toBe('SUCCEEDED');
    expect(rehearsal!.deployment.lambda.logs).toHaveLength(2);
  });
});

describe('permissions', () => {
  test('granted and never needed are told by statement and action, the machine\'s and the functions\' own ones included', async () => {
    const resources = simple({
      FR: role('lambda', LOGS, allow(['ec2:DescribeInstances', 'ec2:DescribeVolumes'])),
      Policy: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'more', Roles: [{ Ref: 'FR' }], PolicyDocument: { Version: '2012-10-17', Statement: [allow('sns:Publish', '*', { Sid: 'Tell' })] } } },
    });
    await run(app(resources, ECHO), { say: 1 });
    const read = JSON.stringify(allow(['ec2:DescribeInstances', 'ec2:DescribeVolumes']));
    expect(rehearsal!.usage.unused()).toEqual([
      { role: 'FR', statement: 'Tell', action: 'sns:Publish' },
      { role: 'FR', statement: read, action: 'ec2:DescribeInstances' },
      { role: 'FR', statement: read, action: 'ec2:DescribeVolumes' },
    ]);
  });

  test('logs that a function may not write are lost, and the rehearsal knows', async () => {
    await run(app(simple({ FR: role('lambda') }), { 'echo.mjs': 'export const handler = async () => console.log("x");' }), { say: 1 });
    expect(rehearsal!.deployment.lambda.logs).toEqual([expect.objectContaining({ delivered: false })]);
  });

  const bounded = (boundary: Json) => simple({ MR: { ...role('states', allow('lambda:InvokeFunction', { Ref: 'V' })), Properties: {
    ...(role('states', allow('lambda:InvokeFunction', { Ref: 'V' })).Properties as JsonObject), PermissionsBoundary: boundary,
  } } });

  test('end at a boundary, of the app or given beside it', async () => {
    const document = { Version: '2012-10-17', Statement: [allow('ec2:*')] };
    const own = { ...bounded({ Ref: 'B' }), B: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document } } };
    const denied = { status: 'FAILED', error: 'Lambda.AWSLambdaException', cause: expect.stringContaining('because no permissions boundary allows') };
    expect(await run(app(own, ECHO), { say: 1 })).toMatchObject(denied);
    await rehearsal!.close();
    const arn = 'arn:aws:iam::111122223333:policy/boundary';
    expect(await run(app(bounded(arn), ECHO), { say: 1 }, { managedPolicies: { [arn]: document } })).toMatchObject(denied);
    await rehearsal!.close();
    await expect(start(app(bounded(arn), ECHO))).rejects.toThrow('is not part of the app: give its document');
  });

  test('can be denied by the organisation', async () => {
    await start(app(simple(), ECHO));
    rehearsal!.deployment.gate.deny([{ Effect: 'Deny', Action: 'lambda:*', Resource: '*' }]);
    const execution = await rehearsal!.finish(rehearsal!.startExecution('M', { say: 1 }));
    expect(execution.cause).toContain('with an explicit deny in a service control policy');
  });

  test('to log, trace and use a key are the machine\'s too', async () => {
    const logged = { LoggingConfiguration: { Level: 'ALL', Destinations: [] }, TracingConfiguration: { Enabled: true }, EncryptionConfiguration: { KmsKeyId: { 'Fn::GetAtt': ['K', 'Arn'] }, Type: 'CUSTOMER_MANAGED_KMS_KEY' } };
    const delivery = allow(['CreateLogDelivery', 'GetLogDelivery', 'UpdateLogDelivery', 'DeleteLogDelivery', 'ListLogDeliveries', 'PutResourcePolicy', 'DescribeResourcePolicies', 'DescribeLogGroups'].map(action => `logs:${action}`));
    const traces = allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets']);
    const key = allow(['kms:Decrypt', 'kms:GenerateDataKey'], { 'Fn::GetAtt': ['K', 'Arn'] });
    const resources = (...statements: JsonObject[]): JsonObject => ({
      K: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Version: '2012-10-17', Statement: [] } } },
      MR: role('states', ...statements),
      M: machine({ StartAt: 'S', States: { S: { Type: 'Succeed' } } }, 'MR', logged),
    });
    expect((await run(app(resources(delivery, traces, key)))).status).toBe('SUCCEEDED');
    expect(rehearsal!.usage.unused()).toEqual([]);
    await rehearsal!.close();
    await expect(start(app(resources(traces, key)))).rejects.toThrow('not authorized to access the log destination: CreateLogDelivery');
    await start(app(resources(delivery, traces)));
    expect(() => rehearsal!.startExecution('M', {})).toThrow(expect.objectContaining({ name: 'KmsAccessDeniedException' }));
  });
});

describe('places', () => {
  test.each([['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'], ['cn-north-1', 'aws-cn', 'amazonaws.com.cn']])('%s is in the partition %s', async (region, partition, suffix) => {
    await start(app(simple({ Q: { Type: 'AWS::SQS::Queue' } }), ECHO), { region });
    const execution = await rehearsal!.finish(rehearsal!.startExecution('M', { say: 1 }));
    expect(execution).toMatchObject({ status: 'SUCCEEDED', arn: expect.stringContaining(`arn:${partition}:states:${region}:`) });
    expect(rehearsal!.deployment.physicalId('Q')).toContain(`.${suffix}/`);
  });

  test('the same template gets the same names and, with the same seed, the same story', async () => {
    const story = async () => {
      const execution = await run(app(simple(), ECHO), { say: 1 });
      const told = JSON.stringify([execution.arn, execution.events, rehearsal!.account.events.log]);
      await rehearsal!.close();
      return told;
    };
    expect(await story()).toBe(await story());
  });
});

describe('what the rehearsal does not know it refuses', () => {
  test.each<[string, JsonObject, string]>([
    ['a resource type', { X: { Type: 'AWS::Kinesis::Stream' } }, 'does not know resources of type AWS::Kinesis::Stream (X)'],
    ['a custom resource', { X: { Type: 'Custom::S3AutoDelete', Properties: { ServiceToken: 'x' } } }, 'does not know resources of type Custom::S3AutoDelete (X)'],
    ['a property of a function', simple({ F: fn('echo', 'FR', { Layers: ['x'] }) }), 'does not know the property Layers'],
    ['another runtime', simple({ F: fn('echo', 'FR', { Runtime: 'python3.13' }) }), 'runs Node.js only, not python3.13'],
    ['code that is no asset', simple({ F: fn('echo', 'FR', { Code: { ZipFile: 'x' } }) }), 'its code is no asset of the app'],
    ['an express machine', simple({ M: machine({ StartAt: 'S', States: { S: { Type: 'Succeed' } } }, 'MR', { StateMachineType: 'EXPRESS' }) }), 'standard workflows only'],
    ['a role that Lambda may not assume', simple({ FR: role('ec2', LOGS) }), 'can not be assumed by lambda.amazonaws.com'],
    ['a role that Step Functions may not assume', simple({ MR: role('lambda') }), 'can not be assumed by states.amazonaws.com'],
    ['a target of another service', { R: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(1 day)', Targets: [{ Id: 't', Arn: 'arn:aws:sqs:us-east-1:1:q' }] } } }, 'delivers no events to arn:aws:sqs'],
    ['an AWS managed policy', { R: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {}, ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] } } }, 'AdministratorAccess is not part of the app'],
    ['inline policies larger than IAM takes', simple({ FR: role('lambda', ...Array.from({ length: 130 }, (_, n) => allow('ec2:DescribeVolumes', `arn:aws:ec2:*:*:volume/${n}`))) }), 'and may have 10240'],
    ['a managed policy larger than IAM takes', { P: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: { Version: '2012-10-17', Statement: Array.from({ length: 130 }, () => allow('ec2:DescribeVolumes')) } } } }, 'and may have 6144'],
    ['a policy with an unknown operator', simple({ FR: role('lambda', allow('ec2:*', '*', { Condition: { StringIs: { a: 'b' } } })) }), 'unknown condition operator StringIs'],
  ])('%s', async (_, resources, problem) => {
    await expect(start(app(resources, ECHO))).rejects.toThrow(problem);
  });
});
