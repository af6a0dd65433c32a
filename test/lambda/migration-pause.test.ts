import { handler as isImageReady } from '../../lambda/migration/is-image-ready';
import { handler as areSnapshotsReady } from '../../lambda/migration/are-snapshots-ready';
import { handler as isSourceStopped } from '../../lambda/migration/is-source-stopped';
import type { MigrationPlan } from '../../lambda/shared/migration/plan';
import { fakeAws } from './support/fake-aws';
import { SOURCE_ID, STEP } from './support/fixtures';

const began = Date.parse('2026-05-01T06:00:00Z');
const since = new Date(began).toISOString();
const lease = { table: 't', instanceId: SOURCE_ID, token: 1 };
const plan = { sourceInstanceId: SOURCE_ID, maxDowntime: 86_400, deadline: null, volumes: [] as unknown } as MigrationPlan;
const common = { ...STEP, plan, lease, since, pausedAt: since };

/** Times at which is looked, in seconds since the pause began; each look takes two. */
async function looks(look: () => Promise<{ readonly waitSeconds: number }>): Promise<number[]> {
  const at: number[] = [];
  const clock = jest.spyOn(Date, 'now');
  for (let now = 0; now < 86_400;) {
    at.push(now);
    clock.mockReturnValue(began + now * 1000);
    now += (await look()).waitSeconds + 2;
  }
  clock.mockRestore();
  return at;
}

test.each<[string, () => Promise<{ readonly waitSeconds: number }>]>([
  ['Are quiesced snapshots ready', () => areSnapshotsReady({ ...common, round: 3 })],
  ['Is image ready', () => isImageReady({ ...common, imageId: 'ami-1' })],
  ['Is source stopped', () => isSourceStopped(common)],
])('%s: at first every second counts, and a day of it leaves most of the 25,000 events', async (_, look) => {
  fakeAws({
    UpdateItem: () => ({}), DescribeImages: () => ({ Images: [{ State: 'pending' }] }),
    DescribeSnapshots: () => ({ Snapshots: [] }), DescribeInstances: () => ({ Reservations: [{ Instances: [{ State: { Name: 'stopping' } }] }] }),
  });
  const at = await looks(look);
  expect(at.filter(seconds => seconds < 300).length).toBeGreaterThan(40);
  // wait, look and question: nine events of each turn
  expect(9 * at.length).toBeLessThan(5_000);
  // a lease lasts for an hour
  expect(Math.max(...at.slice(1).map((seconds, index) => seconds - at[index]!))).toBeLessThan(1000);
});
