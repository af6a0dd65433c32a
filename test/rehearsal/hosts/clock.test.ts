import { Clock } from '../../../rehearsal/clock';

const real = (milliseconds: number) => new Promise<void>(resolve => { setTimeout(resolve, milliseconds); });

test('virtual time keeps pace with real work, and what is due meanwhile happens in its turn', async () => {
  const clock = new Clock();
  const start = clock.now();
  const seen: [string, number][] = [];
  clock.after(40, () => seen.push(['before', clock.now() - start]));
  clock.after(3_600_000, () => seen.push(['long after', clock.now() - start]));
  await clock.run(clock.paced(real(120).then(() => 'done')).then(value => seen.push([value, clock.now() - start])));
  expect(seen.map(([what]) => what)).toEqual(['before', 'done']);
  expect(seen[0]![1]).toBe(40);
  expect(seen[1]![1]).toBeGreaterThanOrEqual(115);
  expect(seen[1]![1]).toBeLessThan(5000);
  await clock.advance(3_600_000);
  expect(seen[2]).toEqual(['long after', 3_600_000]);
});

test('time that is asked to pass passes no faster than the work; of two works both are kept pace with', async () => {
  const clock = new Clock();
  const start = clock.now();
  const began = performance.now();
  const ends: number[] = [];
  void clock.paced(real(60)).then(() => ends.push(clock.now() - start));
  await clock.advance(20);
  void clock.paced(real(100)).then(() => ends.push(clock.now() - start));
  await clock.advance(200);
  expect(performance.now() - began).toBeGreaterThanOrEqual(118);
  expect(ends).toHaveLength(2);
  expect(ends[0]!).toBeGreaterThanOrEqual(55);
  expect(ends[1]!).toBeGreaterThanOrEqual(115);
  expect(clock.now() - start).toBe(220);
});

test('work that fails tells so', async () => {
  const clock = new Clock();
  await expect(clock.run(clock.paced(real(5).then(() => { throw new Error('broken'); })))).rejects.toThrow('broken');
});
