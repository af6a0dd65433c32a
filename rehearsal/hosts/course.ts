import type { JsonObject } from '../json';
import { same } from './pair-state';
import { answerIn, type RecordedCommand, type Recording } from './recording';

/** A point of a recorded course: how much was on the target, so many seconds after copying began. */
export interface Progress { readonly since: number; readonly share: number }

/** How much of the device was on the target in a phase, by what it told. */
export function progressIn({ commands }: Recording, phase: string): Progress[] {
  return commands.filter(each => each.step === 'status' && each.side === 'target' && each.status === 0 && same(each.before, { source: phase, target: phase })).flatMap(({ since, stdout }) => {
    const { bytes, bytesLeft } = answerIn(stdout, 'status');
    return typeof bytes === 'number' && typeof bytesLeft === 'number' ? [{ since, share: 1 - bytesLeft / bytes }] : [];
  });
}

/** Without what told nothing new: how long something takes to begin does not grow with the disks. */
export function progressing(looks: readonly RecordedCommand[]): readonly RecordedCommand[] {
  const sorted = [...looks].sort((a, b) => a.since - b.since);
  return sorted.filter(({ stdout }, index) => index === 0 || stdout !== sorted[index - 1]!.stdout);
}

/** The size of the first device that was replicated. */
export function bytesIn({ commands }: Recording): number | undefined {
  const inspected = commands.find(each => each.step === 'inspect' && each.side === 'source' && each.status === 0);
  const mounts = inspected ? answerIn(inspected.stdout, 'inspect').mounts : undefined;
  const bytes = Array.isArray(mounts) ? (mounts[0] as JsonObject | undefined)?.bytes : undefined;
  return typeof bytes === 'number' ? bytes : undefined;
}

/** A moment between two of what was recorded. */
export interface Moment<T> { readonly former?: T; readonly latter?: T; readonly part: number }

/** The last that was recorded before as many seconds have gone by, the next one, and how far it is from the one to the other. */
export function momentOf<T extends { readonly since: number }>(recorded: readonly T[], seconds: number): Moment<T> {
  const sorted = [...recorded].sort((a, b) => a.since - b.since);
  const former = sorted.findLast(each => each.since <= seconds) ?? sorted[0];
  const latter = former && sorted.find(each => each.since > former.since);
  return { former, latter, part: former && latter ? Math.max(0, (seconds - former.since) / (latter.since - former.since)) : 0 };
}
