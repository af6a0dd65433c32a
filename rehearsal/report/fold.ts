import type { CallStory, Visit } from './story';

/** One stay in a state, and the calls made meanwhile. */
export interface Stay {
  readonly visit: Visit;
  readonly calls: readonly CallStory[];
}

/** Stays that a report tells in one line: one, or all turns of a waiting loop. */
export interface Passage {
  readonly stays: readonly Stay[];
  /** How often the loop went round; 1 outside of loops. */
  readonly turns: number;
}

/** The longest loop that is recognised, in states. */
const longestLoop = 8;

/** Folds the turns of loops together, as stays come in; each passage comes out once it is known to be over. */
export class Folding {
  private held: Stay[] = [];
  private loop?: { readonly states: ReadonlySet<string>; readonly stays: Stay[] };

  add(stay: Stay): Passage[] {
    const { state } = stay.visit;
    if (this.loop?.states.has(state)) {
      this.loop.stays.push(stay);
      return [];
    }
    const over = this.loop ? this.flush() : [];
    const start = this.held.findIndex(each => each.visit.state === state);
    if (start >= 0) {
      const turn = this.held.splice(start);
      over.push(...this.flush());
      this.loop = { states: new Set(turn.map(each => each.visit.state)), stays: [...turn, stay] };
      return over;
    }
    this.held.push(stay);
    if (this.held.length > longestLoop) over.push(single(this.held.shift()!));
    return over;
  }

  /** What is still held back, when nothing more comes. */
  flush(): Passage[] {
    const over = this.held.map(single);
    if (this.loop) over.push({ stays: this.loop.stays, turns: turnsOf(this.loop.stays) });
    this.held = [];
    this.loop = undefined;
    return over;
  }
}

function single(stay: Stay): Passage {
  return { stays: [stay], turns: 1 };
}

function turnsOf(stays: readonly Stay[]): number {
  const visits = new Map<string, number>();
  for (const { visit } of stays) visits.set(visit.state, (visits.get(visit.state) ?? 0) + 1);
  return Math.max(...visits.values());
}

/** The states of a passage that do something, in order; the waiting and choosing between them goes without saying. */
export function statesOf({ stays }: Passage): string[] {
  const all = [...new Map(stays.map(({ visit }) => [visit.state, visit])).values()];
  const working = all.filter(visit => !['Wait', 'Choice', 'Pass'].includes(visit.type));
  return (working.length > 0 ? working : all).map(visit => visit.state);
}
