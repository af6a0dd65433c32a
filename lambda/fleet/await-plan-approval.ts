import { ask, section } from '../shared/approval';
import { keysOf } from '../shared/fleet/objects';
import type { FleetPlanDocument } from '../shared/fleet/plan';
import { readJson } from '../shared/objects';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
  readonly topicArn: string;
  /** Whoever sends success by it approves. */
  readonly taskToken: string;
}
/** The answer is the approver's, not the handler's. */
export type Output = Record<string, never>;

/** A mail of more lines is read by nobody. */
const MOST_LINES = 50;

/** Tells people what is planned, and how they approve or refuse it. */
export async function handler({ bucket, prefix, topicArn, taskToken, execution }: Input): Promise<Output> {
  const keys = keysOf({ prefix });
  const plan = await readJson<FleetPlanDocument>(bucket, keys.plan);
  const story = storyOf(plan, execution, `s3://${bucket}/${keys.page}`);
  await ask(topicArn, { subject: `Approve the fleet to ${plan.destination}?`, story, refusal: 'FleetRefused' }, taskToken);
  return {};
}

function storyOf({ destination, moves, refusals, notes, gap }: FleetPlanDocument, execution: string, page: string): string[] {
  const at = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 16);
  return [
    `${execution} wants to move ${moves.length} instance(s) to ${destination}.`,
    `The plan costs at most ${(100 * gap).toFixed(1)} % more than the best there could be. It is drawn in ${page}.`,
    ...section('Moves', short(moves.map(({ id, name, start, end, link, rate, downtime }) =>
      `${name ?? id} from ${at(start)} to ${at(end)} UTC over ${link} at ${Math.round(rate * 8 / 1e6)} Mbit/s, about ${Math.round(downtime)} s down`))),
    ...section('Not moved', short(refusals.map(({ reason }) => reason))),
    ...section('To know', notes),
  ];
}

const short = (lines: readonly string[]): string[] => [...lines.slice(0, MOST_LINES), ...lines.length > MOST_LINES ? [`… and ${lines.length - MOST_LINES} more`] : []];
