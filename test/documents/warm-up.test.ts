/** Readers of a clone's volumes: what is in use first, then every block, once, and nothing is written. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { warmUpDocument, warmUpStatusDocument } from '../../lib/private/volume-documents';
import { Account } from '../../rehearsal/cloud/account';

jest.setTimeout(30_000);

const someone = { callerArn: 'arn:aws:sts::111122223333:assumed-role/console/someone' };
const stack = new Stack(new App(), 'Stack');
for (const define of [warmUpDocument, warmUpStatusDocument]) define(stack);
const documents = Object.entries(Template.fromStack(stack).findResources('AWS::SSM::Document'))
  .map(([id, { Properties }]) => [/Status/.test(id) ? 'status' : 'read', (Properties as { Content: object }).Content] as const);

interface Reader {
  volume: string; state: string; bytes: number; read: number; problem: string | null;
  hot: { files: number; bytes: number; larger: number } | null;
}
interface Answer { code: number; json: { volumes: Reader[]; error?: string; message?: string } }

const GIB = 2 ** 30;
const MINUTE = 60_000;

/** A computer whose data volume has come from a snapshot a moment ago: 100 GiB, 40 of them written. */
async function clone(type = 'm5.large') {
  const account = new Account();
  for (const [name, content] of documents) account.ssm.putDocument(name, content);
  const { ec2, clock } = account;
  const { instanceId, volumeIds: [root = '', data = ''] } = ec2.addInstance({ type, profile: 'web', volumes: [{ size: 8 }, { size: 100, written: 40, throughput: 500 }] });
  const guest = account.ssm.guest(instanceId);
  const now = clock.now();
  const model = ec2.get(ec2.volumeModels, data);
  model.initialization = { type: 'default', from: now, until: now + model.writtenMiB / 40 * 1000 };
  model.data = [
    { path: '/base/1', mib: 300, usedAt: now, open: true }, { path: '/base/2', mib: 20, usedAt: now, open: true }, { path: '/base/3', mib: 5, usedAt: now - 40 * 3_600_000, open: false },
    { path: '/base/huge', mib: 30_000, usedAt: now, open: true }, { path: '/base/old', mib: 1, usedAt: now - 60 * 3_600_000, open: false },
  ];
  const run = async (document: string, parameters: Record<string, string[]> = {}): Promise<Answer> => {
    const { Command: { CommandId } } = await account.call('SSM', 'SendCommand', { InstanceIds: [instanceId], DocumentName: document, TimeoutSeconds: 60, Parameters: parameters }, someone) as
      { Command: { CommandId: string } };
    await clock.advance(5000);
    const { StandardOutputContent, ResponseCode } = await account.call('SSM', 'GetCommandInvocation', { CommandId, InstanceId: instanceId }, someone) as
      { StandardOutputContent: string; ResponseCode: number };
    return { code: ResponseCode, json: JSON.parse(StandardOutputContent) as Answer['json'] };
  };
  const read = (Volumes = `${data}=/dev/sdf`) => run('read', { Volumes: [Volumes] });
  const reads = () => guest.history.filter(line => line.startsWith('dd ')).map(line => /if=(\S+)/.exec(line)![1]!);
  return { account, ec2, clock, guest, root, data, read, reads, status: async () => (await run('status')).json.volumes };
}

test('first what processes have open, the smallest first, then what was used lately, then every block once; EBS is done as soon as they are', async () => {
  const { ec2, clock, guest, root, data, read, reads, status } = await clone();
  const before = new Map(ec2.content(data));
  expect(await read(`${data}=/dev/sdf,${root}=/dev/xvda`)).toMatchObject({ code: 0, json: { volumes: [{ volume: data, state: 'reading' }, { volume: root }] } });
  await clock.advance(2 * MINUTE);
  const half = (await status()).find(({ volume }) => volume === data)!;
  expect(half).toMatchObject({ state: 'reading', bytes: 100 * GIB, hot: { files: 3, bytes: 325 * 2 ** 20, larger: 1 } });
  expect(half.read).toBeGreaterThan(0);
  expect(half.read).toBeLessThan(100 * GIB);
  await clock.advance(4 * MINUTE);
  expect(await status()).toEqual([data, root].sort().map(volume => ({
    volume, state: 'complete', bytes: volume === data ? 100 * GIB : 8 * GIB, read: volume === data ? 100 * GIB : 8 * GIB, hot: expect.anything(), problem: null,
  })));
  const ofData = reads().filter(path => path.startsWith('/data') || path === '/dev/nvme1n1');
  expect(ofData.slice(0, 3)).toEqual(['/data/sdf/base/2', '/data/sdf/base/1', '/data/sdf/base/3']);
  expect(new Set(ofData.slice(3))).toEqual(new Set(['/dev/nvme1n1']));
  const skips = guest.history.filter(line => line.startsWith('dd if=/dev/nvme1n1 ')).map(line => line.match(/(skip|count)=\d+/g)!.map(each => Number(each.split('=')[1])));
  expect(skips.map(([skip, count]) => [skip! / 64, count! / 64])).toEqual(Array.from({ length: 20 }, (_, index) => [index * 5, 5]));
  // in the background alone it had taken 17 minutes
  expect(ec2.get(ec2.volumeModels, data).initialization!.until).toBeLessThan(clock.now());
  expect(new Map(ec2.content(data))).toEqual(before);
  expect(guest.history.filter(line => line.startsWith('dd ') && !line.includes('of=/dev/null'))).toEqual([]);
});

test('sent twice it reads once, also when all is read', async () => {
  const { clock, read, reads, guest, data } = await clone();
  await read();
  expect((await read()).json.volumes).toMatchObject([{ volume: data, state: 'reading' }]);
  await clock.advance(10 * MINUTE);
  const all = reads();
  expect((await read()).json.volumes).toMatchObject([{ volume: data, state: 'complete' }]);
  await clock.advance(MINUTE);
  expect(reads()).toEqual(all);
  expect(guest.history.filter(line => line.startsWith('systemd-run '))).toEqual([expect.stringMatching(/--nice=19 .* ionice -c 3 bash /)]);
});

test('a disk that answers an error is asked once more, and then given up; asked again, it is read from the beginning', async () => {
  const { clock, guest, read, status } = await clone();
  const input = { exitCode: 1, stderr: "dd: error reading '/dev/nvme1n1': Input/output error\n", where: (argv: readonly string[]) => argv.includes('skip=640') };
  guest.breakCommand('dd', { ...input, times: 2 });
  await read();
  await clock.advance(10 * MINUTE);
  expect(await status()).toMatchObject([{ state: 'failed', read: 10 * GIB, problem: expect.stringContaining('Input/output error') }]);
  await read();
  await clock.advance(10 * MINUTE);
  expect(await status()).toMatchObject([{ state: 'complete', problem: null }]);
});

test('a reader whose unit is gone is lost; one that a boot ended is none', async () => {
  const { clock, guest, read, status, account, data } = await clone();
  await read();
  await clock.advance(MINUTE);
  guest.systemd.reboot();
  expect(await status()).toMatchObject([{ volume: data, state: 'lost' }]);
  await account.clock.run(guest.reboot());
  expect(await status()).toEqual([]);
});

test('Xen shows no serial: the device name tells which disk it is', async () => {
  const { clock, read, reads, status } = await clone('t2.large');
  await read();
  await clock.advance(10 * MINUTE);
  expect(await status()).toMatchObject([{ state: 'complete' }]);
  expect(reads().at(-1)).toBe('/dev/xvdf');
});

test('what is not there, not to be had or not to be started', async () => {
  const { read, guest } = await clone();
  expect(await read('vol-0123456789abcdef0')).toMatchObject({ code: 4, json: { error: 'VolumeNotFound', volumes: ['vol-0123456789abcdef0'] } });
  guest.breakCommand('systemd-run', { exitCode: 1, stderr: 'Failed to start transient service unit: Access denied\n', times: 1 });
  expect(await read()).toMatchObject({ code: 8, json: { error: 'NoReader', message: expect.stringContaining('Access denied') } });
  guest.without.add('ionice');
  expect(await read()).toMatchObject({ code: 7, json: { error: 'NotSupported', message: expect.stringContaining('ionice') } });
});

test.each(['', 'vol-1', 'vol-0123456789abcdef0; reboot', 'vol-0123456789abcdef0=/dev/$(reboot)'])('SSM refuses %j', async volumes => {
  const { read } = await clone();
  await expect(read(volumes)).rejects.toMatchObject({ name: 'InvalidParameters' });
});
