/** Metrics of instances through the real client, against the rehearsal's CloudWatch. */
import { restored, shardsOf, stored } from '../../lambda/shared/instance-metrics/history';
import { readHistories } from '../../lambda/shared/instance-metrics/read';
import { Account } from '../../rehearsal/cloud/account';
import { type Server, serve } from '../../rehearsal/cloud/server';

const start = Date.parse('2026-01-05T00:00:00Z') / 1000;
const SLOT = 900;

let account: Account;
let server: Server;
beforeAll(async () => {
  account = new Account();
  server = await serve(account, () => ({ callerArn: 'arn:aws:iam::111122223333:user/somebody' }));
  Object.assign(process.env, { AWS_ENDPOINT_URL: server.url, AWS_REGION: account.region, AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'none' });
  await account.clock.advance((start + 8 * SLOT) * 1000 - account.clock.now());
});
afterAll(() => server.close());

const put = (namespace: string, metricName: string, dimensions: Record<string, string>, slot: number, value: number): void =>
  account.cloudwatch.put({ namespace, metricName, dimensions }, value, (start + slot * SLOT) * 1000);

test('CPU is a mean, writes are the sum of all volumes per second; a volume that was attached later counts from then on', async () => {
  for (let slot = 0; slot < 8; slot++) {
    if (slot !== 3) put('AWS/EC2', 'CPUUtilization', { InstanceId: 'i-1' }, slot, 10 * slot);
    // two points of one period
    put('AWS/EBS', 'VolumeWriteBytes', { VolumeId: 'vol-1' }, slot, 450);
    put('AWS/EBS', 'VolumeWriteBytes', { VolumeId: 'vol-1' }, slot + 0.5, 450);
    if (slot >= 4) put('AWS/EBS', 'VolumeWriteBytes', { VolumeId: 'vol-2' }, slot, 9000);
  }
  const measured = [{ id: 'i-1', volumeIds: ['vol-1', 'vol-2'] }, { id: 'i-2', volumeIds: [] }];
  const { histories, requested } = await readHistories(measured, { from: start, to: start + 8 * SLOT }, account.clock.now() / 1000);
  expect(requested).toBe(4);
  expect([...histories[0]!.cpu.values]).toEqual([0, 10, 20, NaN, 40, 50, 60, 70]);
  expect([...histories[0]!.writes.values]).toEqual([1, 1, 1, 1, 11, 11, 11, 11]);
  expect([...histories[1]!.writes.values, ...histories[1]!.cpu.values].every(Number.isNaN)).toBe(true);
  // and so they come out of the bucket
  expect(restored(JSON.parse(JSON.stringify(stored(histories[0]!))) as ReturnType<typeof stored>)).toEqual(histories[0]);
});

test('nobody is asked for nothing', async () => {
  expect(await readHistories([], { from: start, to: start + SLOT })).toEqual({ histories: [], requested: 0 });
  expect(shardsOf(Array.from({ length: 51 }, (_, i) => ({ id: `i-${i}`, volumeIds: [] }))).map(({ length }) => length)).toEqual([50, 1]);
});
