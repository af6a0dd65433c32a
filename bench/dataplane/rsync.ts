import { until } from '../../test/dataplane/lab/command';
import type { Pair } from '../../test/dataplane/harness/pair';
import { type Latency, readLatency, SERVICES } from './guest';

export interface Copied {
  /** From the last record of the source to the first of the target. */
  readonly pauseSeconds: number;
  /** Everything, from the first copy to the first record of the target. */
  readonly seconds: number;
  /** What the application on the source waits for a read while the first copy runs. */
  readonly latency: Latency | undefined;
}

const units = SERVICES.split(',').join(' ');

/** A daemon on the target, as fast as rsync gets: nothing is encrypted, as nothing is between the engine's two sides. */
async function prepareTarget({ target }: Pair): Promise<void> {
  const [disk] = target.disks;
  await target.run(`set -eu
    mkfs.ext4 -q -m 0 -E lazy_itable_init=0,lazy_journal_init=0 ${disk!.path}; mkdir -p /srv/data; mount ${disk!.path} /srv/data
    printf '[data]\\npath = /srv/data\\nread only = false\\nuid = root\\ngid = root\\nuse chroot = false\\n' >/etc/rsyncd.conf
    rsync --daemon --config=/etc/rsyncd.conf`);
}

/**
 * What people do today: copy while the application runs, copy again what has changed meanwhile, stop, copy the last changes, start there.
 * Files are changed in place and only what differs in them is sent, which is what rsync is good at.
 */
export async function moveByRsync(pair: Pair, withLatency: boolean): Promise<Copied> {
  const { source, target, acknowledgements } = pair;
  await prepareTarget(pair);
  const copy = (options: string, seconds = 600) =>
    source.run(`rsync --archive --delete --inplace --no-whole-file ${options} /srv/data/ rsync://${target.address}/data/`, {}, seconds);
  const began = Date.now();
  const first = copy('');
  const latency = withLatency ? await readLatency(source, 8) : undefined;
  await first;
  await copy('');
  // flushed before the pause, as the other way does it
  await source.run('sync');
  await source.run(`systemctl stop ${units}`);
  const last = acknowledgements.of('record', source.name).at(-1)!.at;
  await copy('');
  await target.run(`sync; systemctl start ${units}`);
  const here = await until('the application on the target', 60, () => acknowledgements.firstAfter(last, target.name));
  return { pauseSeconds: (here.at - last) / 1000, seconds: (here.at - began) / 1000, latency };
}
