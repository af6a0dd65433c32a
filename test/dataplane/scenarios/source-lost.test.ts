import { sleep, until } from '../lab/command';
import { complaintsOf, prove } from '../harness/proof';
import { engines, scenario } from './scenario';

/** Nobody has what was only on the source: all that can be done is to say so at once, to wait, and to go on when someone decides it. */
describe.each(engines)('%s: the source is lost for good', engine => {
  scenario('during the synchronisation', { engine }, async ({ replication, source, target, acknowledgements }) => {
    await replication.begin();
    await replication.midway();
    await source.powerOff();
    // the application asks for what is not here
    void target.attempt('cat /srv/data/f* >/dev/null; echo ended with $?', {}, 600).catch(() => undefined);
    const told = await until('word that blocks are nowhere else', 60, async () => {
      const status = await replication.status(target);
      expect(await complaintsOf(target)).toEqual([]);
      return status.suspended && status;
    });
    expect(told).toMatchObject({ phase: 'switched', peerConnected: false });
    expect(told.errors.join('\n')).toMatch(/AcceptLoss/);
    // it waits: no error reaches the application
    await sleep(20);
    expect(acknowledgements.of('error')).toEqual([]);
    expect(await target.run("dmesg | grep -E 'EXT4-fs error|Aborting journal'; true")).toBe('');
    expect(await replication.attempt(target, 'finalize')).toMatchObject({ status: 8, answer: { error: 'WrongState' } });
    // the word of an operator ends the wait; what is lost is an error from then on, and what is here is served
    // whether the service bears what is lost is its own affair: 13 says that it does not
    expect([0, 13]).toContain((await replication.attempt(target, 'resume', { AcceptLoss: 'yes' })).status);
    await until('the end of the wait', 60, async () => !(await replication.status(target)).suspended);
    expect(await target.run('touch /run/alive && timeout 20 cat /srv/data/SUMS >/dev/null 2>&1; echo answered')).toBe('answered\n');
  });

  scenario('after the synchronisation: nothing is missing', { engine }, async ({ pair, replication, source, target, acknowledgements }) => {
    await replication.begin();
    await replication.synchronised();
    await source.powerOff();
    const lost = Date.now();
    await sleep(5);
    await until('records without the source', 60, () => acknowledgements.of('record', target.name).filter(({ at }) => at > lost + 5000).length > 20);
    expect(await replication.status(target)).toMatchObject({ suspended: false, serving: true, peerConnected: false });
    await prove(pair, target);
  });
});
