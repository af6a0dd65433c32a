import type { CallRecord } from '../cloud/account';
import type { CallStory } from './story';

const reading = /^(Describe|Get|List|Head|Query|Scan|BatchGet|Simulate|Decode)/;
const resourceId = /^(i|vol|snap|ami|eni|sg|subnet|key|lt|r)-[0-9a-f]{8,17}$/;

/** What a report tells of a call. */
export function storyOf({ time, service, operation, input, output, error }: CallRecord): CallStory {
  const dryRun = 'DryRun' in input && input.DryRun === true;
  return { time, service, operation, dryRun, changes: !dryRun && !reading.test(operation), ids: subject(input, output), error: error?.code };
}

/** The ids that the answer brought; where it brought none, those that the call was about. */
function subject(input: object, output: object | undefined): string[] {
  const given = idsIn(input);
  const made = idsIn(output).filter(id => !given.includes(id) && /^(i|vol|snap|ami|eni)-/.test(id));
  return made.length > 0 ? made : given;
}

function idsIn(value: unknown, found: string[] = []): string[] {
  if (typeof value === 'string') {
    if (resourceId.test(value) && !found.includes(value)) found.push(value);
  } else if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
    for (const each of Object.values(value)) idsIn(each, found);
  }
  return found;
}
