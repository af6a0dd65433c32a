import { binMs } from '../links/background';

/** What an instance is busy with: functions of time, steady within each five minutes, that cost nothing until they are asked. */
export interface Load {
  /** Percent of all its CPUs. */
  cpu(time: number): number;
  /** Bytes per second that it writes to all its volumes. */
  writes(time: number): number;
  /** How writes spread over the volumes, by their devices; a tenth to the root volume and the rest to the others unless told otherwise. */
  readonly devices?: Readonly<Record<string, number>>;
  /** Blocks of 512 KiB that most writes go to again and again; a gigabyte unless told otherwise. */
  readonly hotBlocks?: number;
  /** The part of its writes that goes to new places; a tenth unless told otherwise. */
  readonly fresh?: number;
}

export const idle: Load = { cpu: () => 0.7, writes: () => 1500, devices: { '/dev/xvda': 1, '/dev/sda1': 1 } };

/** The mean of a function that is steady within each five minutes. */
export function meanOf(value: (time: number) => number, from: number, until: number): number {
  return integral(value, from, until) / (until - from);
}

/** Its sum over time, in units times milliseconds. */
export function integral(value: (time: number) => number, from: number, until: number): number {
  let sum = 0;
  for (let bin = Math.floor(from / binMs) * binMs; bin < until; bin += binMs) {
    sum += value(Math.max(bin, from)) * (Math.min(bin + binMs, until) - Math.max(bin, from));
  }
  return sum;
}
