import {
  CancelCommandCommand, GetCommandInvocationCommand, ListCommandInvocationsCommand, SendCommandCommand, type GetCommandInvocationCommandOutput,
} from '@aws-sdk/client-ssm';
import { closeRegions, document, region, type Region } from './region';

afterEach(closeRegions);

async function send({ account, client, instanceId }: Region, script: string, more: object = {}): Promise<string> {
  account.ssm.putDocument('Script', document(script));
  const { Command } = await client.send(new SendCommandCommand({ InstanceIds: [instanceId], DocumentName: 'Script', ...more }));
  return Command?.CommandId ?? '';
}

async function look({ client, instanceId }: Region, CommandId: string): Promise<GetCommandInvocationCommandOutput> {
  return client.send(new GetCommandInvocationCommand({ CommandId, InstanceId: instanceId }));
}

async function wait(here: Region, commandId: string, milliseconds: number): Promise<GetCommandInvocationCommandOutput> {
  await here.account.clock.advance(milliseconds);
  return look(here, commandId);
}

describe('a command', () => {
  test('is answered with the fields that AWS answered', async () => {
    const { account, client, instanceId } = await region();
    account.ssm.putDocument('Script', document('true'));
    const { Command } = await client.send(new SendCommandCommand({ InstanceIds: [instanceId], DocumentName: 'Script', Comment: 'why' }));
    expect(Command).toMatchObject({
      CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false }, CommandId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      Comment: 'why', CompletedCount: 0, DeliveryTimedOutCount: 0, DocumentName: 'Script', ErrorCount: 0, InstanceIds: [instanceId], MaxConcurrency: '50',
      MaxErrors: '0', OutputS3BucketName: '', OutputS3KeyPrefix: '', Parameters: {}, ServiceRole: '', Status: 'Pending', StatusDetails: 'Pending',
      TargetCount: 1, Targets: [],
    });
    expect(Command?.RequestedDateTime).toEqual(new Date(account.clock.now()));
    // TimeoutSeconds' default and the document's own time
    expect(Command?.ExpiresAfter).toEqual(new Date(account.clock.now() + 3_660_000));
  });

  test('is unknown for a moment, then pending, in progress, and done', async () => {
    const here = await region();
    here.guest.breakCommand('sync', { slow: 3000 });
    const id = await send(here, 'sync\nprintf done\nprintf oh >&2');
    await expect(look(here, id)).rejects.toMatchObject({ name: 'InvocationDoesNotExist' });
    expect(await wait(here, id, 500)).toMatchObject({ Status: 'Pending', StatusDetails: 'Pending', ResponseCode: -1, ExecutionStartDateTime: '' });
    expect(await wait(here, id, 1000)).toMatchObject({ Status: 'InProgress', ResponseCode: -1, StandardOutputContent: '', ExecutionElapsedTime: '' });
    expect(await wait(here, id, 5000)).toMatchObject({
      Status: 'Success', StatusDetails: 'Success', ResponseCode: 0, StandardOutputContent: 'done', StandardErrorContent: 'oh', PluginName: 'run',
      ExecutionElapsedTime: 'PT3S', ExecutionStartDateTime: '2026-01-05T09:00:00.700Z', ExecutionEndDateTime: '2026-01-05T09:00:03.700Z',
    });
  });

  test('fails with the exit status of its script', async () => {
    const here = await region();
    const id = await send(here, 'printf no >&2\nexit 3');
    expect(await wait(here, id, 5000)).toMatchObject({ Status: 'Failed', StatusDetails: 'Failed', ResponseCode: 3, StandardErrorContent: 'no' });
  });

  test('keeps 24,000 characters of output and 8,000 of errors', async () => {
    const here = await region();
    const id = await send(here, 'printf %030000d 7\nprintf %09000d 7 >&2');
    const { StandardOutputContent, StandardErrorContent } = await wait(here, id, 5000);
    expect([StandardOutputContent?.length, StandardErrorContent?.length]).toEqual([24_000, 8_000]);
  });

  test('times out undelivered when the agent stays away', async () => {
    const here = await region();
    here.guest.online = false;
    const id = await send(here, 'true', { TimeoutSeconds: 30 });
    expect(await wait(here, id, 20_000)).toMatchObject({ Status: 'Delayed' });
    expect(await wait(here, id, 15_000)).toMatchObject({ Status: 'TimedOut', StatusDetails: 'DeliveryTimedOut', ResponseCode: -1 });
    here.guest.online = true;
    await here.account.clock.advance(60_000);
    expect(here.guest.history).toEqual([]);
  });

  test('reaches an agent that comes back', async () => {
    const here = await region();
    here.guest.online = false;
    const id = await send(here, 'printf back');
    await here.account.clock.advance(60_000);
    here.guest.online = true;
    expect(await wait(here, id, 10_000)).toMatchObject({ Status: 'Success', StandardOutputContent: 'back' });
  });

  test('times out in execution when its script hangs, which is killed', async () => {
    const here = await region();
    here.guest.breakCommand('sync', { hang: true });
    const id = await send(here, 'sync\nfsfreeze --freeze /data/sdf');
    expect(await wait(here, id, 50_000)).toMatchObject({ Status: 'InProgress' });
    expect(await wait(here, id, 20_000)).toMatchObject({ Status: 'TimedOut', StatusDetails: 'ExecutionTimedOut', ResponseCode: 137 });
    expect(here.guest.history).toEqual(['sync']);
  });

  test('times out in execution when its instance goes', async () => {
    const here = await region();
    here.guest.breakCommand('sync', { slow: 10_000 });
    const id = await send(here, 'sync');
    await here.account.clock.advance(2000);
    here.account.ec2.get(here.account.ec2.instances, here.instanceId).State.Name = 'stopped';
    expect(await wait(here, id, 30_000)).toMatchObject({ Status: 'InProgress' });
    expect(await wait(here, id, 60_000)).toMatchObject({ Status: 'TimedOut', StatusDetails: 'ExecutionTimedOut', ResponseCode: -1 });
  });

  test('can be cancelled before it is delivered, and while it runs', async () => {
    const here = await region();
    const early = await send(here, 'sync');
    await here.client.send(new CancelCommandCommand({ CommandId: early }));
    expect(await wait(here, early, 5000)).toMatchObject({ Status: 'Cancelled', StatusDetails: 'Cancelled', ResponseCode: -1 });
    expect(here.guest.history).toEqual([]);
    here.guest.breakCommand('sync', { hang: true });
    const late = await send(here, 'sync\ntrue');
    await here.account.clock.advance(2000);
    await here.client.send(new CancelCommandCommand({ CommandId: late, InstanceIds: [here.instanceId] }));
    expect(await look(here, late)).toMatchObject({ Status: 'Cancelling' });
    expect(await wait(here, late, 5000)).toMatchObject({ Status: 'Cancelled', ResponseCode: 137 });
    expect(here.guest.history).toEqual(['sync']);
  });

  test('is listed, page by page', async () => {
    const here = await region();
    const ids = [await send(here, 'printf a'), await send(here, 'printf b'), await send(here, 'exit 1')];
    await here.account.clock.advance(5000);
    const first = await here.client.send(new ListCommandInvocationsCommand({ InstanceId: here.instanceId, MaxResults: 2 }));
    expect(first.CommandInvocations?.map(each => [each.CommandId, each.Status, each.CommandPlugins])).toEqual([[ids[2], 'Failed', []], [ids[1], 'Success', []]]);
    const second = await here.client.send(new ListCommandInvocationsCommand({
      InstanceId: here.instanceId, MaxResults: 2, NextToken: first.NextToken, Details: true,
    }));
    expect(second.NextToken).toBeUndefined();
    expect(second.CommandInvocations).toMatchObject([{ CommandId: ids[0], CommandPlugins: [{ Name: 'run', Output: 'a', ResponseCode: 0, Status: 'Success' }] }]);
  });
});

describe('what SendCommand refuses', () => {
  test.each<[string, (here: Region) => object, string]>([
    ['an instance that is not there', () => ({ InstanceIds: ['i-0123456789abcdef0'] }), 'InvalidInstanceId'],
    ['an instance that SSM does not know', here => {
      here.guest.managed = false;
      return {};
    }, 'InvalidInstanceId'],
    ['an instance without a profile', here => ({ InstanceIds: [here.account.ec2.addInstance({}).instanceId] }), 'InvalidInstanceId'],
    ['a terminated instance', here => {
      here.account.ec2.get(here.account.ec2.instances, here.instanceId).State.Name = 'terminated';
      return {};
    }, 'InvalidInstanceId'],
    ['one instance twice', here => ({ InstanceIds: [here.instanceId, here.instanceId] }), 'DuplicateInstanceId'],
    ['51 instances', () => ({ InstanceIds: Array.from({ length: 51 }, (_, n) => `i-${n}`) }), 'ValidationException'],
    ['a document that is not there', () => ({ DocumentName: 'Nothing' }), 'InvalidDocument'],
    ['a version that is not there', () => ({ DocumentVersion: '7' }), 'InvalidDocumentVersion'],
    ['a delivery timeout below 30 s', () => ({ TimeoutSeconds: 29 }), 'ValidationException'],
    ['a parameter that the document does not have', () => ({ Parameters: { Id: ['a'], More: ['x'] } }), 'InvalidParameters'],
    ['a missing parameter', () => ({ Parameters: {} }), 'InvalidParameters'],
    ['two values for a String', () => ({ Parameters: { Id: ['a', 'b'] } }), 'InvalidParameters'],
    ['a value that does not match the pattern', () => ({ Parameters: { Id: ['a;b'] } }), 'InvalidParameters'],
    ['a value that is too long', () => ({ Parameters: { Id: ['aaaaaaaaa'] } }), 'InvalidParameters'],
    ['what the rehearsal does not know', () => ({ MaxErrors: '1' }), 'NotEmulated'],
  ])('%s', async (_, broken, name) => {
    const here = await region();
    here.account.ssm.putDocument('Script', document('sync', { Id: { type: 'String', allowedPattern: '^[a-z]+$', maxChars: 8 } }));
    const input = { InstanceIds: [here.instanceId], DocumentName: 'Script', Parameters: { Id: ['abc'] }, ...broken(here) };
    await expect(here.client.send(new SendCommandCommand(input))).rejects.toMatchObject({ name });
    await here.account.clock.advance(5000);
    expect(here.guest.history).toEqual([]);
  });

  test('an unknown command can be neither seen nor cancelled', async () => {
    const here = await region();
    await expect(look(here, '00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({ name: 'InvocationDoesNotExist' });
    await expect(here.client.send(new CancelCommandCommand({ CommandId: '00000000-0000-4000-8000-000000000000' })))
      .rejects.toMatchObject({ name: 'InvalidCommandId' });
  });
});

describe('parameters', () => {
  const parameters = { Id: { type: 'String', default: 'none', interpolationType: 'ENV_VAR' } };

  async function printed(agentVersion: string, value?: string): Promise<string | undefined> {
    const here = await region();
    here.guest.agentVersion = agentVersion;
    here.account.ssm.putDocument('Script', document('printf "%s|%s" "${SSM_Id-unset}" \'{{ Id }}\'', parameters));
    const { Command } = await here.client.send(new SendCommandCommand({
      InstanceIds: [here.instanceId], DocumentName: 'Script', ...(value !== undefined && { Parameters: { Id: [value] } }),
    }));
    return (await wait(here, Command?.CommandId ?? '', 5000)).StandardOutputContent;
  }

  test('arrive in the environment, as they are', async () => {
    expect(await printed('3.3.2746.0', '$(sync)')).toBe('$(sync)|$(sync)');
  });

  test('arrive in the text only where the agent is older', async () => {
    expect(await printed('3.3.1230.0', 'abc')).toBe('unset|abc');
  });

  test('have defaults', async () => {
    expect(await printed('3.3.3572.0')).toBe('none|none');
  });
});
