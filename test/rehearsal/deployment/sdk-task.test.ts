import type { Execution } from '../../../rehearsal/asl';
import type { JsonObject } from '../../../rehearsal/json';
import { Rehearsal } from '../../../rehearsal/rehearsal';
import type { Assembly } from '../../../rehearsal/template';
import { allow, app, fn, invoke, machine, oneTask, removeApps, role, version } from './fixture';

/** A function `F`, its version `V`, and a machine `M` that invokes it. */
const simple = (more: JsonObject = {}): JsonObject => ({
  FR: role('lambda', allow('logs:*')),
  F: fn('echo', 'FR'),
  V: version('F'),
  MR: role('states', allow('lambda:InvokeFunction', { Ref: 'V' })),
  M: machine(invoke('${V}', {}), 'MR'),
  ...more,
});

let rehearsal: Rehearsal | undefined;

async function start(assembly: Assembly): Promise<void> {
  rehearsal = await Rehearsal.start({ assembly });
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

test('machines pass dates to APIs as ISO 8601 text, as Step Functions takes them', async () => {
  const query = { Id: 'm', MetricStat: { Metric: { Namespace: 'N', MetricName: 'M' }, Period: 60, Stat: 'Sum' } };
  const definition = oneTask('arn:aws:states:::aws-sdk:cloudwatch:getMetricData', {
    MetricDataQueries: [query], StartTime: '{% $states.context.Execution.StartTime %}', EndTime: '2026-01-05T10:00:00Z',
  });
  await start(app({ MR: role('states', allow('cloudwatch:GetMetricData')), M: machine(definition, 'MR') }));
  rehearsal!.account.cloudwatch.put({ namespace: 'N', metricName: 'M', dimensions: {} }, 7);
  const { output } = await rehearsal!.finish(rehearsal!.startExecution('M', {}));
  expect(output).toMatchObject({ MetricDataResults: [{ Id: 'm', Timestamps: ['2026-01-05T09:00:00.000Z'], Values: [7] }] });
});

test.each([
  ['an argument that the API does not have', 'cloudwatch:getMetricData', { Colour: 'red' }, 'do not fit arn:aws:states:::aws-sdk:cloudwatch:getMetricData: The parameter Colour'],
  ['an argument of the wrong type', 'ec2:describeVolumes', { VolumeIds: 'vol-1' }, 'VolumeIds must be a list'],
  ['a date that is none', 'cloudwatch:getMetricData', { StartTime: 'yesterday' }, 'StartTime must be a timestamp'],
  ['an operation that the API does not have', 'ec2:describeDreams', {}, 'EC2 has no operation DescribeDreams'],
  ['an operation that the rehearsal does not have', 'ec2:describeFpgaImages', {}, 'the rehearsal has no EC2 DescribeFpgaImages'],
  ['a service that the rehearsal does not have', 's3:listBuckets', {}, 'has no service s3'],
])('machines with %s make the rehearsal complain: no Catch takes it', async (_, action, args, problem) => {
  const definition = {
    StartAt: 'T',
    States: {
      T: { Type: 'Task', Resource: `arn:aws:states:::aws-sdk:${action}`, Arguments: args, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }], End: true },
      C: { Type: 'Succeed' },
    },
  };
  await expect(run(app({ MR: role('states', allow('*')), M: machine(definition, 'MR') }))).rejects.toThrow(problem);
});

describe('machines whose function passes on what the rehearsal could not do', () => {
  const handler = { 'echo.mjs': 'export const handler = async () => { throw Object.assign(new Error("the rehearsal has no EC2 X"), { name: "NotEmulated" }); };' };

  test('make the rehearsal complain', async () => {
    await expect(run(app(simple(), handler))).rejects.toThrow('NotEmulated: the rehearsal has no EC2 X');
  });

  test('make it complain, too, when another machine started them', async () => {
    const started = app(simple({
      PR: role('states', allow(['states:*', 'events:*'])),
      P: machine(oneTask('arn:aws:states:::states:startExecution.sync:2', { StateMachineArn: '${M}', Input: { say: 'nested' } }), 'PR'),
    }), handler);
    await start(started);
    await expect(rehearsal!.finish(rehearsal!.startExecution('P', {}))).rejects.toThrow('NotEmulated: the rehearsal has no EC2 X');
  });

  test('make it complain when nobody looks at the execution', async () => {
    await start(app(simple(), handler));
    rehearsal!.startExecution('M', {});
    await expect(rehearsal!.settle()).rejects.toThrow('NotEmulated: the rehearsal has no EC2 X');
  });
});
