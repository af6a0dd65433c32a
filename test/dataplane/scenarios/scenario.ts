import { REPLICATION_ENGINES } from '../../../lib/private/replication-documents';
import { patience } from '../lab/command';
import type { Machine } from '../lab/machine';
import type { PairOptions } from '../harness/options';
import { Pair } from '../harness/pair';
import { Replication } from '../harness/replication';

/** Every family of scenarios is played with each of them. */
export const engines = REPLICATION_ENGINES;

/** Several times what a scenario takes where two processors emulate two machines. */
const MINUTES = 6 * patience;

export interface Stage extends Pick<Pair, 'source' | 'target' | 'acknowledgements'> {
  readonly pair: Pair;
  readonly replication: Replication;
}

/** A test on a pair of its own. What it learns of a machine when it fails stands below the error. */
export function scenario(name: string, options: Partial<PairOptions>, play: (stage: Stage) => Promise<void>): void {
  test(name, async () => {
    const pair = await Pair.boot(options);
    try {
      const stage = { pair, replication: new Replication(pair), source: pair.source, target: pair.target, acknowledgements: pair.acknowledgements };
      await Promise.race([play(stage), pair.source.broken, pair.target.broken]);
    } catch (error) {
      const reports = await Promise.all([pair.source, pair.target].map(report));
      (error as Error).message += `\n${reports.join('\n')}`;
      throw error;
    } finally {
      await pair.end();
    }
  }, MINUTES * 60_000);
}

/** A number worth keeping, on stderr: it goes neither into jest's report nor into its summary. */
export function measured(what: string, values: Record<string, number | string>): void {
  const text = Object.entries(values).map(([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value * 100) / 100 : value}`).join(', ');
  process.stderr.write(`measured ${what}: ${text}\n`);
}

/** The state of a machine, without touching a device that may hang. */
async function report(machine: Machine): Promise<string> {
  const script = `cat /proc/drbd 2>/dev/null; cat /proc/mdstat 2>/dev/null; dmsetup table; grep /srv /proc/self/mounts
    for file in /var/lib/instance-mobility/*/phase; do echo "$file: $(<"$file")"; done
    ip -brief address; systemctl --no-pager list-jobs; systemctl --no-pager --failed; journalctl --no-pager --lines=40 --unit='instance-mobility*' --unit=writer.service; dmesg | tail --lines=40`;
  const text = await machine.attempt(script, {}, 20).then(({ stdout }) => stdout, (error: Error) => error.message);
  return `--- ${machine.name}\n${text}`;
}
