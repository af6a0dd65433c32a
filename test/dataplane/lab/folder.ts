import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from '../setup/places';
import { command } from './command';

const runs = join(cache, 'run');
let count = 0;

const isAlive = (pid: string) => existsSync(`/proc/${pid}`);

/**
 * A folder, and a name for a network namespace, that belong to this process: PID-NUMBER. What a process that is gone has left
 * behind, machines, namespaces and folders, is removed at the next start by that name.
 */
export async function newRun(): Promise<{ readonly name: string; readonly folder: string }> {
  if (count === 0) await removeLeftovers();
  const name = `dataplane-${process.pid}-${++count}`;
  const folder = join(runs, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return { name, folder };
}

async function removeLeftovers(): Promise<void> {
  const isLeft = (name: string) => {
    const pid = /^dataplane-(\d+)-\d+$/.exec(name)?.[1];
    return pid !== undefined && (pid === String(process.pid) || !isAlive(pid));
  };
  mkdirSync(runs, { recursive: true });
  for (const name of readdirSync(runs).filter(isLeft)) {
    killMachinesOf(join(runs, name));
    rmSync(join(runs, name), { recursive: true, force: true });
  }
  const namespaces = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  for (const name of namespaces.filter(isLeft)) await command('ip', 'netns', 'delete', name);
}

/** A machine dies with its test by itself; this is for the case that even that failed. */
function killMachinesOf(folder: string): void {
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    const line = commandLine(pid);
    if (line.startsWith('qemu-system-x86_64\0') && line.includes(`${folder}/`)) process.kill(Number(pid), 'SIGKILL');
  }
}

/** Of a process; empty if it has just ended. */
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
