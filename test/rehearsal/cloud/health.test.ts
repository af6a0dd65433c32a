import { Account } from '../../../rehearsal/cloud/account';
import { announceRetirement, tellHealth } from '../../../rehearsal/cloud/events/health';
import type { Json, JsonObject } from '../../../rehearsal/json';

/** An account with a rule like that of a construct that answers retirements, and what its target gets. */
function listening() {
  const account = new Account();
  const delivered: Json[] = [];
  account.events.deliver = (_target, input) => delivered.push(input);
  account.events.addRule({
    name: 'retirements',
    pattern: { 'source': ['aws.health'], 'detail-type': ['AWS Health Event'], 'detail': { service: ['EC2'], eventTypeCategory: ['scheduledChange'] } },
    targets: [
      { Id: 'whole', Arn: 'arn:aws:states:us-east-1:111122223333:stateMachine:M' },
      { Id: 'part', Arn: 'arn:aws:states:us-east-1:111122223333:stateMachine:M', InputTransformer: {
        InputPathsMap: { id: '$.detail.affectedEntities[0].entityValue', code: '$.detail.eventTypeCode' },
        InputTemplate: '{"sourceInstanceId": <id>, "because": "<code>"}',
      } },
    ],
  });
  return { account, delivered };
}

test('a retirement is announced on the bus and in the status of the instance', async () => {
  const { account, delivered } = listening();
  const { instanceId } = account.ec2.addInstance({ tags: { movable: 'yes' } });
  const notBefore = Date.parse('2026-01-19T12:00:00Z');
  const arn = announceRetirement(account, instanceId, notBefore);
  await account.clock.advance(1000);
  expect(delivered).toEqual([
    expect.objectContaining({
      'source': 'aws.health', 'detail-type': 'AWS Health Event', 'account': '111122223333', 'region': 'us-east-1', 'resources': [instanceId],
      'detail': expect.objectContaining({
        eventArn: arn, service: 'EC2', eventTypeCode: 'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED', eventTypeCategory: 'scheduledChange',
        startTime: 'Mon, 19 Jan 2026 12:00:00 GMT', statusCode: 'upcoming', eventRegion: 'us-east-1', affectedAccount: '111122223333',
        affectedEntities: [expect.objectContaining({ entityValue: instanceId, tags: { movable: 'yes' } })],
      }),
    }),
    { sourceInstanceId: instanceId, because: 'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED' },
  ]);
  expect(arn).toMatch(/^arn:aws:health:us-east-1::event\/EC2\/AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED\/AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED_[0-9a-f]+$/);
  expect(account.ec2.scheduledEvents.get(instanceId)).toEqual([expect.objectContaining({ Code: 'instance-retirement', NotBefore: new Date(notBefore) })]);
});

test('one event may be about several instances; a lost one reaches nobody', async () => {
  const { account, delivered } = listening();
  const ids = [account.ec2.addInstance().instanceId, account.ec2.addInstance().instanceId];
  tellHealth(account, { code: 'AWS_EC2_INSTANCE_STOP_SCHEDULED', instanceIds: ids, startTime: 0, statusCode: 'open' });
  await account.clock.advance(1000);
  const { detail } = delivered[0] as { detail: { affectedEntities: JsonObject[]; statusCode: string } };
  expect([detail.statusCode, detail.affectedEntities.map(each => each.entityValue)]).toEqual(['open', ids]);
  account.events.lost = ({ source }) => source === 'aws.health';
  tellHealth(account, { code: 'AWS_EC2_INSTANCE_STOP_SCHEDULED', instanceIds: ids, startTime: 0 });
  await account.clock.advance(1000);
  expect(delivered).toHaveLength(2);
});
