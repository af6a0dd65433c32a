import type { CallRecord } from '../cloud/account';
import type { CallStory } from './story';

const reading = /^(Describe|Get|List|Head|Query|Scan|BatchGet|Simulate|Decode)/;
const resourceId = /^(i|vol|snap|ami|eni|sg|subnet|key|lt|r)-[0-9a-f]{8,17}$/;

/** What a report tells of a call. */
export function storyOf({ time, service, operation, input, output, error }: CallRecord): CallStory {
  const dryRun = 'DryRun' in input && input.DryRun === true;
  return { time, service, operation, dryRun, changes: !dryRun && !reading.test(operation), ids: subject(operation, input, output), error: error?.code };
}

/** What the calls that make something make. */
const makes: Readonly<Record<string, string>> = {
  RunInstances: 'i-', CreateSnapshots: 'snap-', CreateSnapshot: 'snap-', CreateImage: 'ami-', RegisterImage: 'ami-', CreateVolume: 'vol-',
  CopyVolumes: 'vol-', CreateSecurityGroup: 'sg-',
};

/** The ids of what a call made; where it made nothing, of what it was about. */
function subject(operation: string, input: object, output: object | undefined): string[] {
  const prefix = makes[operation];
  const made = prefix === undefined ? [] : idsIn(output).filter(id => id.startsWith(prefix));
  return made.length > 0 ? made : idsIn(input);
}

function idsIn(value: unknown, found: string[] = []): string[] {
  if (typeof value === 'string') {
    if (resourceId.test(value) && !found.includes(value)) found.push(value);
  } else if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
    for (const each of Object.values(value)) idsIn(each, found);
  }
  return found;
}
