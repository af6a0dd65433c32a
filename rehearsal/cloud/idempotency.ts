import type { NormalizedSchema } from '@smithy/core/schema';
import type { Clock } from '../clock';
import { AwsError, type Call, type Service } from './service';

interface Remembered {
  readonly parameters: string;
  readonly output: Promise<object>;
  readonly until: number;
}

/**
 * Remembers answers by idempotency token. Which member is the token says the schema: the client fills it with a fresh
 * value when the caller gives none, so that only the client's own retries share it.
 */
export class Idempotency {
  private readonly answers = new Map<string, Remembered>();

  constructor(private readonly clock: Clock) {}

  /** Runs an operation, unless it was run with this token already: then it answers as it did. */
  async once(service: Service, schema: NormalizedSchema, input: object, call: Call, run: () => Promise<object>): Promise<object> {
    const member = tokenMember(schema);
    const token = member && (input as Readonly<Record<string, unknown>>)[member];
    if (!token) return run();

    const key = `${service.id} ${call.operation} ${String(token)}`;
    const parameters = canonical({ ...input, [member]: undefined, DryRun: undefined });
    const known = this.answers.get(key);
    if (known && this.clock.now() < known.until) {
      if (known.parameters !== parameters) throw mismatch(service);
      const first = await known.output;
      return service.repeats?.[call.operation]?.(first, call) ?? first;
    }

    const output = run();
    this.answers.set(key, { parameters, output, until: this.clock.now() + lifetime(service) });
    // a refused request leaves nothing to be repeated: its token may be used again
    output.catch(() => this.answers.delete(key));
    return output;
  }
}

function tokenMember(schema: NormalizedSchema): string | undefined {
  if (!schema.isStructSchema()) return undefined;
  for (const [name, member] of schema.structIterator()) {
    if (member.isIdempotencyToken()) return name;
  }
  return undefined;
}

/**
 * How long a token counts. DynamoDB: 10 minutes (TransactWriteItems, "ClientRequestToken"). EC2 states no end for most of
 * its operations; here its tokens count for ever.
 */
function lifetime({ id }: Service): number {
  return id === 'DYNAMODB' ? 10 * 60_000 : Infinity;
}

function mismatch({ id }: Service): AwsError {
  return id === 'EC2'
    ? new AwsError('IdempotentParameterMismatch',
      'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).')
    : new AwsError('IdempotentParameterMismatchException', 'The request uses the same client token as a previous, but non-identical request.');
}

/** JSON in which the order of keys does not count. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (isPlain(each)
    ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
    : each));
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
