import { createHash } from 'node:crypto';
import type { Instance } from '@aws-sdk/client-ec2';
import { findInstances } from '../shared/instances';
import { isRecord } from '../shared/request/rules';
import { startOnce } from '../shared/start-execution';
import type { Step } from '../shared/step';
import { PHASE, tagMap } from '../shared/tags';

export interface Input extends Step {
  /** An event of AWS Health, as EventBridge hands it on. */
  readonly event: unknown;
  /** The machine that moves. */
  readonly machine: string;
  /** Whose instances are moved. */
  readonly tag: { readonly key: string; readonly value: string };
  /** The execution's input besides the instance. */
  readonly request: Readonly<Record<string, unknown>>;
}
export interface Output {
  readonly started: readonly { readonly instanceId: string; readonly execution: string }[];
  /** What the event named and nothing was done about, with the reason. */
  readonly ignored: readonly string[];
}

/**
 * Codes that end with an instance off its host: 'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED' is documented, the others are read in
 * use (AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED) or guessed by their pattern (…_STOP_…): unverified against AWS. Reboots keep instance store.
 */
const TAKES_THE_HOST = /^AWS_EC2_(?:[A-Z_]+_)?INSTANCE_(?:[A-Z_]+_)?(?:RETIREMENT|STOP)_SCHEDULED$/;
const INSTANCE = /^i-([0-9a-f]{8}|[0-9a-f]{17})$/;

/** Starts one move for each instance that the event announces; a repeated event finds its executions by their names. */
export async function handler({ event, machine, tag, request }: Input): Promise<Output> {
  const { code, status, arn, entities } = announcement(event);
  if (!TAKES_THE_HOST.test(code)) return { started: [], ignored: [`${code || 'an event without a code'} takes no instance off its host`] };
  if (status === 'closed') return { started: [], ignored: [`${arn} is closed`] };
  const instanceIds = entities.filter(entity => INSTANCE.test(entity));
  const found = instanceIds.length === 0 ? [] : await findInstances(instanceIds);
  const started: Output['started'][number][] = [];
  const ignored = entities.filter(entity => !INSTANCE.test(entity)).map(entity => `${entity} is no instance`);
  for (const instanceId of instanceIds) {
    const reason = whyNot(found.find(({ InstanceId }) => InstanceId === instanceId), tag);
    if (reason === undefined) {
      started.push({ instanceId, execution: await startOnce(machine, nameOf(arn, instanceId), { ...request, sourceInstanceId: instanceId }) });
    } else {
      ignored.push(`${instanceId} ${reason}`);
    }
  }
  return { started, ignored };
}

interface Announcement { readonly code: string; readonly status: string; readonly arn: string; readonly entities: readonly string[] }

/** Field by field: an event is somebody else's text. */
function announcement(event: unknown): Announcement {
  const detail = isRecord(event) && isRecord(event['detail']) ? event['detail'] : {};
  const text = (field: string) => (typeof detail[field] === 'string' ? detail[field] : '');
  const affected: readonly unknown[] = Array.isArray(detail['affectedEntities']) ? detail['affectedEntities'] : [];
  const entities = affected.filter(isRecord).filter(({ status }) => status !== 'RESOLVED')
    .flatMap(({ entityValue }) => (typeof entityValue === 'string' ? [entityValue] : []));
  return { code: text('eventTypeCode'), status: text('statusCode'), arn: text('eventArn'), entities: [...new Set(entities)] };
}

function whyNot(instance: Instance | undefined, { key, value }: Input['tag']): string | undefined {
  if (!instance) return 'does not exist in this account and Region';
  const tags = tagMap(instance.Tags);
  if (tags[key] !== value) return `does not carry the tag ${key}=${value}`;
  if (instance.State?.Name !== 'running') return `is ${instance.State?.Name ?? 'in no known state'}: its instance store is erased already`;
  if (tags[PHASE] !== undefined) return `is in phase "${tags[PHASE]}" of a move already`;
  return undefined;
}

/** The same for every delivery of the event. */
function nameOf(eventArn: string, instanceId: string): string {
  return `retirement-${instanceId}-${createHash('sha256').update(eventArn).digest('hex').slice(0, 16)}`;
}
