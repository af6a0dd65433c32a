import { closeSync, openSync, readSync } from 'node:fs';
import type { Acknowledgements } from '../lab/acknowledgements';
import { sleep } from '../lab/command';
import { MiB } from '../lab/disk';
import type { Machine } from '../lab/machine';
import type { Pair } from './pair';

/** What the kernel says when a filesystem or a disk was hurt. */
const COMPLAINTS = 'EXT4-fs error|EXT4-fs warning|JBD2.*abort|Aborting journal|XFS.*(error|Corrupt|shut)|I/O error|blocked for more than';

/** What the kernel of a machine has said of broken filesystems and disks since its boot. */
export async function complaintsOf(machine: Machine): Promise<string[]> {
  const lines = (await machine.run(`dmesg | grep -E '${COMPLAINTS}'; true`)).split('\n').filter(line => line !== '');
  // While an engine is taken away, the lower of two mappings answers with errors, and only udev looks at that one, by buffered reads.
  const mappings = await machine.run('dmsetup info --columns --noheadings --separator " " --options blkdevname,name 2>/dev/null; true');
  const lower = mappings.split('\n').map(line => line.split(' ')).filter(([, name]) => name?.endsWith('-mid')).map(([device]) => device!);
  // A path of md that fails is no error to anybody above it: what was asked there waits.
  const heard = lines.filter(line => !/ dev nbd\d+,/.test(line));
  return heard.filter(line => !lower.some(device => line.includes(`Buffer I/O error on dev ${device}, `) && line.endsWith('async page read')));
}

/** What a filesystem of the application holds. */
interface Journal {
  readonly directory: string;
  readonly brokenRecords: number;
  readonly brokenPages: number;
  /** The sums of the records, by number. */
  readonly sums: readonly string[];
}

async function journals(machine: Machine, mounts: readonly string[]): Promise<Journal[]> {
  const out = await machine.run(`python3 /usr/local/lib/lab/writer.py check ${mounts.join(' ')}`);
  return out.trim().split('\n').map(line => {
    const [directory, count, brokenRecords, brokenPages, sums] = line.split(' ') as [string, string, string, string, string];
    return { directory, brokenRecords: Number(brokenRecords), brokenPages: Number(brokenPages), sums: count === '0' ? [] : sums.split(',') };
  });
}

/** Where the application writes, and what it was told. */
interface Proven {
  readonly options: { readonly mounts: readonly string[] };
  readonly acknowledgements: Acknowledgements;
}

/**
 * Stops the application on the machine that serves, and proves from the disk, not from memory, that every acknowledged record and every
 * file is as it was written. `of`: only what that machine's application was told counts; for a split brain, where the other's is known lost.
 * Returns the number of records.
 */
export async function prove({ options: { mounts }, acknowledgements }: Proven, machine: Machine, of?: Machine): Promise<number> {
  await machine.run(`systemctl stop writer.service && sync && echo 3 >/proc/sys/vm/drop_caches && for mount in ${mounts.join(' ')}; do mountpoint -q $mount; done`);
  const found = await journals(machine, mounts);
  const files = await machine.run(`for mount in ${mounts.join(' ')}; do cd $mount && md5sum -c --quiet SUMS 2>&1; done; true`);
  const complaints = await complaintsOf(machine);
  const acknowledged = acknowledgements.of('record', of?.name);
  const wrong = found.flatMap(({ directory, brokenRecords, brokenPages, sums }) => {
    const lost = acknowledged.filter(({ number }) => number >= sums.length);
    const changed = acknowledged.filter(({ number, detail }) => number < sums.length && sums[number] !== detail);
    return [
      ...lost.length > 0 ? [`${directory}: ${lost.length} acknowledged records are lost, the first ${lost[0]!.number} of ${lost[0]!.machine}; ${sums.length} are there`] : [],
      ...changed.length > 0 ? [`${directory}: ${changed.length} acknowledged records are other ones, the first ${changed[0]!.number} of ${changed[0]!.machine}`] : [],
      ...brokenRecords > 0 ? [`${directory}: ${brokenRecords} records are broken`] : [],
      ...brokenPages > 0 ? [`${directory}: ${brokenPages} pages are broken`] : [],
    ];
  });
  const errors = acknowledgements.of('error', of?.name).map(({ machine: name, number, detail }) => `the application on ${name} met an error at record ${number}: ${detail}`);
  const all = [...wrong, ...errors, ...files.split('\n').filter(line => line !== ''), ...complaints];
  if (all.length > 0) throw new Error(`on ${machine.name}:\n${all.join('\n')}`);
  if (acknowledged.length === 0) throw new Error('no record was ever acknowledged: nothing is proven');
  return Math.min(...found.map(({ sums }) => sums.length));
}

/** The first bytes of the blocks in which the disks of the two differ; empty if they are equal. The application must be stopped. */
export async function rawDifferences(pair: Pair): Promise<number[]> {
  const serving = pair.target.isOn ? pair.target : pair.source;
  await serving.run('sync');
  // what is on its way to the other's disk
  await sleep(1);
  return pair.source.disks.flatMap((disk, index) => differences(disk.file, pair.target.disks[index]!.file, disk.bytes));
}

function differences(left: string, right: string, bytes: number): number[] {
  const handles = [left, right].map(file => openSync(file, 'r'));
  const buffers = handles.map(() => Buffer.alloc(MiB));
  const found: number[] = [];
  for (let start = 0; start < bytes; start += MiB) {
    handles.forEach((handle, side) => readSync(handle, buffers[side]!, 0, MiB, start));
    if (buffers[0]!.equals(buffers[1]!)) continue;
    for (let block = 0; block < MiB; block += 4096) {
      if (!buffers[0]!.subarray(block, block + 4096).equals(buffers[1]!.subarray(block, block + 4096))) found.push(start + block);
    }
  }
  handles.forEach(handle => closeSync(handle));
  return found;
}
