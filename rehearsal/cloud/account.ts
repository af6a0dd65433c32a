import { Clock } from '../clock';
import { Random } from '../random';
import { AutoScaling } from './auto-scaling/state';
import { CloudWatch } from './cloudwatch/state';
import { Consistency } from './consistency';
import { DynamoDb } from './dynamodb/state';
import { Ec2 } from './ec2/state';
import { LoadBalancing } from './elbv2/state';
import { EventBus } from './events/state';
import { Faults, type FaultOptions } from './faults';
import { denied, type Gate } from './gate';
import { Idempotency } from './idempotency';
import { Iam } from './iam/state';
import { Links } from './links/state';
import { Loads } from './load/state';
import { Outposts } from './outposts/state';
import { Route53 } from './route53/state';
import { S3 } from './s3/state';
import { Scheduler } from './scheduler/state';
import { operationSchemas, wireOf } from './schemas';
import { AwsError, type Call, type Principal, type Service } from './service';
import { Quotas } from './service-quotas/state';
import { services } from './services';
import { Sns } from './sns/state';
import { Ssm } from './ssm/state';
import { States } from './states/state';
import { Throttle } from './throttle';
import { validate } from './validate';

/** One call that reached the account, as CloudTrail would tell it. */
export interface CallRecord {
  /** Virtual milliseconds since 1970. */
  readonly time: number;
  readonly principal: Principal;
  readonly service: string;
  readonly operation: string;
  readonly requestId: string;
  readonly input: object;
  /** What the operation gave; with an error beside it the answer was lost on its way. */
  output?: object;
  error?: { readonly code: string; readonly message: string };
}

export interface AccountOptions {
  readonly clock?: Clock;
  readonly seed?: number;
  readonly region?: string;
  /** The account in the Region that it began with, where this is another Region of it. */
  readonly home?: Account;
  readonly accountId?: string;
  /** The first account, where this is another one. */
  readonly first?: Account;
}

/** Temporary credentials that STS gave. */
export interface Session {
  readonly principal: Principal;
  /** The caller that asked for them. */
  readonly by: string;
  /** Virtual milliseconds since 1970. */
  readonly expires: number;
}

/** The look-alike account: one Region of it, on a virtual clock; its other Regions, and other accounts, are asked for by name. */
export class Account {
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
  readonly region: string;
  readonly partition: 'aws' | 'aws-us-gov' | 'aws-cn';

  readonly ec2: Ec2;
  readonly ssm: Ssm;
  readonly dynamodb: DynamoDb;
  readonly sns: Sns;
  readonly iam: Iam;
  readonly quotas: Quotas;
  readonly autoScaling: AutoScaling;
  readonly cloudwatch: CloudWatch;
  readonly events: EventBus;
  readonly elbv2: LoadBalancing;
  readonly route53: Route53;
  readonly states: States;
  readonly scheduler: Scheduler;
  readonly s3: S3;
  readonly outposts: Outposts;
  readonly links: Links;
  /** What its instances are busy with. */
  readonly loads: Loads;

  /** Every call so far, refused ones too; of all Regions and accounts together. */
  readonly calls: CallRecord[];
  /** Those of all accounts, by access key id. */
  readonly sessions: Map<string, Session>;
  readonly consistency: Consistency;
  readonly throttle: Throttle;

  private readonly faults = new Faults();
  private readonly idempotency: Idempotency;
  private readonly home: Account | undefined;
  private readonly first: Account;
  private readonly others = new Map<string, Account>();
  private readonly neighbours = new Map<string, Account>();
  private decider?: Gate;

  constructor(options: AccountOptions = {}) {
    this.home = options.home;
    this.first = options.first ?? this.home?.first ?? this;
    this.accountId = options.accountId ?? this.home?.accountId ?? '111122223333';
    this.calls = this.first === this ? [] : this.first.calls;
    this.sessions = this.first === this ? new Map() : this.first.sessions;
    this.clock = options.clock ?? new Clock();
    this.random = new Random(options.seed ?? 1);
    this.region = options.region ?? 'us-east-1';
    this.partition = this.region.startsWith('us-gov-') ? 'aws-us-gov' : this.region.startsWith('cn-') ? 'aws-cn' : 'aws';
    this.consistency = new Consistency(this.clock);
    this.throttle = new Throttle(this.clock);
    this.idempotency = new Idempotency(this.clock);
    this.events = new EventBus(this);
    // IAM is one for all Regions
    this.iam = this.home?.iam ?? new Iam(this);
    this.ec2 = new Ec2(this);
    this.ssm = new Ssm(this);
    this.dynamodb = new DynamoDb(this);
    this.sns = new Sns(this);
    this.quotas = new Quotas(this);
    this.autoScaling = new AutoScaling(this);
    this.cloudwatch = new CloudWatch(this);
    this.states = new States(this);
    this.elbv2 = new LoadBalancing(this);
    this.route53 = new Route53(this);
    this.scheduler = new Scheduler(this);
    this.s3 = new S3(this);
    this.loads = new Loads(this);
    this.links = new Links(this);
    this.outposts = new Outposts(this);
  }

  /** Who may do what, in every Region; without it everything is allowed. */
  get gate(): Gate | undefined {
    return (this.home ?? this).decider;
  }

  set gate(gate: Gate | undefined) {
    (this.home ?? this).decider = gate;
  }

  /** The same account in another Region, as empty as a new one at first: only time, IAM and the record of calls are common to all. */
  inRegion(region: string): Account {
    const home = this.home ?? this;
    if (region === home.region) return home;
    const other = home.others.get(region) ?? new Account({ clock: home.clock, seed: 1000 + home.others.size, region, home });
    home.others.set(region, other);
    return other;
  }

  /** Another account beside this one, as empty as a new one at first: only time, sessions and the record of calls are common to both. */
  other(accountId: string): Account {
    const { first } = this;
    if (accountId === first.accountId) return first;
    const other = first.neighbours.get(accountId)
      ?? new Account({ clock: first.clock, seed: 100_000 + first.neighbours.size, region: first.region, accountId, first });
    first.neighbours.set(accountId, other);
    return other;
  }

  /** All accounts that there are. */
  get all(): readonly Account[] {
    return [this.first, ...this.first.neighbours.values()];
  }

  /** Whether something has been in that Region yet: to call one by mistake would look like an empty account. */
  knows(region: string): boolean {
    return region === this.region || (this.home ?? this).others.has(region);
  }

  /** The ARN of something that belongs to this account and Region. */
  arn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.accountId}:${resource}`;
  }

  /**
   * Whether readers see yet what was created at this time. EC2 is eventually consistent: a Describe right after a Create
   * may say NotFound, and a Describe of all leave the newcomer out. Reading operations ask this for each record that they
   * look up by id or list; writing operations and authorization do not ask.
   */
  visible(createdAt: number | Date): boolean {
    return this.consistency.visible(createdAt);
  }

  /** From now on, makes calls of an operation fail (`times` of them, one unless told otherwise). */
  fail(operation: string, code: string, options: FaultOptions = {}): void {
    this.faults.add(operation, code, options);
  }

  /**
   * The one way in: what the HTTP server and the SDK integrations of state machines call. Input and output are as the
   * SDK's types describe them; state machines convert with `codecs/json`. Operations answer at once, in virtual time.
   */
  async call(
    serviceId: string, operation: string, input: object, principal: Principal, requestId = this.random.uuid(),
  ): Promise<object> {
    const record: CallRecord = { time: this.clock.now(), principal, service: serviceId, operation, requestId, input };
    this.calls.push(record);
    try {
      return await this.answer(record);
    } catch (error) {
      if (error instanceof Error) record.error = { code: error.name, message: error.message };
      throw error;
    }
  }

  private async answer(record: CallRecord): Promise<object> {
    const { service: serviceId, operation, input, principal, requestId } = record;
    const wire = wireOf(serviceId);
    const service = services[serviceId];
    const run = service?.operations[operation];
    const needs = service?.needs[operation];
    const schemas = operationSchemas(wire, operation);
    if (!service || !run || !needs || !schemas) {
      throw new AwsError('NotEmulated', `the rehearsal has no ${serviceId} ${operation}`, 501);
    }
    validate(wire, schemas.input, input);
    this.throttle.take(serviceId, operation, input);
    this.authorize(service, needs(input, this), principal);
    if ('DryRun' in input && input.DryRun === true) {
      throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
    }
    const fault = this.faults.take(operation, input, principal);
    if (fault && !fault.afterwards) throw fault.error;
    const call: Call = { account: this, principal, operation, requestId };
    // copies: neither callers nor the record of calls may hold on to what the account goes on changing
    const act = async () => structuredClone(await run(structuredClone(input), call));
    record.output = await this.idempotency.once(service, schemas.input, input, call, act);
    if (fault) throw fault.error;
    return record.output;
  }

  private authorize(service: Service, needs: ReturnType<Service['needs'][string]>, principal: Principal): void {
    if (!this.gate) return;
    for (const need of needs) {
      const decision = this.gate.decide(principal, { ...need, context: { 'aws:RequestedRegion': this.region, ...need.context } });
      if (!decision.allowed) throw denied(service.id, principal, need, decision);
    }
  }
}
