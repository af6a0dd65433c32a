import type { Timer } from '../../clock';
import type { Json, JsonObject } from '../../json';
import type { Account } from '../account';
import { eventPattern } from './pattern';
import { schedule, type Schedule } from './schedule';
import { targetInput } from './target';

/** Where a rule sends events: a target as AWS::Events::Rule spells it. */
export interface RuleTarget {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string;
  /** JSON text that replaces the event. */
  readonly Input?: string;
  /** The part of the event that is sent, such as `$.detail`. */
  readonly InputPath?: string;
  readonly InputTransformer?: { readonly InputPathsMap?: Readonly<Record<string, string>>; readonly InputTemplate: string };
}

/** A rule, on events or on time. */
export interface RuleSpec {
  readonly name: string;
  readonly pattern?: Json;
  readonly schedule?: string;
  readonly enabled?: boolean;
  readonly targets: readonly RuleTarget[];
}

/** What a service tells; the bus adds the envelope. */
export interface EventSpec {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: JsonObject;
  readonly resources?: string[];
  /** Virtual milliseconds since 1970; now unless told otherwise. */
  readonly time?: number;
}

interface Rule {
  readonly spec: RuleSpec;
  readonly matches?: (event: Json) => boolean;
  timer?: Timer;
}

/** EventBridge's default bus, as much as services' events, patterns and schedules need. */
export class EventBus {
  /** Every event that was put, delivered or not. */
  readonly log: JsonObject[] = [];
  /** Hands an event to a target; set by whoever knows machines and functions. */
  deliver?: (target: RuleTarget, input: Json) => void;
  /** Service events are best effort: an event for which this says true reaches nobody. */
  lost: (event: JsonObject) => boolean = () => false;
  /** Virtual milliseconds from an event to its targets. */
  latency = 500;

  private readonly rules = new Map<string, Rule>();

  constructor(private readonly account: Account) {}

  /** Makes a rule, or replaces the one of that name. */
  addRule(spec: RuleSpec): void {
    if ((spec.pattern === undefined) === (spec.schedule === undefined)) {
      throw new Error(`the rule ${spec.name} must have either a pattern or a schedule`);
    }
    this.removeRule(spec.name);
    const rule: Rule = { spec, ...(spec.pattern !== undefined && { matches: eventPattern(spec.pattern) }) };
    this.rules.set(spec.name, rule);
    const { enabled = true } = spec;
    if (enabled && spec.schedule !== undefined) this.plan(rule, schedule(spec.schedule));
  }

  removeRule(name: string): void {
    this.rules.get(name)?.timer?.cancel();
    this.rules.delete(name);
  }

  /** Takes an event and sends it to the targets of every rule that matches. */
  put({ time = this.account.clock.now(), ...spec }: EventSpec): void {
    const event: JsonObject = {
      version: '0',
      id: this.account.random.uuid(),
      'detail-type': spec['detail-type'],
      source: spec.source,
      account: this.account.accountId,
      // to the second, as AWS writes it
      time: new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z'),
      region: this.account.region,
      resources: spec.resources ?? [],
      detail: spec.detail,
    };
    this.log.push(event);
    if (this.lost(event)) return;
    for (const { spec: { enabled = true, targets }, matches } of [...this.rules.values()]) {
      if (enabled && matches?.(event)) this.send(targets, event);
    }
  }

  private plan(rule: Rule, next: Schedule): void {
    const at = next(this.account.clock.now());
    if (at === undefined) return;
    rule.timer = this.account.clock.at(at, () => {
      this.send(rule.spec.targets, {
        version: '0', id: this.account.random.uuid(), 'detail-type': 'Scheduled Event', source: 'aws.events',
        account: this.account.accountId, time: new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z'), region: this.account.region,
        resources: [this.account.arn('events', `rule/${rule.spec.name}`)], detail: {},
      });
      this.plan(rule, next);
    });
  }

  private send(targets: readonly RuleTarget[], event: JsonObject): void {
    this.account.clock.after(this.latency, () => {
      for (const target of targets) {
        if (!this.deliver) throw new Error(`an event for ${target.Arn}, but nobody delivers events`);
        this.deliver(target, targetInput(target, event));
      }
    });
  }
}
