import { clockTime, count, duration, readableCause } from '../format';
import type { ExecutionStory, Lane, ResourceType, Story, Visit } from '../story';
import { escaped, place } from './markup';
import type { Axis } from './scale';

interface Bar {
  readonly from: number;
  readonly to: number;
  readonly kind: string;
  readonly text: string;
  readonly tip: readonly string[];
}

interface Row {
  readonly label: string;
  readonly depth?: number;
  readonly note: string;
  readonly bars: readonly Bar[];
}

/** The states of each execution and the lives of the resources, above one another on one axis of time. */
export function chart(story: Story, axis: Axis): string {
  const groups = [
    ...story.executions.map(execution => group(
      execution.machine, `${execution.status.toLowerCase()}, ${count(execution.transitions, 'state transition')}`, stateRows(execution, story), axis)),
    ...laneGroups(story).map(({ title, note, rows }) => group(title, note, rows, axis)),
  ];
  return `<div class="chart" role="img" aria-label="Timeline; the tables below hold the same in words">
<div class="axis"><div class="track">${ticks(axis)}</div></div>
${groups.join('\n')}
<div class="moments"><div class="track">${[...story.moments].sort((a, b) => a.time - b.time).map(({ time, label }) =>
    `<i class="moment" style="${place('x', axis.pressed.scale(time), axis.true.scale(time))}"><b>${escaped(label)}</b></i>`).join('')}</div></div>
</div>`;
}

function ticks({ pressed, true: even }: Axis): string {
  return [['pressed', pressed] as const, ['even', even] as const].map(([name, { ticks: all }]) => all.map(({ at, label }) =>
    `<i class="tick ${name}${at < 2 ? ' first' : at > 94 ? ' last' : ''}" style="left:${at.toFixed(2)}%"><b>${escaped(label)}</b></i>`).join('')).join('');
}

function group(title: string, note: string, rows: readonly Row[], axis: Axis): string {
  return `<section class="group"><h3>${escaped(title)} <small>${escaped(note)}</small></h3>
${rows.map(row => drawn(row, axis)).join('\n')}</section>`;
}

function drawn({ label, depth = 0, note, bars }: Row, axis: Axis): string {
  return `<div class="row"><div class="label${/^[a-z]+-[0-9a-f]+$/.test(label) ? ' id' : ''}"><span style="padding-left:${depth}em">${escaped(label)}</span><small>${escaped(note)}</small></div><div class="track">${
    bars.map(bar => {
      const [from, to] = [axis.pressed.scale(bar.from), axis.pressed.scale(bar.to)];
      const [evenFrom, evenTo] = [axis.true.scale(bar.from), axis.true.scale(bar.to)];
      const side = from > 55 ? ' left' : '';
      return `<i class="bar ${bar.kind}" style="${place('x', from, evenFrom)};${place('w', to - from, evenTo - evenFrom)}"><b>${escaped(bar.text)}</b>`
        + `<span class="tip${side}">${bar.tip.map(escaped).join('<br>')}</span></i>`;
    }).join('')}</div></div>`;
}

/** One row per state, in the order of first entry; each stay is a bar, so loops show as many. */
function stateRows({ visits }: ExecutionStory, story: Story): Row[] {
  const states = [...new Set(visits.map(visit => visit.state))];
  return states.map(state => {
    const stays = visits.filter(visit => visit.state === state);
    const spent = stays.reduce((sum, visit) => sum + (visit.to ?? story.to) - visit.from, 0);
    return {
      label: state, depth: stays[0]!.depth, note: stays.length > 1 ? `${stays.length} × · ${duration(spent)}` : duration(spent), bars: stays.map(visit => stateBar(visit, story)),
    };
  });
}

function stateBar(visit: Visit, story: Story): Bar {
  const to = visit.to ?? story.to;
  const kind = visit.outcome === 'failed' ? 'failed' : visit.outcome === 'aborted' ? 'aborted' : visit.failures.length > 0 ? 'retried' : kindOf(visit.type);
  return {
    from: visit.from, to, kind, text: visit.outcome === 'failed' ? '✗' : visit.outcome === 'aborted' ? 'aborted' : '',
    tip: [
      visit.state, `${visit.type} · ${clockTime(visit.from)} – ${clockTime(to)} · ${duration(to - visit.from)}`,
      ...visit.failures.map(({ time, error, cause }) => `✗ ${clockTime(time)} ${error}${cause ? `: ${readableCause(cause)!.slice(0, 240)}` : ''}`),
      ...visit.outcome === 'aborted' ? ['aborted here'] : [],
    ],
  };
}

function kindOf(type: string): string {
  return type === 'Task' ? 'task' : type === 'Wait' ? 'wait' : ['Parallel', 'Map'].includes(type) ? 'frame' : 'turn';
}

const titles: Record<ResourceType, string> = {
  'instance': 'Instances', 'volume': 'Volumes', 'snapshot': 'Snapshots', 'image': 'Images', 'network-interface': 'Network interfaces',
};

function laneGroups({ lanes, to }: Story): { title: string; note: string; rows: Row[] }[] {
  return (Object.keys(titles) as ResourceType[]).flatMap(type => {
    const of = lanes.filter(lane => lane.type === type);
    if (of.length === 0) return [];
    const made = of.filter(lane => !lane.existed);
    const note = [`${made.length} made`, `${made.filter(lane => lane.gone).length} of them removed again`];
    return [{ title: titles[type], note: made.length > 0 ? note.join(', ') : 'none made', rows: of.map(lane => laneRow(lane, to)) }];
  });
}

function laneRow({ id, label, existed, spans }: Lane, end: number): Row {
  return {
    label: id,
    note: [existed ? 'source' : '', label].filter(Boolean).join(' · '),
    bars: spans.map(span => {
      const to = span.to ?? end;
      return {
        from: span.from, to, kind: lifeOf(span.state), text: span.state,
        tip: [`${id} ${label}`, `${span.state} · ${clockTime(span.from)} – ${span.to === undefined ? 'the end' : clockTime(to)} · ${duration(to - span.from)}`],
      };
    }),
  };
}

/** How far the state of a resource is from being of use. */
function lifeOf(state: string): string {
  if (/^(pending|creating|attaching|transient)/.test(state)) return 'coming';
  if (/^(running|in-use|completed|available)$/.test(state)) return state === 'available' ? 'usable idle' : 'usable';
  if (/^(stopping|shutting-down|deleting|detaching)/.test(state)) return 'going';
  if (/^(error|failed|invalid)/.test(state)) return 'failed';
  return 'still';
}
