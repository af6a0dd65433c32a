import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from '../setup/places';
import { command } from './command';

const runs = join(cache, 'run');
/** The path of a socket may have 107 characters: that of a checkout is too long for some. */
const sockets = '/run/dataplane';

export interface Run {
  readonly name: string;
  readonly folder: string;
  readonly sockets: string;
}

let count = 0;

/** Tells a process from a later one of the same id; undefined if there is none. */
function startOf(pid: number | string): string | undefined {
  // the name of the process, in parentheses, may hold anything; the start is the 20th field after it
  const stat = existsSync(`/proc/${pid}/stat`) ? read(`/proc/${pid}/stat`) : '';
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/**
 * A folder, and a name for a network namespace, that belong to this process: dataplane-PID-START-NUMBER. What a process that is gone
 * has left behind, machines, namespaces and folders, is removed at the next start by that name.
 */
export async function newRun(): Promise<Run> {
  if (count === 0) await removeLeftovers();
  const name = `dataplane-${process.pid}-${startOf(process.pid)}-${++count}`;
  const run = { name, folder: join(runs, name), sockets: join(sockets, name) };
  for (const folder of [run.folder, run.sockets]) mkdirSync(folder, { recursive: true });
  return run;
}

export function removeRun({ folder, sockets: own }: Run): void {
  for (const each of [folder, own]) rmSync(each, { recursive: true, force: true });
}

async function removeLeftovers(): Promise<void> {
  const isLeft = (name: string) => {
    const [, pid, start] = /^dataplane-(\d+)-(\d+)-\d+$/.exec(name) ?? [];
    return pid !== undefined && startOf(pid) !== start;
  };
  mkdirSync(runs, { recursive: true });
  for (const name of readdirSync(runs).filter(isLeft)) {
    killMachinesOf(join(runs, name));
    removeRun({ name, folder: join(runs, name), sockets: join(sockets, name) });
  }
  const namespaces = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  for (const name of namespaces.filter(isLeft)) await command('ip', 'netns', 'delete', name);
}

/** A machine dies with its test by itself; this is for the case that even that failed. */
function killMachinesOf(folder: string): void {
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    const line = read(`/proc/${pid}/cmdline`);
    if (line.startsWith('qemu-system-x86_64\0') && line.includes(`${folder}/`)) process.kill(Number(pid), 'SIGKILL');
  }
}

/** A file of a process; empty if the process has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
