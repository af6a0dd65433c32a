/** A group whose members switch together, as the input of each member's move tells it. */
export interface Group {
  /** Names the attempt of this group to switch; another attempt has another one. */
  readonly id: string;
  /** Ids of instances; each is moved by an execution of its own. */
  readonly members: readonly string[];
  /** ISO 8601: for so long a member waits for the others. */
  readonly until: string;
}

/** Who is ready, and what was decided of it for all. */
export interface Gate {
  readonly members: readonly string[];
  /** By member. */
  readonly ready: Readonly<Record<string, Ready>>;
  /** Decided once: what is open is never closed, and what is closed never opened. */
  readonly verdict: 'waiting' | 'open' | 'closed';
  readonly closed: { readonly by: string; readonly why: string } | null;
}

export interface Ready {
  readonly execution: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** One member, and the execution that moves it. */
export interface Member {
  readonly group: Group;
  readonly id: string;
  readonly execution: string;
}

/** So long a member waits at most: an execution has 25,000 events, and each look at the others takes some. */
const LONGEST_WAIT_MS = 12 * 3_600_000;

const untouched = ({ members }: Group): Gate => ({ members: [...members].sort(), ready: {}, verdict: 'waiting', closed: null });

/** Why a member can have no part in it; undefined: it can. */
export function strangeness(gate: Gate | undefined, { group, id, execution }: Member): string | undefined {
  if (!gate) return undefined;
  const other = gate.ready[id];
  if (other && other.execution !== execution) return `${id} was announced to the group ${group.id} by ${other.execution} already: begin all of its moves again, under another id`;
  const wanted = untouched(group).members;
  if (wanted.join() === gate.members.join()) return undefined;
  return `the group ${group.id} has the members ${gate.members.join(', ')} for those who came before, and ${wanted.join(', ')} for ${id}: tell all of them the same`;
}

/** A member is ready. The last one opens the gate, if nobody has closed it. */
export function announced(gate: Gate | undefined, { group, id, execution }: Member, now: number): Gate {
  const before = gate ?? untouched(group);
  if (before.verdict !== 'waiting' || before.ready[id]) return before;
  const ready = { ...before.ready, [id]: { execution, at: now } };
  return { ...before, ready, verdict: before.members.every(member => ready[member]) ? 'open' : 'waiting' };
}

/** A member does not switch: it closes the gate for all, unless all were ready before. */
export function withdrawn(gate: Gate | undefined, member: Member, why: string): Gate {
  const before = gate ?? untouched(member.group);
  if (before.verdict !== 'waiting' || strangeness(before, member) !== undefined) return before;
  return { ...before, verdict: 'closed', closed: { by: member.id, why } };
}

/** Milliseconds since the epoch: until when a member that is ready waits for the others. */
export function waitsUntil(gate: Gate, { group, id }: Member, deadline: string | null): number {
  const since = gate.ready[id]?.at ?? -Infinity;
  return Math.min(Date.parse(group.until), since + LONGEST_WAIT_MS, deadline === null ? Infinity : Date.parse(deadline));
}

export const missingAt = ({ members, ready }: Gate): string[] => members.filter(member => !ready[member]);
