import { spawnSync } from 'node:child_process';

/** Runs a command to its end and returns what it printed; an error carries what it complained of. */
export function run(command: string, ...args: string[]): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${(stderr || stdout).trim().split('\n').slice(-20).join('\n')}`);
  return stdout;
}

/** Whether a command of that name can be run here. */
export function has(command: string): boolean {
  return ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin', ...(process.env.PATH ?? '').split(':')]
    .some(folder => spawnSync('test', ['-x', `${folder}/${command}`]).status === 0);
}
