import type { Account } from '../cloud/account';
import type { RuleTarget } from '../cloud/events/state';
import { type Lambda, sessionArn } from '../functions/lambda';
import type { Statement } from '../iam/policy';
import { serviceMay } from '../iam/resource-policy';
import type { Json, JsonObject } from '../json';
import { UnknownTemplate } from '../template';
import type { LambdaTasks } from './lambda-task';
import { onlyKnown } from './properties';

/** An event that its target did not take; on AWS only a metric tells. */
export interface Undelivered {
  readonly time: number;
  readonly targetArn: string;
  readonly error: string;
}

/** Rules of EventBridge, and the way from them to machines, functions and topics. */
export class EventTargets {
  readonly undelivered: Undelivered[] = [];
  /** Who may publish to topics, by their ARN. */
  readonly topicPolicies = new Map<string, readonly Statement[]>();
  private readonly ruleOf = new Map<RuleTarget, string>();

  constructor(private readonly account: Account, private readonly lambda: Lambda, private readonly lambdaTasks: LambdaTasks) {
    account.events.deliver = (target, input) => this.deliver(target, input);
  }

  putRule(name: string, arn: string, where: string, properties: JsonObject): void {
    onlyKnown(where, properties, 'Name', 'Description', 'EventPattern', 'ScheduleExpression', 'State', 'Targets', 'Tags');
    const targets = ((properties.Targets ?? []) as JsonObject[]).map(target => readTarget(where, target));
    for (const target of targets) this.ruleOf.set(target, arn);
    this.account.events.addRule({
      name,
      enabled: properties.State !== 'DISABLED',
      targets,
      ...(properties.EventPattern !== undefined && { pattern: properties.EventPattern }),
      ...(properties.ScheduleExpression !== undefined && { schedule: String(properties.ScheduleExpression) }),
    });
  }

  /** Hands an event to a rule's target, if the target or its role lets EventBridge do so. */
  private deliver(target: RuleTarget, input: Json): void {
    const service = target.Arn.split(':')[2];
    if (service === 'states') this.startMachine(target, input);
    else if (service === 'lambda') this.invokeFunction(target, input);
    else this.publish(target, input);
  }

  private startMachine(target: RuleTarget, input: Json): void {
    const { Arn: stateMachineArn, RoleArn: roleArn } = target;
    if (roleArn === undefined) return this.failed(target, 'the target names no role');
    this.account.call('SFN', 'StartExecution', { stateMachineArn, input: JSON.stringify(input) }, { roleArn, callerArn: sessionArn(roleArn, 'events') })
      .catch((error: Error) => this.failed(target, `${error.name}: ${error.message}`));
  }

  private invokeFunction(target: RuleTarget, input: Json): void {
    const { name, qualifier } = this.lambda.locate(target.Arn);
    if (!this.lambda.permits(name, 'events.amazonaws.com', this.ruleOf.get(target)!)) {
      return this.failed(target, 'the function does not permit events.amazonaws.com');
    }
    this.lambdaTasks.invokeLater(name, JSON.stringify(input), qualifier)
      .catch((error: Error) => this.failed(target, `${error.name}: ${error.message}`));
  }

  private publish(target: RuleTarget, input: Json): void {
    const allowed = serviceMay(this.topicPolicies.get(target.Arn) ?? [], 'events', {
      action: 'sns:Publish', resource: target.Arn, context: { 'aws:SourceArn': this.ruleOf.get(target)!, 'aws:SourceAccount': this.account.accountId },
    });
    if (!allowed) return this.failed(target, 'the topic does not permit events.amazonaws.com');
    this.account.sns.publish({ topicArn: target.Arn, message: typeof input === 'string' ? input : JSON.stringify(input), attributes: {} });
  }

  private failed({ Arn: targetArn }: RuleTarget, error: string): void {
    this.undelivered.push({ time: this.account.clock.now(), targetArn, error });
  }
}

function readTarget(where: string, target: JsonObject): RuleTarget {
  // dead letters and retries concern targets that are unreachable for hours; none is in the rehearsal
  onlyKnown(where, target, 'Id', 'Arn', 'RoleArn', 'Input', 'InputPath', 'InputTransformer', 'DeadLetterConfig', 'RetryPolicy');
  const read = Object.fromEntries(Object.entries(target).filter(([key]) => key !== 'DeadLetterConfig' && key !== 'RetryPolicy'));
  if (!/:(states|lambda|sns):/.test(String(read.Arn))) throw new UnknownTemplate(where, `the rehearsal delivers no events to ${String(read.Arn)}`);
  return read as unknown as RuleTarget;
}
