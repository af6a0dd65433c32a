import type { Execution } from '../../../rehearsal/asl';
import type { Json, JsonObject } from '../../../rehearsal/json';
import { Rehearsal } from '../../../rehearsal/rehearsal';
import type { Assembly } from '../../../rehearsal/template';
import { allow, app, fn, machine, invoke, removeApps, role, version } from './fixture';

const LOGS = allow(['logs:CreateLogStream', 'logs:PutLogEvents']);

let rehearsal: Rehearsal | undefined;

async function start(assembly: Assembly): Promise<Rehearsal> {
  rehearsal = await Rehearsal.start({ assembly });
  return rehearsal;
}

async function run(assembly: Assembly): Promise<Execution> {
  await start(assembly);
  return rehearsal!.finish(rehearsal!.startExecution('M', {}));
}

afterEach(async () => {
  await rehearsal?.close();
  rehearsal = undefined;
});
afterAll(removeApps);

describe('a nested stack', () => {
  const inner = (says: string): JsonObject => ({
    Parameters: { RoleArn: { Type: 'String' }, Word: { Type: 'String', Default: 'none' } },
    Resources: { F: fn('inner', 'unused', { Role: { Ref: 'RoleArn' }, Environment: { Variables: { WORD: { Ref: 'Word' }, SAYS: says } } }), V: version('F') },
    Outputs: { Version: { Value: { Ref: 'V' } } },
  });
  const outer = (more: JsonObject = {}): JsonObject => ({
    FR: role('lambda', LOGS),
    MR: role('states', allow('lambda:InvokeFunction', { 'Fn::GetAtt': ['Nested', 'Outputs.Version'] })),
    M: machine(invoke('${Nested.Outputs.Version}'), 'MR'),
    Nested: {
      Type: 'AWS::CloudFormation::Stack',
      Properties: {
        TemplateURL: { 'Fn::Join': ['', ['https://s3.', { Ref: 'AWS::Region' }, '.amazonaws.com/bucket/inner.json']] },
        Parameters: { RoleArn: { 'Fn::GetAtt': ['FR', 'Arn'] }, Word: 'given' },
        ...more,
      },
    },
  });
  const handlers = { 'inner.mjs': 'export const handler = async () => [process.env.WORD, process.env.SAYS, process.env.AWS_LAMBDA_FUNCTION_NAME];' };

  test('takes its parameters, and its outputs are attributes', async () => {
    const execution = await run(app(outer(), handlers, {}, { inner: inner('one') }));
    expect((execution.output as { Payload: Json }).Payload).toEqual(['given', 'one', expect.stringMatching(/^App-Nested-F-[A-Z0-9]{12}$/)]);
  });

  test('goes with all that is in it when its stack lets go of it', async () => {
    await start(app(outer(), handlers, {}, { inner: inner('one') }));
    const held = () => [...rehearsal!.deployment.resources.keys()].filter(key => key.startsWith('App-Nested/'));
    expect(held()).toEqual(['App-Nested/F', 'App-Nested/V']);
    rehearsal!.update(app({ FR: role('lambda', LOGS) }));
    expect(held()).toEqual([]);
  });

  test.each<[string, JsonObject, Readonly<Record<string, JsonObject>>]>([
    ['its template is no asset', {}, {}],
    ['the parameter RoleArn has no value', { Parameters: {} }, { inner: inner('one') }],
    ['does not know the property Capabilities', { Capabilities: ['CAPABILITY_IAM'] }, { inner: inner('one') }],
  ])('is refused where %s', async (problem, more, nested) => {
    await expect(start(app(outer(more), handlers, {}, nested))).rejects.toThrow(problem);
  });
});
