import { count, duration, readableCause, wrapped } from './format';
import { planIn, planRows } from './plan';
import type { Lane, ResourceType, Story } from './story';
import type { Style } from './style';

/** How a rehearsal ended, for a person to read. */
export function summary(story: Story, style: Style): string[] {
  const [main] = story.executions;
  const kept = story.expectations.every(each => each.holds);
  const plan = planIn(main?.output);
  // where something was made, what was planned is no news; and of many plans none is the one
  const planned = story.lanes.every(lane => lane.existed) && story.executions.filter(each => planIn(each.output)).length === 1;
  const rows: [string, string[]][] = [
    ['Result', result(story, style)],
    ['Made', inventoryOf(story.lanes.filter(lane => !lane.existed && !lane.gone), 'nothing')],
    ['Removed', inventoryOf(story.lanes.filter(lane => !lane.existed && lane.gone), 'nothing')],
    ['Clones', story.clones.flatMap(clone => clone.volumes.map(volume => {
      const verdict = volume.equalsSourceAtSnapshot && volume.laterWritesSeen === 0
        ? style.good(`${count(volume.blocksCompared, 'block')} equal the source's at the snapshot's instant, none is later`)
        : style.bad(`differs from the source at the snapshot's instant (${count(volume.laterWritesSeen, 'later write')} seen)`);
      return `${clone.instanceId}  ${volume.device.padEnd(10)} ${volume.volumeId}  ${verdict}`;
    }))],
    ...plan && planned ? planRows(plan) : [],
    ['Expected', story.expectations.map(({ what, holds, detail }) =>
      `${holds ? style.good('✓') : style.bad('✗')} ${what}${detail ? style.faint(`  (${detail})`) : ''}`)],
    ['Denied', story.permissions.denied.map(each => style.bad(each))],
    ['Numbers', [numbers(story)]],
  ];
  const lines = rows.filter(([, values]) => values.length > 0)
    .flatMap(([title, values]) => values.map((value, index) => `${(index === 0 ? title : '').padEnd(10)}${value}`));
  const verdict = kept ? style.good(style.bold('All as expected.')) : style.bad(style.bold('Not as expected.'));
  return [style.bold(`${story.scenario}: ${story.description}`), ...lines, '', main ? verdict : style.bad('Nothing ran.')];
}

function result(story: Story, style: Style): string[] {
  const [main] = story.executions;
  if (!main) return [style.bad('no execution')];
  const took = main.to === undefined ? '' : ` after ${duration(main.to - main.from)}`;
  if (main.status === 'SUCCEEDED') return [`${style.good(main.status)}${took}`];
  const cause = readableCause(main.cause);
  return [`${style.bad([main.status, main.error].filter(Boolean).join(' · '))}${took}`, ...cause ? wrapped(cause, 110) : []];
}

const nouns: Record<ResourceType, string> = {
  'instance': 'instance', 'volume': 'volume', 'network-interface': 'network interface', 'snapshot': 'snapshot', 'image': 'image',
};

function inventoryOf(lanes: readonly Lane[], none: string): string[] {
  if (lanes.length === 0) return [none];
  return (Object.keys(nouns) as ResourceType[]).flatMap(type => {
    const ids = lanes.filter(lane => lane.type === type).map(lane => lane.id);
    return ids.length === 0 ? [] : [`${count(ids.length, nouns[type]).padEnd(22)}${ids.join(' ')}`];
  });
}

function numbers(story: Story): string {
  const transitions = total(story, each => each.transitions);
  const events = total(story, each => each.historyEvents);
  return [
    count(transitions, 'state transition'), count(events, 'history event'), count(story.calls.length, 'API call'),
    `${duration(story.to - story.from)} of virtual time`, `${story.realSeconds.toFixed(1)} s of real time`,
  ].join(' · ');
}

function total(story: Story, of: (execution: Story['executions'][number]) => number): number {
  return story.executions.reduce((sum, each) => sum + of(each), 0);
}
