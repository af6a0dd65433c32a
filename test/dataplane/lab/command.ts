import { spawn } from 'node:child_process';

/** Runs a command on the host without holding up anything else; returns what it printed. */
export function command(name: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C', PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
    let out = '', complaint = '';
    child.stdout.on('data', data => { out += String(data); });
    child.stderr.on('data', data => { complaint += String(data); });
    child.on('error', reject);
    child.on('close', status => {
      if (status === 0) resolve(out);
      else reject(new Error(`${name} ${args.join(' ')} ended with ${status}: ${complaint.trim()}`));
    });
  });
}

export const sleep = (seconds: number) => new Promise<void>(resolve => { setTimeout(resolve, seconds * 1000); });

/** How many times as long every limit is as an idle computer needs it: whoever waits too long loses nothing, who gives up too early a run. */
export const patience = Number(process.env.DATAPLANE_PATIENCE ?? 3);

/** Asks again and again until there is an answer, half of the time at most: asking is work for a machine. An error says what was waited for. */
export async function until<T>(what: string, seconds: number, ask: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  const end = Date.now() + seconds * patience * 1000;
  for (;;) {
    const asked = Date.now();
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`waited ${seconds * patience} s in vain: ${what}`);
    await sleep(Math.max(0.2, (Date.now() - asked) / 1000));
  }
}
