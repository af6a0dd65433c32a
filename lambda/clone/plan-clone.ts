import { readCopyFacts } from '../shared/copies';
import { IdentityNotVerifiable, PlanTooLarge, VolumeStrategyRefused } from '../shared/errors';
import { bytes } from '../shared/json';
import { otherWriters } from '../shared/nvme-reservations';
import { type Abroad, abroad, fromAbroad, refuseAbroad } from '../shared/plan/abroad';
import { expectedCost, overBudget } from '../shared/plan/budget';
import { buildPlan } from '../shared/plan/build';
import { dryRuns } from '../shared/plan/dry-run';
import { identityProblem } from '../shared/plan/identity';
import { isolationWarnings, planIsolation } from '../shared/plan/isolation';
import type { Check, ExpectedCost, Plan } from '../shared/plan/plan';
import { quotaChecks, readCopyLimit } from '../shared/plan/quotas';
import { reservedBySource } from '../shared/plan/shares';
import type { SharingKeys } from '../shared/plan/sharing';
import { type CopyFacts, NO_COPIES } from '../shared/plan/strategies';
import { readSubnets, refuseFullSubnets, subnetsOfInterest } from '../shared/plan/subnets';
import type { Request } from '../shared/request/request';
import type { Source } from '../shared/source/source';
import { sourceAccount, sourceIsElsewhere, sourcePlace, sourceRegion } from '../shared/source-place';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly request: Request;
  readonly source: Source;
  /** Where clones may go; empty: anywhere. */
  readonly subnetIds: readonly string[];
  /** Where isolated clones may speak HTTPS to; empty: as the VPC has it. */
  readonly isolationEgress?: readonly string[];
  /** By unit; what has no price is told in units only. */
  readonly prices: Readonly<Record<string, number>>;
  /** The most that the clones of an execution may cost, whatever the request says; null: no limit. */
  readonly maxCost?: number | null;
  /** Of the source's account, where that is another one. */
  readonly sharing?: SharingKeys;
}
export interface Output { readonly plan: Plan }

/** A state's data holds 256 KiB, and other data travels with the plan. */
const MOST_BYTES = 200_000;
/** At the end the plan travels with the ids of all clones: about so many bytes for each volume. */
const BYTES_PER_CLONED_VOLUME = 110;
/** Of a fleet's clones only ids, addresses and failures travel. */
const BYTES_PER_FLEET_CLONE = 180;
const MOST_BYTES_AT_THE_END = 250_000;

const NO_KEYS: SharingKeys = { keys: [], sharingKey: null };

/** Says what will be made, what will differ and what it takes, and refuses before anything is made what would fail later. */
export async function handler(
  { request, source: described, subnetIds, isolationEgress = [], prices, maxCost = null, sharing = NO_KEYS, execution, owner }: Input,
): Promise<Output> {
  const way: Abroad | null = sourceIsElsewhere
    ? { request, source: described, region: sourceRegion, account: sourceAccount, place: sourcePlace, sharing } : null;
  if (way) refuseAbroad(way);
  const source = way ? abroad(way) : described;
  const subnets = await readSubnets(subnetsOfInterest(source.instance, request, subnetIds));
  const problem = identityProblem(request, source);
  if (problem !== undefined && !request.planOnly) throw new IdentityNotVerifiable(problem);
  const built = buildPlan(request, source, subnets, subnetIds, prices, way ? NO_COPIES : await copyFacts(request, source));
  await refuseOtherWriters(built);
  const unisolated = way ? fromAbroad(built, way, prices) : built;
  const expected = expectedCost(unisolated.cost, unisolated.expireAfter);
  const budget = checkBudget(request, expected, maxCost);
  const isolation = request.isolation ? await planIsolation(unisolated.launch, subnets, isolationEgress) : null;
  const plan = { ...unisolated, isolation, warnings: [...unisolated.warnings, ...isolationWarnings(isolation)] };
  const addresses = refuseFullSubnets(plan.launch, plan.count, subnets).map(detail =>
    ({ check: 'free addresses', result: 'passed' as const, detail }));
  const identity = problem === undefined ? [] : [{ check: 'identity', result: 'not possible' as const, detail: problem }];
  const checks = [...budget, ...identity, ...addresses, ...await quotaChecks(plan, source), ...await dryRuns(plan, source, { execution, owner })];
  const checked = { ...plan, expectedCost: expected, checks };
  if (bytes(checked) > MOST_BYTES) {
    throw new PlanTooLarge(`the plan for ${source.instanceId} with its ${source.volumes.length} volumes has ${bytes(checked)} bytes, but a state of`
      + ' Step Functions holds 262,144 together with the rest: remove tags from the volumes, or exclude some of them');
  }
  const atTheEnd = bytes(checked) + (plan.fleet ? plan.volumes.length * BYTES_PER_CLONED_VOLUME + request.count * BYTES_PER_FLEET_CLONE
    : (request.count + 1) * plan.volumes.length * BYTES_PER_CLONED_VOLUME);
  if (atTheEnd > MOST_BYTES_AT_THE_END) {
    throw new PlanTooLarge(`plan and ids of ${request.count} clones with ${plan.volumes.length} volumes each come to ${atTheEnd} bytes, but a state of`
      + ' Step Functions holds 262,144: make fewer at a time');
  }
  return { plan: checked };
}

/** A reservation of the source would take from others what they may do now. */
async function refuseOtherWriters({ sourceInstanceId, shared }: Pick<Plan, 'sourceInstanceId' | 'shared'>): Promise<void> {
  const writers = await otherWriters(reservedBySource(shared), sourceInstanceId);
  if (writers.length === 0) return;
  throw new VolumeStrategyRefused(`"reservation": "write-exclusive" would keep these instances from writing to what they have attached: ${writers.join(', ')}. Detach it from them,`
    + ' or leave "reservation" out');
}

/** The request may only lower what the construct allows. */
function checkBudget({ maxCost, planOnly }: Request, expected: ExpectedCost, allowed: number | null): Check[] {
  const limits = [maxCost, allowed].filter(limit => limit !== null);
  if (limits.length === 0) return [];
  const limit = Math.min(...limits);
  const problem = overBudget(expected, limit);
  if (problem && !planOnly) throw problem;
  return [{ check: 'cost', ...problem ? { result: 'not possible', detail: problem.message } : { result: 'passed', detail: `${expected.amount} of at most ${limit}` } }];
}

/** Asked only where it may matter: the account's volumes are counted for it. */
async function copyFacts({ strategy, count, consistency, volumes }: Request, source: Source): Promise<CopyFacts> {
  const several = source.volumes.filter(({ device }) => volumes[device]?.exclude !== true).length > 1;
  const pointless = count > 1 || (several && consistency === 'crash' && source.state === 'running');
  const wanted = [strategy, ...Object.values(volumes).map(override => override.strategy ?? strategy)];
  return pointless || wanted.every(one => one === 'snapshot') ? NO_COPIES : readCopyFacts(await readCopyLimit(NO_COPIES.limit));
}
