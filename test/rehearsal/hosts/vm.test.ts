import { Account } from '../../../rehearsal/cloud/account';
import type { Lab, LabReply } from '../../../rehearsal/hosts/lab';
import { VmPair } from '../../../rehearsal/hosts/vm';
import { document } from '../ssm/region';

const person = { callerArn: 'arn:aws:iam::111122223333:user/console' };

/** An account with a pair of hosts on machines that are not there: `answer` says what they do. */
function world(answer: (machine: string, script: string, environment: Record<string, string>) => Promise<LabReply>, longestRest?: number) {
  const account = new Account();
  const string = { type: 'String', default: '', interpolationType: 'ENV_VAR' };
  const script = document('echo real script', { OwnAddress: string, PeerAddress: string, Session: string });
  for (const step of ['PrepareSource', 'Status']) account.ssm.putDocument(`Stack-${step}Document-X`, script);
  const [source, target] = [1, 2].map(() => account.ec2.addInstance({ profile: 'managed' }).instanceId) as [string, string];
  const asked: string[][] = [];
  const acknowledgements = ['2026-01-05T09:00:00.000Z source record 7 aabb', '2026-01-05T09:00:01.000Z source record 8 ccdd', ''].join('\n');
  const ask = async (...words: string[]): Promise<LabReply> => {
    asked.push(words);
    return ok(acknowledgements);
  };
  const lab = { script: answer, ask };
  const pair = new VmPair(account, lab as unknown as Lab, source, longestRest);
  account.ssm.hostOf = id => pair.hostOf(id);
  const addressOf = (id: string) => account.ec2.instances.get(id)!.PrivateIpAddress!;
  const run = async (id: string, parameters: Record<string, string>, step = 'PrepareSource') => {
    const { Command } = await account.call('SSM', 'SendCommand', {
      DocumentName: `Stack-${step}Document-X`, InstanceIds: [id], Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
    }, person) as { Command: { CommandId: string } };
    await account.clock.advance(10_000);
    return account.call('SSM', 'GetCommandInvocation', { CommandId: Command.CommandId, InstanceId: id }, person);
  };
  return { account, asked, pair, source, target, addressOf, run };
}
const ok = (stdout: string): LabReply => ({ status: 0, stdout, stderr: '' });

test('the document\'s own script runs on the machine of that side, which has another address; time keeps pace with it', async () => {
  const seen: unknown[] = [];
  const it = world(async (machine, script, environment) => {
    seen.push([machine, script, environment]);
    await new Promise(settle => { setTimeout(settle, 80); });
    return ok('{"peer":"10.9.0.2","other":"110.9.0.2","own":"10.9.0.1"}\n');
  });
  await it.run(it.target, {});
  const started = it.account.clock.now();
  const result = await it.run(it.source, { OwnAddress: it.addressOf(it.source), PeerAddress: it.addressOf(it.target), Session: '0123456789ab' });
  expect(seen).toEqual([
    ['target', 'echo real script\n', { SSM_OwnAddress: '', SSM_PeerAddress: '', SSM_Session: '' }],
    ['source', 'echo real script\n', { SSM_OwnAddress: '10.9.0.1', SSM_PeerAddress: '10.9.0.2', SSM_Session: '0123456789ab' }],
  ]);
  expect(result).toMatchObject({
    Status: 'Success', StandardOutputContent: `{"peer":"${it.addressOf(it.target)}","other":"110.9.0.2","own":"${it.addressOf(it.source)}"}\n`,
  });
  const { startedAt, endedAt } = [...it.account.ssm.commands.values()].at(-1)!.invocations[0]!;
  expect(startedAt! - started).toBe(700);
  expect(endedAt! - startedAt!).toBeGreaterThanOrEqual(75);
});

test('of a wait for what the machines do by themselves they have the first moments', async () => {
  const it = world(async () => ok('{}\n'), 300);
  await it.run(it.source, {});
  const began = performance.now();
  // seconds later, virtually
  await it.run(it.source, {}, 'Status');
  expect(performance.now() - began).toBeGreaterThan(250);
});

test('of a wait for nothing they have none', async () => {
  const it = world(async () => ok('{}\n'), 3_600_000);
  await it.run(it.source, {});
  await it.run(it.source, {});
});

test('a target that is terminated is switched off, once', async () => {
  const it = world(async () => ok('{}\n'));
  await it.run(it.target, {});
  await it.run(it.source, {});
  expect(it.asked).toEqual([]);
  await it.account.call('EC2', 'TerminateInstances', { InstanceIds: [it.target] }, person);
  await it.run(it.source, {});
  await it.run(it.source, {});
  expect(it.asked).toEqual([['off', 'target']]);
});

test('a step that goes wrong on purpose is answered as often as told, and the machine is not asked', async () => {
  let asked = 0;
  const it = world(async () => ok(`{"asked":${++asked}}\n`), 0);
  it.pair.fail('source', 'status', { status: 6, error: 'EngineFailed', message: 'ordered', times: 1 });
  expect(await it.run(it.source, {}, 'Status')).toMatchObject({ Status: 'Failed', ResponseCode: 6, StandardOutputContent: '{"error":"EngineFailed","message":"ordered"}\n' });
  // neither another step nor the other side, nor more often
  await it.run(it.source, {});
  await it.run(it.target, {}, 'Status');
  expect(await it.run(it.source, {}, 'Status')).toMatchObject({ Status: 'Success', StandardOutputContent: '{"asked":3}\n' });
});

test('a step that is silent on purpose ends when it is cancelled', async () => {
  const it = world(async () => ok('{}\n'));
  it.pair.fail('source', 'prepare-source', { silent: true });
  expect(await it.run(it.source, {})).toMatchObject({ Status: 'InProgress' });
  const { commandId } = [...it.account.ssm.commands.values()].at(-1)!;
  await it.account.call('SSM', 'CancelCommand', { CommandId: commandId }, person);
  await it.account.clock.advance(10_000);
  expect(await it.account.call('SSM', 'GetCommandInvocation', { CommandId: commandId, InstanceId: it.source }, person)).toMatchObject({ Status: 'Cancelled' });
});

test('an exit status is the command\'s; what the lab could not do ends the rehearsal', async () => {
  let status = 5;
  const it = world(async () => ({ status, stdout: '{"error":"Busy"}\n', stderr: 'it is held' }));
  expect(await it.run(it.source, {})).toMatchObject({ Status: 'Failed', ResponseCode: 5, StandardErrorContent: 'it is held' });
  status = 125;
  await expect(it.run(it.source, {})).rejects.toThrow('the lab could not run a command on its source: it is held');
  status = 124;
  await expect(it.run(it.source, {})).rejects.toThrow('gave up');
  await it.run(it.target, {}).catch(() => undefined);
  const third = it.account.ec2.addInstance({ profile: 'managed' }).instanceId;
  await expect(it.run(third, {})).rejects.toThrow('the lab has one target');
});

test.each<[string, LabReply, boolean]>([
  ['all there', ok('/srv/data 9 0 0 aabb,ccdd\n'), true], ['one less than was acknowledged', ok('/srv/data 8 0 0 aabb\n'), false],
  ['a broken record', ok('/srv/data 9 1 0 aabb\n'), false], ['a broken page', ok('/srv/data 9 0 2 aabb\n'), false],
  ['a file that is not what it was', { status: 1, stdout: '', stderr: 'f3: FAILED\n' }, false],
])('what a machine has: %s', async (_, reply, holds) => {
  const it = world(async () => reply);
  expect((await it.pair.proof('target')).holds).toBe(holds);
});
