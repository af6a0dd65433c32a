import type { Story } from './story';

/** A rehearsal as one JSON document, for programs to read. */
export function jsonOf(story: Story): object {
  const [main, ...others] = story.executions;
  const named = ({ type, id }: Story['lanes'][number]) => ({ type, id });
  return {
    scenario: story.scenario,
    outcome: main?.status ?? 'NONE',
    asExpected: story.expectations.every(each => each.holds),
    execution: main && {
      arn: main.arn, machine: main.machine, status: main.status, input: main.input, output: main.output, error: main.error, cause: main.cause,
    },
    otherExecutions: others.map(({ arn, machine, status, error }) => ({ arn, machine, status, error })),
    clones: story.clones,
    created: story.lanes.filter(lane => !lane.existed && !lane.gone).map(named),
    removed: story.lanes.filter(lane => !lane.existed && lane.gone).map(named),
    expectations: story.expectations,
    transitions: story.executions.reduce((sum, each) => sum + each.transitions, 0),
    historyEvents: story.executions.reduce((sum, each) => sum + each.historyEvents, 0),
    apiCalls: story.calls.length,
    virtualSeconds: (story.to - story.from) / 1000,
    realSeconds: story.realSeconds,
    seed: story.seed,
    region: story.region,
    permissions: story.permissions,
  };
}
