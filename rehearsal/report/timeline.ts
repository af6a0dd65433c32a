import { Folding, type Passage, statesOf } from './fold';
import { clockTime, duration, readableCause, wrapped } from './format';
import type { Follower } from './recorder';
import type { CallStory, ExecutionStory, Visit } from './story';
import type { Style } from './style';

/** Prints what happens, line by line, in virtual time. */
export class Timeline implements Follower {
  private readonly folding = new Map<ExecutionStory, Folding>();
  private readonly inside = new Map<Visit, CallStory[]>();
  private current?: ExecutionStory;
  private day?: string;

  constructor(private readonly print: (line: string) => void, private readonly style: Style) {}

  entered(execution: ExecutionStory, visit: Visit): void {
    if (!containers.has(visit.type)) {
      this.inside.set(visit, []);
      return;
    }
    // what lies inside comes next, so the outer state is told at once
    this.tell(execution, this.foldingOf(execution).flush());
    this.heading(execution);
    this.line(visit.from, '', this.indented(visit, this.style.bold(visit.state)));
  }

  called(call: CallStory): void {
    // calls belong to the task that was entered last: a machine of ours does one thing at a time
    const open = [...this.inside].filter(([visit]) => visit.type === 'Task').at(-1);
    open?.[1].push(call);
  }

  left(execution: ExecutionStory, visit: Visit): void {
    if (containers.has(visit.type)) return this.leftContainer(execution, visit);
    const calls = this.inside.get(visit) ?? [];
    this.inside.delete(visit);
    this.tell(execution, this.foldingOf(execution).add({ visit, calls }));
  }

  ended(execution: ExecutionStory): void {
    this.tell(execution, this.foldingOf(execution).flush());
    const { status, error, cause, machine } = execution;
    const verdict = status === 'SUCCEEDED' ? this.style.good(status) : this.style.bad([status, error].filter(Boolean).join(' · '));
    this.heading(execution);
    this.line(execution.to!, '', `${this.style.bold(machine)} ${verdict}`);
    for (const line of cause ? wrapped(readableCause(cause)!, 100) : []) this.print(`${indent}${this.style.faint(line)}`);
  }

  private leftContainer(execution: ExecutionStory, visit: Visit): void {
    this.tell(execution, this.foldingOf(execution).flush());
    if (visit.outcome === 'left') return;
    this.heading(execution);
    this.line(visit.to!, '', this.indented(visit, `${this.style.bold(visit.state)}  ${this.style.bad(visit.outcome === 'aborted' ? 'aborted' : '✗')}`));
  }

  private foldingOf(execution: ExecutionStory): Folding {
    const folding = this.folding.get(execution) ?? new Folding();
    this.folding.set(execution, folding);
    return folding;
  }

  private tell(execution: ExecutionStory, passages: readonly Passage[]): void {
    if (passages.length === 0) return;
    this.heading(execution);
    for (const passage of passages) this.passage(passage);
  }

  private heading(execution: ExecutionStory): void {
    if (this.current === execution) return;
    if (this.current) this.print('');
    this.current = execution;
    this.print(this.style.bold(`${execution.machine}`) + this.style.faint(`  ${execution.arn.split(':').at(-1)}`));
  }

  private passage(passage: Passage): void {
    const visits = passage.stays.map(stay => stay.visit);
    const first = visits[0]!;
    const last = visits.at(-1)!;
    const took = last.to === undefined ? '' : duration(last.to - first.from);
    this.line(first.from, took, this.indented(first, `${this.title(passage)}${this.failures(visits)}`));
    for (const line of callLines(passage.stays.flatMap(stay => stay.calls))) {
      this.print(`${indent}${line.error ? this.style.bad(line.text) : this.style.accent(line.text)}`);
    }
  }

  private line(time: number, took: string, text: string): void {
    this.newDay(time);
    this.print(`${this.style.faint(clockTime(time))}  ${took.padStart(12)}  ${text}`);
  }

  private indented({ depth }: Visit, text: string): string {
    return '  '.repeat(depth) + text;
  }

  private title(passage: Passage): string {
    const [first] = passage.stays;
    const states = statesOf(passage).join(', ');
    if (passage.turns > 1) return `${states}  ${this.style.faint(`⟲ ${passage.turns} times`)}`;
    return first && ['Wait', 'Choice', 'Pass'].includes(first.visit.type) ? this.style.faint(states) : states;
  }

  private failures(visits: readonly Visit[]): string {
    const failures = visits.flatMap(visit => visit.failures.map(({ error }) => error));
    if (failures.length === 0) return visits.some(visit => visit.outcome === 'aborted') ? `  ${this.style.bad('aborted')}` : '';
    const counts = [...new Set(failures)].map(error => {
      const times = failures.filter(each => each === error).length;
      return times > 1 ? `${error} × ${times}` : error;
    });
    const gaveUp = visits.some(visit => visit.outcome === 'failed');
    return `  ${this.style.bad(`${gaveUp ? '✗' : 'retried after'} ${counts.join(', ')}`)}`;
  }

  private newDay(time: number): void {
    const day = new Date(time).toISOString().slice(0, 10);
    if (this.day !== undefined && this.day !== day) this.print(this.style.faint(`— ${day} —`));
    this.day = day;
  }
}

/** States that other states lie in. */
const containers = new Set(['Parallel', 'Map']);

/** Where calls stand, below the name of their state. */
const indent = ' '.repeat(8 + 2 + 12 + 2 + 6);

/** The calls that changed something, equal ones together. */
export function callLines(calls: readonly CallStory[]): { text: string; error: boolean }[] {
  const groups = new Map<string, CallStory[]>();
  for (const call of calls) {
    if (!call.changes && !call.error) continue;
    if (call.error === 'DryRunOperation') continue;
    const key = [call.service, call.operation, call.error].join(' ');
    groups.set(key, [...groups.get(key) ?? [], call]);
  }
  return [...groups.values()].map(group => {
    const [{ service, operation, error, dryRun }] = group as [CallStory];
    const ids = [...new Set(group.flatMap(call => call.ids))];
    const shown = ids.length > 6 ? [...ids.slice(0, 5), `… ${ids.length - 5} more`] : ids;
    const name = `${serviceNames[service] ?? service} ${operation}${dryRun ? ' (dry run)' : ''}${group.length > 1 ? ` × ${group.length}` : ''}`;
    return { text: [name, error ? `✗ ${error}` : shown.join(' ')].filter(Boolean).join('  '), error: Boolean(error) };
  });
}

/** Services as people write them. */
const serviceNames: Record<string, string> = { DYNAMODB: 'DynamoDB', CLOUDWATCH: 'CloudWatch', SERVICE_QUOTAS: 'Service Quotas' };
