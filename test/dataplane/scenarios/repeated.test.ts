import { prove } from '../harness/proof';
import { engines, scenario } from './scenario';

describe.each(engines)('%s: what is sent twice', engine => {
  scenario('every step may be repeated', { engine, megabytesPerSecond: undefined }, async ({ pair, replication, source, target }) => {
    const twice = async (machine: typeof source, name: Parameters<typeof replication.step>[1], given: Record<string, string> = {}) => {
      const answer = await replication.step(machine, name, given);
      expect(await replication.step(machine, name, given)).toEqual(answer);
      return answer;
    };
    const side = { Volumes: await replication.volumes(), ...replication.side(target) };
    await twice(target, 'prepare-target', side);
    await twice(source, 'prepare-source', { Mounts: '/srv/data', ...replication.side(source) });
    const { hotFiles } = await twice(source, 'switch-source');
    const { servingAt } = await replication.step(target, 'switch-target', { HotFiles: String(hotFiles) });
    expect(await replication.step(target, 'switch-target', { HotFiles: String(hotFiles) })).toMatchObject({ phase: 'switched', servingAt });
    expect(await replication.attempt(target, 'finalize')).toMatchObject({ status: 8, answer: { error: 'WrongState' } });
    expect(await replication.attempt(target, 'release-source')).toMatchObject({ status: 8, answer: { error: 'WrongState' } });
    await replication.synchronised();
    expect(await replication.attempt(target, 'finalize')).toMatchObject({ status: 8, answer: { error: 'WrongState' } });
    await replication.verified();
    await twice(target, 'finalize');
    await twice(source, 'release-source');
    await prove(pair, target);
  });
});
