import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { keysOf } from '../shared/fleet/objects';
import { progressOf } from '../shared/fleet/outcome';
import type { LinkForecasts } from '../shared/fleet/plan';
import { type FleetStatus, inState, type InState, isCopying, type Progress, serving, SWITCHED } from '../shared/fleet/status';
import { cpuDuring } from '../shared/instance-metrics/cpu';
import { findInstances } from '../shared/instances';
import { bookOf } from '../shared/links';
import { replicationName } from '../shared/migration/replication-request';
import { readJson, writeJson } from '../shared/objects';
import { release, reservationId } from '../shared/reservations/reservations';
import type { Step } from '../shared/step';
import { sessionOf } from '../shared/sync/check';
import { PHASE, tagMap, VERIFIED } from '../shared/tags';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
  readonly table: string;
  /** Quarters of an hour so far. */
  readonly ticks: number;
}
export interface Output {
  readonly waiting: number;
  readonly copying: number;
  /** Switched; the source is still held. */
  readonly holding: number;
  readonly moved: number;
  readonly failed: number;
  readonly refused: number;
  readonly done: boolean;
  readonly ticks: number;
}

/** Executions that are asked in one turn: Step Functions gives an account ten to fifteen such calls per second. */
const MOST_ASKED = 300;

const sfn = new SFNClient({});

/** Looks how far the moves are: which have switched, ended or failed. */
export async function handler({ bucket, prefix, table, ticks, execution }: Input): Promise<Output> {
  const keys = keysOf({ prefix });
  const [status, forecasts] = await Promise.all([readJson<FleetStatus>(bucket, keys.status), readJson<LinkForecasts>(bucket, keys.links)]);
  const instances: Record<string, Progress> = { ...status.instances };
  const now = Date.now() / 1000;
  for (const [id, progress] of await switchedOf(inState(status, 'moving').filter(([, progress]) => isCopying(progress)), now)) instances[id] = progress;
  // those that copy first, then those that were not asked for the longest
  const moving = inState({ instances }, 'moving').sort(([, a], [, b]) => (a.switched ?? 0) - (b.switched ?? 0));
  const asked = moving.length <= MOST_ASKED ? moving : [...moving.slice(0, MOST_ASKED / 2), ...rotated(moving.slice(MOST_ASKED / 2), ticks)];
  for (const [id, before] of asked) {
    const after = progressOf(before, await sfn.send(new DescribeExecutionCommand({ executionArn: before.execution })));
    instances[id] = after.state === 'failed' && after.switched && !await servesStill(id, before, now) ? { ...after, switched: false } : after;
    // a move that failed may not have got to give its room back; one that goes on, or has switched, does so itself
    if (after.state === 'failed' || after.state === 'waiting') await giveBack(table, id, before, forecasts, execution);
  }
  for (const [id, progress] of await measured(new Set(asked.map(([id]) => id)), instances)) instances[id] = progress;
  await writeJson(bucket, keys.status, { instances } satisfies FleetStatus);
  return summary(instances, ticks + 1);
}

/** Those who have just been moved, with how busy they were while they were copied and served; in the pause they are idle. */
async function measured(ids: ReadonlySet<string>, instances: Readonly<Record<string, Progress>>): Promise<[string, Progress][]> {
  const moved = inState({ instances }, 'moved').filter(([id]) => ids.has(id));
  const cpu = await cpuDuring(moved.flatMap(([id, { outcome: { startedAt, switchedAt, pauseSeconds } }]) =>
    (startedAt === null || switchedAt === null ? [] : [{ id, from: Date.parse(startedAt) / 1000, to: Date.parse(switchedAt) / 1000 - (pauseSeconds ?? 0) }])));
  return moved.map(([id, progress]) => [id, { ...progress, outcome: { ...progress.outcome, cpu: cpu.get(id) ?? null } }]);
}

/** Whose source tells that the target serves, and that nothing more follows: the link is free for others from then on. */
async function switchedOf(moving: readonly [string, InState<'moving'>][], now: number): Promise<[string, Progress][]> {
  const found = moving.length === 0 ? [] : await findInstances(moving.map(([id]) => id));
  const tags = new Map(found.map(({ InstanceId = '', Tags }) => [InstanceId, tagMap(Tags)]));
  return moving.flatMap(([id, progress]): [string, Progress][] => {
    const { [PHASE]: phase = '', [VERIFIED]: verified = '' } = tags.get(id) ?? {};
    // what replicates takes the phase away when it is over, and the source is still held
    const isOver = verified === progress.execution || verified.endsWith(`:${replicationName(id, sessionOf(progress.execution))}`);
    if (!isOver && !SWITCHED.has(phase)) return [];
    return [[id, serving(progress, isOver, now)]];
  });
}

/** Whether no way back has led to the source meanwhile. */
const servesStill = async (id: string, before: InState<'moving'>, now: number): Promise<boolean> => (await switchedOf([[id, before]], now)).length > 0;

/** Another part in every turn. */
function rotated<T>(all: readonly T[], turn: number): T[] {
  const size = MOST_ASKED / 2;
  const from = (turn * size) % all.length;
  return [...all.slice(from), ...all.slice(0, from)].slice(0, size);
}

async function giveBack(table: string, id: string, { expected: { link, rate, start, until } }: InState<'moving'>, { links }: LinkForecasts, execution: string): Promise<void> {
  const forecast = links.find(each => each.id === link);
  if (!forecast) return;
  const book = bookOf(forecast.link, forecast.direction);
  await release({ table, book, id: reservationId(execution, id), from: start, to: until, rate, expires: until });
}

function summary(instances: Readonly<Record<string, Progress>>, ticks: number): Output {
  const count = (state: Progress['state']): number => inState({ instances }, state).length;
  const moving = inState({ instances }, 'moving');
  const copying = moving.filter(([, progress]) => isCopying(progress)).length;
  const waiting = count('waiting');
  return {
    waiting, copying, holding: moving.length - copying, moved: count('moved'), failed: count('failed'), refused: count('refused'),
    done: waiting + moving.length === 0,
    ticks,
  };
}
