import { paginateDescribeSnapshots, paginateDescribeVolumes } from '@aws-sdk/client-ec2';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ec2 } from '../shared/ec2';
import { errorName } from '../shared/error-name';
import { InvalidRequest } from '../shared/errors';
import { bytes } from '../shared/json';
import { findInstances, findParts, type Part } from '../shared/lifetime/clone';
import { priced, type ReportedClone, reportedClone, type ReportedVolume, sum, volumeUnits } from '../shared/lifetime/report';
import { findSchedules } from '../shared/lifetime/schedules';
import { findLitter } from '../shared/litter';
import type { CostLine } from '../shared/plan/plan';
import type { LeftOver } from '../shared/removal';
import { id, isRecord, problem, unknownField } from '../shared/request/rules';
import type { Step } from '../shared/step';
import { CLONE, CREATED_BY, OWNER, SET, SOURCE, tagMap } from '../shared/tags';

export interface Input extends Step {
  /** The execution's input, as somebody typed it. */
  readonly request: unknown;
  readonly scheduleGroup: string;
  /** By unit; what has no price is told in units only. */
  readonly prices: Readonly<Record<string, number>>;
}
export interface Output {
  /** As many as a state's data can hold, the oldest first. */
  readonly clones: readonly ReportedClone[];
  readonly clonesInAll: number;
  /** Of all clones and kept snapshots together. */
  readonly cost: readonly CostLine[];
  readonly leftOver: readonly LeftOver[];
  readonly leftOverInAll: number;
}

const states = new SFNClient({});

/** A state's data holds 256 KiB, and input and output travel together. */
const MOST_BYTES = 160_000;
const MOST_LEFT_OVER = 200;
/** An instance takes minutes to shut down, and another execution may work on it. */
const OVERDUE_AFTER_MS = 3_600_000;

/** Tells what the construct's clones cost, and what is left of those that are gone. Nothing is changed. */
export async function handler({ request, scheduleGroup, prices, owner }: Input): Promise<Output> {
  const source = sourceOf(request);
  const ours = [{ Name: `tag:${OWNER}`, Values: [owner] }, { Name: 'tag-key', Values: [CREATED_BY] }];
  const [instances, volumes, parts, snapshots, schedules, litter] = await Promise.all([
    findInstances(ours), findVolumes(owner), findParts(ours), findSnapshots(ours, owner), findSchedules(scheduleGroup), findLitter(owner, null),
  ]);
  const alive = instances.filter(({ State, Tags }) => tagMap(Tags)[OWNER] === owner && State?.Name !== 'terminated')
    .filter(({ Tags }) => source === undefined || tagMap(Tags)[SOURCE] === source)
    .sort((a, b) => Number(a.LaunchTime ?? 0) - Number(b.LaunchTime ?? 0));
  const concerned = <T extends { readonly tags: Readonly<Record<string, string>> }>(all: readonly T[]) =>
    all.filter(({ tags }) => tags[OWNER] === owner && (source === undefined || tags[SOURCE] === source));
  const clones = alive.map(instance => reportedClone(instance, volumes));
  const living = instances.filter(({ State }) => State?.Name !== 'terminated').map(({ Tags }) => tagMap(Tags)[CREATED_BY]);
  const kept = concerned(snapshots);
  const orphans = concerned(parts).filter(part => isOrphan(part, instances.flatMap(({ InstanceId, State }) => (State?.Name === 'terminated' ? [] : InstanceId ?? []))));
  const leftOver = [
    ...orphans.map(({ type, id: partId, tags }): LeftOver => ({ type, id: partId, reason: fateOf(tags, living) })),
    ...overdue(clones, schedules.map(({ instanceId }) => instanceId)),
    ...await unfinished(litter.filter(one => source === undefined || one.source === source)),
  ];
  const cost = priced(sum([
    ...clones.map(({ units }) => units),
    { 'snapshot-gib-month': kept.reduce((gib, { size }) => gib + size, 0) },
    ...volumes.filter(({ volumeId }) => orphans.some(orphan => orphan.id === volumeId)).map(volumeUnits),
  ]), prices);
  return {
    clones: fitting(clones), clonesInAll: clones.length, cost,
    leftOver: leftOver.slice(0, MOST_LEFT_OVER), leftOverInAll: leftOver.length,
  };
}

/** The construct's own; what a clone's user attached to it is not counted. */
async function findVolumes(owner: string): Promise<ReportedVolume[]> {
  const found: ReportedVolume[] = [];
  for await (const { Volumes } of paginateDescribeVolumes({ client: ec2, pageSize: 500 }, { Filters: [{ Name: `tag:${OWNER}`, Values: [owner] }] })) {
    found.push(...(Volumes ?? []).map(({ VolumeId = '', VolumeType = 'standard', Size = 0, Iops = 0, Throughput = 0, Attachments = [] }) => ({
      volumeId: VolumeId, type: VolumeType, size: Size, iops: Iops, throughput: Throughput,
      attachedTo: Attachments.flatMap(({ InstanceId }) => InstanceId ?? []),
    })));
  }
  return found;
}

function sourceOf(request: unknown): string | undefined {
  if (!isRecord(request)) throw new InvalidRequest(problem('input', request, 'an object, {} for all clones'));
  const unknown = Object.keys(request).filter(field => field !== 'sourceInstanceId').map(field => unknownField(field, ['sourceInstanceId']));
  const { sourceInstanceId: source } = request;
  const allowed = source === undefined || source === null ? undefined : id('i')(source);
  const problems = [...unknown, ...allowed === undefined ? [] : [problem('sourceInstanceId', source, allowed)]];
  if (problems.length > 0) throw new InvalidRequest(problems.join('\n'));
  return typeof source === 'string' ? source : undefined;
}

async function findSnapshots(Filters: { Name: string; Values: string[] }[], owner: string) {
  const found: { tags: Record<string, string>; size: number }[] = [];
  for await (const { Snapshots } of paginateDescribeSnapshots({ client: ec2, pageSize: 1000 }, { OwnerIds: ['self'], Filters })) {
    found.push(...(Snapshots ?? []).map(({ Tags, VolumeSize = 0 }) => ({ tags: tagMap(Tags), size: VolumeSize }))
      // a backup of a clone's volume has all the volume's tags, but no set
      .filter(({ tags }) => tags[OWNER] === owner && tags[SET] !== undefined));
  }
  return found;
}

/** Attached to nothing, and its clone no longer there; a volume that somebody detached from a living clone is theirs to judge. */
function isOrphan({ attachedTo, tags, state }: Part, alive: readonly string[]): boolean {
  const clone = tags[CLONE];
  return attachedTo.length === 0 && state !== 'deleting' && (clone === undefined || !alive.includes(clone));
}

/** Only what goes with a clone at its end names it; of anything else it is known from which execution it comes, whose clones may live. */
function fateOf({ [CLONE]: clone, [CREATED_BY]: maker }: Part['tags'], living: readonly (string | undefined)[]): string {
  if (clone === undefined && living.includes(maker)) return `nobody has it attached, and clones of ${maker} live: look whose it is`;
  return `its clone${clone === undefined ? '' : ` ${clone}`} is gone`;
}

function overdue(clones: readonly ReportedClone[], scheduled: readonly string[]): LeftOver[] {
  return clones.flatMap(({ instanceId, expiresAt }): LeftOver[] => {
    if (expiresAt === null) return [];
    const late = Date.parse(expiresAt) < Date.now() - OVERDUE_AFTER_MS;
    if (!late && (scheduled.includes(instanceId) || Date.parse(expiresAt) < Date.now())) return [];
    const reason = late ? `it was to be removed at ${expiresAt}: look why the machine that does it failed, or extend the clone`
      : `it is to be removed at ${expiresAt}, but its schedule is gone: extend the clone`;
    return [{ type: 'instance', id: instanceId, reason }];
  });
}

/** What executions made that are over; the janitor comes for it, and for what it can not remove somebody else has to. */
async function unfinished(litter: Awaited<ReturnType<typeof findLitter>>): Promise<LeftOver[]> {
  const over = new Set<string>();
  for (const execution of new Set(litter.map(one => one.execution))) if (await isOver(execution)) over.add(execution);
  return litter.filter(({ execution }) => over.has(execution)).map(({ type, id: litterId, execution }) => ({ type, id: litterId, reason: `unfinished, of ${execution}` }));
}

async function isOver(executionArn: string): Promise<boolean> {
  try {
    const { status } = await states.send(new DescribeExecutionCommand({ executionArn, includedData: 'METADATA_ONLY' }));
    return status !== 'RUNNING' && status !== 'PENDING_REDRIVE';
  } catch (error) {
    if (errorName(error) !== 'ExecutionDoesNotExist') throw error;
    return true; // Step Functions forgets executions after 90 days
  }
}

function fitting(clones: readonly ReportedClone[]): ReportedClone[] {
  let room = MOST_BYTES;
  return clones.filter(clone => (room -= bytes(clone) + 1) >= 0);
}
