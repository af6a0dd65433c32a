import fc from 'fast-check';
import { handler } from '../../lambda/triggers/start-moves';
import { awsError, fakeAws, tags } from './support/fake-aws';
import { SOURCE_ID, STEP } from './support/fixtures';

const MACHINE = 'arn:aws-us-gov:states:us-gov-west-1:111122223333:stateMachine:Sync';
const ARN = 'arn:aws:health:us-east-1::event/EC2/AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED/1';
const OTHER = 'i-0fedcba9876543210';

/** As AWS documents it (AWS Health user guide, "cloudwatch-events-health"). */
const event = (detail: object = {}) => ({
  'version': '0', 'id': '1', 'detail-type': 'AWS Health Event', 'source': 'aws.health', 'resources': [SOURCE_ID],
  'detail': {
    eventArn: ARN, service: 'EC2', eventTypeCode: 'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED', eventTypeCategory: 'scheduledChange', statusCode: 'upcoming',
    affectedEntities: [{ entityValue: SOURCE_ID, tags: {} }], ...detail,
  },
});
const running = (InstanceId: string, over: object = {}) => ({ InstanceId, State: { Name: 'running' }, Tags: tags({ movable: 'yes' }), ...over });

function account(instances: object[], more: Parameters<typeof fakeAws>[0] = {}) {
  return fakeAws({
    DescribeInstances: () => ({ Reservations: [{ Instances: instances }] }),
    StartExecution: ({ stateMachineArn, name }) => ({ executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}` }), ...more,
  });
}
const start = (what: unknown) => handler({ ...STEP, event: what, machine: MACHINE, tag: { key: 'movable', value: 'yes' }, request: { planOnly: true, services: ['a.service'] } });
const executions = (calls: ReturnType<typeof fakeAws>) => calls.filter(({ command }) => command === 'StartExecution').map(({ input }) => input);

test('starts one move for each instance that carries the tag, and tells of the others', async () => {
  const calls = account([running(SOURCE_ID), running(OTHER, { Tags: [] }), running('i-01234567', { Tags: tags({ movable: 'yes', 'instance-mobility:phase': 'switching' }) }),
    running('i-01234568', { State: { Name: 'stopped' } })]);
  const entityValue = [SOURCE_ID, OTHER, 'i-01234567', 'i-01234568', 'i-01234569', 'h-0123456789abcdef0', SOURCE_ID];
  const { started, ignored } = await start(event({ affectedEntities: entityValue.map(value => ({ entityValue: value })) }));
  expect(executions(calls)).toEqual([{
    stateMachineArn: MACHINE, name: expect.stringMatching(/^retirement-i-0123456789abcdef0-[0-9a-f]{16}$/),
    input: JSON.stringify({ planOnly: true, services: ['a.service'], sourceInstanceId: SOURCE_ID }),
  }]);
  expect(started).toEqual([{ instanceId: SOURCE_ID, execution: expect.stringContaining(':execution:Sync:retirement-') }]);
  expect(ignored).toEqual([
    'h-0123456789abcdef0 is no instance', `${OTHER} does not carry the tag movable=yes`, expect.stringMatching(/^i-01234567 is in phase "switching"/),
    expect.stringMatching(/^i-01234568 is stopped/), expect.stringMatching(/^i-01234569 does not exist/),
  ]);
});

test('the same event names the same execution, another event another one', async () => {
  const names = [];
  for (const eventArn of [ARN, ARN, `${ARN}2`]) {
    const calls = account([running(SOURCE_ID)]);
    await start(event({ eventArn }));
    names.push(executions(calls)[0]?.['name']);
  }
  expect(names[0]).toBe(names[1]);
  expect(names[0]).not.toBe(names[2]);
  expect(String(names[0]).length).toBeLessThanOrEqual(80);
});

test('an execution that has ended is told, and not started again', async () => {
  account([running(SOURCE_ID)], { StartExecution: () => { throw awsError('ExecutionAlreadyExists'); } });
  const { started } = await start(event());
  expect(started).toEqual([{ instanceId: SOURCE_ID, execution: expect.stringMatching(/^arn:aws-us-gov:states:us-gov-west-1:111122223333:execution:Sync:retirement-i-/) }]);
});

test('any other failure to start is one', async () => {
  account([running(SOURCE_ID)], { StartExecution: () => { throw awsError('AccessDeniedException'); } });
  await expect(start(event())).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test.each([
  ['AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED', true], ['AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED', true], ['AWS_EC2_INSTANCE_STOP_SCHEDULED', true],
  ['AWS_EC2_SYSTEM_REBOOT_MAINTENANCE_SCHEDULED', false], ['AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED', false], ['AWS_EC2_DEDICATED_HOST_RETIREMENT_SCHEDULED', false],
  ['AWS_EBS_INSTANCE_RETIREMENT_SCHEDULED', false], ['xAWS_EC2_INSTANCE_STOP_SCHEDULED', false],
])('%s starts: %s', async (eventTypeCode, starts) => {
  const calls = account([running(SOURCE_ID)]);
  const { ignored } = await start(event({ eventTypeCode }));
  expect(executions(calls)).toHaveLength(starts ? 1 : 0);
  expect(ignored).toHaveLength(starts ? 0 : 1);
});

test.each<[string, object]>([['is closed', { statusCode: 'closed' }], ['has one entity that is resolved', { affectedEntities: [{ entityValue: SOURCE_ID, status: 'RESOLVED' }] }]])('an event that %s starts nothing', async (_, detail) => {
  const calls = account([running(SOURCE_ID)]);
  expect((await start(event(detail))).started).toEqual([]);
  expect(executions(calls)).toEqual([]);
});

test('whatever stands in an event, nothing starts that was not announced', () => fc.assert(fc.asyncProperty(fc.jsonValue(), fc.dictionary(fc.constantFrom('eventTypeCode', 'eventArn', 'affectedEntities', 'statusCode'), fc.jsonValue()), async (whole, detail) => {
  const calls = account([running(SOURCE_ID)]);
  await start(whole);
  await start(event({ affectedEntities: [], ...detail }));
  expect(executions(calls)).toEqual([]);
}), { numRuns: 300 }));
