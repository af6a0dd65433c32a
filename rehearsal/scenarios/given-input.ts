import type { JsonObject } from '../json';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue, Source } from './source';
import type { Stage } from './stage';

export interface Given {
  readonly name: string;
  readonly description: string;
  readonly input: JsonObject;
  /** Puts instances into the account; returns the ids of those that may be meant. */
  readonly prepare: (stage: Stage) => readonly string[];
}

/** How many volumes an input leaves out. */
function excluded({ volumes }: JsonObject): number {
  return Object.values((volumes ?? {}) as Record<string, JsonObject>).filter(each => each.exclude === true).length;
}

/** An execution with an input of the user's own; without a `sourceInstanceId` it is the account's only instance. */
export function givenInput({ name, description, input, prepare }: Given): Scenario {
  return {
    name,
    description,
    async play(stage) {
      const known = prepare(stage);
      const request = input.sourceInstanceId === undefined && known.length === 1 ? { ...input, sourceInstanceId: known[0]! } : input;
      const { instances } = stage.account.ec2;
      const source = instances.has(String(request.sourceInstanceId)) ? new Source(stage, String(request.sourceInstanceId)) : undefined;
      if (source && instances.get(source.instanceId)?.State.Name === 'running') source.keepWriting();
      const run = await stage.run(request);
      const clones = source?.prove(run) ?? [];
      const cloned = source !== undefined && run.status === 'SUCCEEDED' && request.planOnly !== true;
      const there = expect('the account has the instance that is to be cloned', source !== undefined, source ? undefined : `there are ${known.join(' ')}`);
      return {
        run, clones, concerned: source?.ids ?? [],
        expectations: [
          there, succeeds(run), nothingLeft(stage.account, run),
          ...source ? [source.noticedNothing()] : [],
          ...cloned ? [clonesAreTrue(clones, Number(request.count ?? 1), source.taps.size - excluded(request))] : [],
        ],
      };
    },
  };
}
