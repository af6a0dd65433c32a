import type { Clock } from '../clock';
import { AwsError } from './service';

/** How many calls at once, and how many more each second. */
export interface Limit {
  readonly capacity: number;
  readonly perSecond: number;
}

// "Request throttling for the Amazon EC2 API", developer guide: buckets are per account, Region and API.
const reading: Limit = { capacity: 100, perSecond: 20 };
const readingEverything: Limit = { capacity: 50, perSecond: 10 };
const mutating: Limit = { capacity: 50, perSecond: 5 };
const requests: Readonly<Record<string, Limit>> = {
  RunInstances: { capacity: 5, perSecond: 2 },
  StartInstances: { capacity: 5, perSecond: 2 },
  TerminateInstances: { capacity: 100, perSecond: 5 },
  CreateSnapshot: { capacity: 100, perSecond: 5 },
  CreateSnapshots: { capacity: 100, perSecond: 5 },
  CreateVolume: { capacity: 100, perSecond: 5 },
  CreateNetworkInterface: { capacity: 100, perSecond: 5 },
  AssociateIamInstanceProfile: { capacity: 100, perSecond: 5 },
  CreateTags: { capacity: 100, perSecond: 10 },
  CopyImage: { capacity: 100, perSecond: 1 },
};
/** Some calls also pay for each instance they touch. */
const resources: Readonly<Record<string, Limit & { of(input: InstancesInput): number }>> = {
  RunInstances: { capacity: 1000, perSecond: 2, of: input => input.MaxCount ?? 1 },
  StopInstances: { capacity: 1000, perSecond: 20, of: input => input.InstanceIds?.length ?? 0 },
};
const costlyWhenUnfiltered = new Set(['DescribeInstances', 'DescribeSnapshots', 'DescribeVolumes', 'DescribeNetworkInterfaces']);

interface InstancesInput {
  readonly MaxCount?: number;
  readonly InstanceIds?: readonly string[];
}

interface Bucket {
  readonly limit: Limit;
  tokens: number;
  at: number;
}

/** The token buckets of EC2's API, refilled as virtual time goes by. Other services' limits are not rehearsed. */
export class Throttle {
  private readonly buckets = new Map<string, Bucket>();
  private readonly overrides = new Map<string, Limit>();

  constructor(private readonly clock: Clock) {}

  /** Gives an operation another limit than AWS's, for scenarios of a busy account. */
  limit(operation: string, limit: Limit): void {
    this.overrides.set(operation, limit);
    this.buckets.delete(operation);
  }

  /** Takes what a call costs, or refuses it. */
  take(serviceId: string, operation: string, input: object): void {
    if (serviceId !== 'EC2') return;
    const everything = costlyWhenUnfiltered.has(operation) && isUnfiltered(input);
    const limit = this.overrides.get(operation) ?? (everything ? readingEverything : requestLimit(operation));
    this.spend(everything && !this.overrides.has(operation) ? `${operation} of everything` : operation, limit, 1);
    const resource = resources[operation];
    if (resource) this.spend(`${operation} resources`, resource, resource.of(input));
  }

  private spend(name: string, limit: Limit, cost: number): void {
    const now = this.clock.now();
    const bucket = this.buckets.get(name) ?? { limit, tokens: limit.capacity, at: now };
    bucket.tokens = Math.min(limit.capacity, bucket.tokens + (now - bucket.at) / 1000 * limit.perSecond);
    bucket.at = now;
    this.buckets.set(name, bucket);
    if (bucket.tokens < cost) throw new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503);
    bucket.tokens -= cost;
  }
}

function requestLimit(operation: string): Limit {
  return requests[operation] ?? (/^(Describe|Get|List)/.test(operation) ? reading : mutating);
}

/** Neither filters, nor ids, nor pages. */
function isUnfiltered(input: object): boolean {
  return Object.entries(input).every(([name, value]) => name === 'DryRun' || value === undefined || (Array.isArray(value) && value.length === 0));
}
