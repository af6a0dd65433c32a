/** Recorded hosts behind Run Command: real documents' names, virtual time, blocks. */
import { Account } from '../../../rehearsal/cloud/account';
import { ReplayedPair } from '../../../rehearsal/hosts/replay';
import type { Line } from '../../../rehearsal/hosts/line';
import type { JsonObject } from '../../../rehearsal/json';
import { document } from '../ssm/region';
import { recorded } from './fixture';

const steps = ['inspect', 'prepare-source', 'prepare-target', 'switch-source', 'switch-target', 'status', 'verify', 'finalize', 'release-source', 'fall-back', 'resume'];
const documentOf = (step: string) => `Stack-SyncDocuments${step.split('-').map(word => word[0]!.toUpperCase() + word.slice(1)).join('')}Document0A1B-XYZ`;
const parameters = ['Session', 'Engine', 'Encryption', 'PeerKey', 'Mounts', 'Services', 'Restart', 'PeerLost', 'HotFiles', 'MinRate', 'MaxRate'];
const person = { callerArn: 'arn:aws:iam::111122223333:user/console' };
const sync = { Session: 'ffffffffffff', Engine: 'drbd', Encryption: 'wireguard' };
const Session = sync.Session;

function world(type = 'i3en.large', lineOf?: (account: Account) => Line) {
  const account = new Account();
  for (const step of steps) {
    account.ssm.putDocument(documentOf(step), document('exit 1', Object.fromEntries(parameters.map(name => [name, { type: 'String', default: '', interpolationType: 'ENV_VAR' }]))));
  }
  const [source, target] = [1, 2].map(() => account.ec2.addInstance({ type, profile: 'managed' }).instanceId) as [string, string];
  const disk = account.ec2.instanceStores.of(source)[0]!;
  for (let block = 0; block < 100; block++) disk.blocks.write(block, `old ${block}`);
  const pair = new ReplayedPair(account, recorded(), { sourceInstanceId: source, mounts: ['/data'], services: ['postgresql.service'], ...lineOf && { line: lineOf(account) } });
  account.ssm.hostOf = id => pair.hostOf(id);
  const run = async (id: string, step: string, values: Record<string, string> = {}) => {
    const { Command } = await account.call('SSM', 'SendCommand', {
      DocumentName: documentOf(step), InstanceIds: [id], Parameters: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]])),
    }, person) as { Command: { CommandId: string } };
    for (let turn = 0; turn < 100; turn++) {
      await account.clock.advance(500);
      const result = await account.call('SSM', 'GetCommandInvocation', { CommandId: Command.CommandId, InstanceId: id }, person)
        .catch((error: Error) => { if (error.name === 'InvocationDoesNotExist') return { Status: 'Pending' }; throw error; }) as { Status: string; ResponseCode: number; StandardOutputContent: string };
      if (!['Pending', 'InProgress', 'Delayed'].includes(result.Status)) return { ...result, answer: JSON.parse(result.StandardOutputContent) as JsonObject };
    }
    throw new Error(`${step} did not end`);
  };
  const prepared = async () => {
    await run(source, 'inspect', { Services: 'postgresql.service' });
    await run(target, 'prepare-target', sync);
    await run(source, 'prepare-source', { ...sync, PeerKey: 'T' });
    await run(target, 'prepare-target', { ...sync, PeerKey: 'S' });
  };
  const switched = async () => {
    await prepared();
    await run(source, 'switch-source', { Session });
    await run(target, 'switch-target', { Session, HotFiles: 'x' });
  };
  const blocks = (id: string) => account.ec2.instanceStores.of(id)[0]!.blocks;
  return { account, source, target, pair, run, prepared, switched, blocks };
}

test('answers have the names, sizes and times of the rehearsed pair', async () => {
  const it = world();
  const { answer, Status } = await it.run(it.source, 'inspect', { Services: 'postgresql.service' });
  const serial = it.account.ec2.instanceStores.of(it.source)[0]!.serial;
  expect(Status).toBe('Success');
  expect(answer).toMatchObject({
    disks: [{ id: `/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_${serial}`, bytes: 1250e9 - 1250e9 % 4096, inUse: 'mounted at /data' }],
    mounts: [{ mountPoint: '/data', bytes: 1250e9 - 1250e9 % 4096 }], services: [{ name: 'postgresql.service' }],
  });
  expect(Math.abs(Date.parse(String(answer.clock)) - it.account.clock.now())).toBeLessThan(5000);
});

test('a command takes as long as it took', async () => {
  const it = world();
  await it.prepared();
  const began = it.account.clock.now();
  await it.run(it.source, 'switch-source', { Session });
  expect(it.account.clock.now() - began).toBeGreaterThanOrEqual(2400 + 1000);
});

test('a whole move: progress in the time that disks of this size take, blocks as they are copied, no acknowledged write lost', async () => {
  const it = world('m5d.large');
  it.pair.application.keepWriting();
  await it.account.clock.advance(10_000);
  await it.switched();
  expect(it.pair.application.missingOn(it.blocks(it.target))).not.toEqual([]);
  const before = await it.run(it.target, 'status', { Session, MaxRate: '5000' });
  expect(before.answer).toMatchObject({ session: Session, maxRate: 5000, minRate: 250 });
  expect(Number(before.answer.bytesLeft)).toBeGreaterThan(0.99 * 75e9);
  // 256 MiB took 32 s
  const whole = 32 * 75e9 / (256 * 1024 * 1024);
  await it.account.clock.advance(whole / 2 * 1000);
  const half = Number((await it.run(it.target, 'status', { Session })).answer.bytesLeft) / 75e9;
  expect(half).toBeGreaterThan(0.4);
  expect(half).toBeLessThan(0.6);
  expect(it.pair.blocksLeft).toBeGreaterThan(30);
  expect(it.pair.blocksLeft).toBeLessThan(90);
  await it.account.clock.advance(whole / 2 * 1000 + 60_000);
  expect((await it.run(it.target, 'status', { Session })).answer).toMatchObject({ bytesLeft: 0, maxRate: 5000 });
  expect(it.pair.blocksLeft).toBe(0);
  expect((await it.run(it.target, 'verify', { Session, Restart: 'yes' })).answer.state).toBe('running');
  const looks: number[] = [];
  for (let turn = 0; turn < 4; turn++) {
    await it.account.clock.advance(whole / 20 * 1000);
    looks.push(Number((await it.run(it.target, 'verify', { Session, Restart: 'no' })).answer.bytesChecked));
  }
  // something that goes on is seen to go on
  expect(looks.every((bytes, index) => bytes > (looks[index - 1] ?? 0))).toBe(true);
  await it.account.clock.advance(whole * 1000);
  expect((await it.run(it.target, 'verify', { Session, Restart: 'no' })).answer).toMatchObject({ state: 'done', outOfSyncBytes: 0 });
  const atFinalize = it.account.clock.now();
  await it.run(it.target, 'finalize', { Session });
  await it.run(it.source, 'release-source', { Session });
  await it.account.clock.advance(60_000);
  const { application } = it.pair;
  expect(application.missingOn(it.blocks(it.target))).toEqual([]);
  expect(application.missingOn(it.blocks(it.source), atFinalize)).toEqual([]);
  expect(application.missingOn(it.blocks(it.source))).not.toEqual([]);
  for (let block = 0; block < 100; block++) expect(it.blocks(it.target).read(block)).toBe(`old ${block}`);
  expect(application.longestPause()).toBeGreaterThan(4000);
  expect(application.longestPause()).toBeLessThan(15_000);
});

test('the target is lost: the application waits, falls back, and has every acknowledged write', async () => {
  const it = world();
  it.pair.application.keepWriting();
  await it.switched();
  await it.account.clock.advance(30_000);
  await it.account.call('EC2', 'TerminateInstances', { InstanceIds: [it.target] }, person);
  await it.account.clock.advance(60_000);
  const count = it.pair.application.acknowledged.length;
  await it.account.clock.advance(60_000);
  expect(it.pair.application.acknowledged).toHaveLength(count);
  expect(it.pair.phases).toEqual({ source: 'switched', target: 'off' });
  await it.run(it.source, 'fall-back', { Session, PeerLost: 'yes' });
  await it.account.clock.advance(10_000);
  await it.run(it.source, 'finalize', { Session });
  await it.account.clock.advance(10_000);
  expect(it.pair.application.acknowledged.length).toBeGreaterThan(count + 20);
  expect(it.pair.application.missingOn(it.blocks(it.source))).toEqual([]);
});

test('a planned fall back mirrors until the end', async () => {
  const it = world();
  it.pair.application.keepWriting();
  await it.switched();
  await it.account.clock.advance(20_000);
  await it.run(it.target, 'fall-back', { Session, PeerLost: 'no' });
  await it.run(it.source, 'fall-back', { Session, PeerLost: 'no' });
  await it.account.clock.advance(10_000);
  for (const id of [it.source, it.target]) expect(it.pair.application.missingOn(it.blocks(id))).toEqual([]);
});

test('who hands over and fails serves on; a step can be made to fail', async () => {
  const it = world();
  it.pair.application.keepWriting();
  await it.prepared();
  it.pair.fail('source', 'switch-source', { status: 5, error: 'Busy', message: 'the mount is held' });
  const failed = await it.run(it.source, 'switch-source', { Session });
  expect(failed).toMatchObject({ Status: 'Failed', ResponseCode: 5, answer: { error: 'Busy', message: 'the mount is held' } });
  await it.account.clock.advance(5000);
  expect(it.account.clock.now() - it.pair.application.acknowledged.at(-1)!.time).toBeLessThan(1000);
  expect((await it.run(it.source, 'switch-source', { Session })).Status).toBe('Success');
});

test('the same again is answered the same; what was never recorded ends the rehearsal', async () => {
  const it = world();
  await it.prepared();
  const again = await it.run(it.source, 'prepare-source', { ...sync, PeerKey: 'T' });
  expect(again).toMatchObject({ Status: 'Success', answer: { role: 'source' } });
  await expect(it.run(it.target, 'finalize', { Session })).rejects.toThrow('no \'finalize\' on the target while the source is prepared and the target is prepared');
  // a document of which no step was recorded is none of the pair's
  expect(['resume', 'finalize'].map(step => it.pair.hostOf(it.source).plays(documentOf(step)))).toEqual([false, true]);
  await expect(it.run(it.source, 'prepare-source', { ...sync, Engine: 'md', PeerKey: 'T' })).rejects.toThrow('no \'prepare-source Engine=md');
});

test('another session begins at the beginning, with another target, too', async () => {
  const it = world();
  await it.switched();
  const { instanceId } = it.account.ec2.addInstance({ type: 'i3en.large', profile: 'managed' });
  const next = { ...sync, Session: 'eeeeeeeeeeee' };
  expect((await it.run(instanceId, 'prepare-target', next)).Status).toBe('Success');
  expect(it.pair.phases).toEqual({ source: 'none', target: 'prepared' });
});

describe('a pair with a line between its hosts', () => {
  // 1.25 TB over 800 Mbit/s
  const bytes = 1250e9 - 1250e9 % 4096;
  const slow = (account: Account): Line => ({ link: account.links.addVpn({ capacity: 800e6 }).link, direction: 'to-edge' });

  test('copies as fast as the line carries it, and tells so', async () => {
    const it = world('i3en.large', slow);
    await it.switched();
    const link = [...it.account.links.all.values()][0]!;
    await it.account.clock.advance(bytes / 4 / 100e6 * 1000);
    const { answer } = await it.run(it.target, 'status', { Session });
    expect(answer.bytesPerSecond).toBe(100e6);
    expect(Number(answer.bytesLeft) / bytes).toBeCloseTo(0.75, 2);
    expect(Number(answer.secondsLeft)).toBeCloseTo(Number(answer.bytesLeft) / 100e6, -1);
    await it.account.clock.advance(bytes / 100e6 * 1000);
    expect((await it.run(it.target, 'status', { Session })).answer).toMatchObject({ bytesLeft: 0, bytesPerSecond: 0 });
    expect(link.sentBetween('to-edge', 0, it.account.clock.now()) / 1e9).toBeCloseTo(1250);
    expect(it.pair.blocksLeft).toBe(0);
  });

  test('keeps to the pace that is set, and waits while the line is broken', async () => {
    const it = world('i3en.large', slow);
    await it.switched();
    const link = [...it.account.links.all.values()][0]!;
    await it.run(it.target, 'status', { Session, MaxRate: '10000' });
    const from = it.account.clock.now();
    link.down(from + 1_000_000, from + 2_000_000);
    await it.account.clock.advance(3_000_000);
    expect(link.sentBetween('to-edge', from, from + 3_000_000)).toBeCloseTo(2000 * 10_000 * 1024, -3);
    expect(link.peak('to-edge', from, from + 3_000_000)).toBeCloseTo(10_000 * 1024);
  });
});
