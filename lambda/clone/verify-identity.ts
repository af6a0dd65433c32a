import { IdentityNotVerified } from '../shared/errors';
import type { Identity, Report } from '../shared/identity';
import { type Failure, type Sorted, sortOut } from '../shared/plan/fleet';
import type { Plan } from '../shared/plan/plan';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  /** Of a fleet: what failed so far, and may. Null: none may fail. */
  readonly failures?: readonly Failure[] | null;
  readonly source: Report | null;
  readonly clones: readonly { readonly id: string; readonly report: Report }[];
  /** What the clones were before the reset; empty without one. */
  readonly found: readonly { readonly instanceId: string; readonly identity: Identity }[];
}
export interface Output extends Sorted {
  readonly identity: Identities;
}
/** What the execution tells of the identities. */
export interface Identities {
  readonly mode: 'reset' | 'report';
  /** With whom the clones were compared: the source itself, or, where it did not answer, what they had taken over from it. */
  readonly comparedWith: 'source' | 'found';
  readonly clones: readonly {
    readonly instanceId: string;
    readonly hostname: string | null;
    /** What is still the source's. */
    readonly shared: readonly string[];
  }[];
}

/** Fails the clones that are still their source, or one another; only afterwards is anything let out of isolation. */
export async function handler({ plan, instanceIds, failures = null, source, clones, found }: Input): Promise<Output> {
  const mode = plan.identity?.mode ?? 'report';
  const wrong = new Map(instanceIds.flatMap(id => {
    const index = clones.findIndex(one => one.id === id);
    const clone = clones[index];
    const problems = clone ? [
      ...registrationProblems(clone),
      ...mode === 'reset' ? [...resetProblems(clone, originalsOf(id, source, found)), ...twins(clone, clones.slice(0, index))] : [],
    ] : ['did not say who it is'];
    return problems.length > 0 ? [[id, problems.join(', ')] as const] : [];
  }));
  const sorted = sortOut(instanceIds, failures, wrong, lines => new IdentityNotVerified(lines.join('\n')));
  return {
    ...sorted,
    identity: {
      mode,
      comparedWith: source ? 'source' : 'found',
      clones: clones.filter(({ id }) => sorted.instanceIds.includes(id))
        .map(({ id, report }) => ({ instanceId: id, hostname: report.hostname, shared: sharedWith(report, originalsOf(id, source, found)) })),
    },
  };
}

type Clone = Input['clones'][number];

/** Whom a clone must not be: its source; where that did not answer, what the clone had taken over from it. */
function originalsOf(id: string, source: Report | null, found: Input['found']): Identity[] {
  return source ? [source] : found.filter(({ instanceId }) => instanceId === id).map(({ identity }) => identity);
}

/** Systems Manager spoke with the clone under the clone's id; agent and metadata have to say the same. */
function registrationProblems({ id, report: { registration, instanceId } }: Clone): string[] {
  return [
    ...registration === id ? [] : [`is registered in Systems Manager as ${registration ?? 'nobody'}`],
    ...instanceId === null || instanceId === id ? [] : [`had its command run by ${instanceId}`],
  ];
}

function resetProblems({ report }: Clone, originals: readonly Identity[]): string[] {
  return [
    ...report.machineId === null ? ['has no machine id'] : [],
    ...originals.length === 0 ? ['can be compared with nothing'] : [],
    ...sharedWith(report, originals).filter(what => what !== 'hostname').map(what => `has the ${what} of its source`),
  ];
}

function sharedWith({ machineId, hostKeys, hostname }: Identity, originals: readonly Identity[]): string[] {
  return [
    ...originals.some(other => machineId !== null && other.machineId === machineId) ? ['machine id'] : [],
    ...hostKeys.filter(key => originals.some(other => other.hostKeys.includes(key))).map(key => `host key ${key}`),
    ...originals.some(other => hostname !== null && other.hostname === hostname) ? ['hostname'] : [],
  ];
}

/** Of two clones that are one the second is told. */
function twins({ report }: Clone, earlier: readonly Clone[]): string[] {
  return earlier.flatMap(other => sharedWith(report, [other.report]).filter(what => what !== 'hostname').map(what => `has the ${what} of ${other.id}`));
}
