import { Aws, Duration, Fn, Names, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct, IConstruct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge';
import { everyVersion, StepHandler } from './lambda-step';
import { Allow, statement } from './statement';

export interface WorkflowMachineProps {
  readonly workflow: sfn.IChainable;
  /** The construct in which the handlers of the workflow's steps are. */
  readonly handlers: IConstruct;
  /** What the machine does, in one sentence, shown in the console. */
  readonly comment: string;
  /**
   * What it means that an execution did not succeed, and what to do: all that the message of the alarm has.
   * @default - its error and its cause tell
   */
  readonly whenItFails?: string;
  /** How long an execution may take before Step Functions ends it. */
  readonly timeout: Duration;
  /** Encrypts the machine's definition, its executions' data and its logs. */
  readonly encryptionKey?: kms.IKey;
}

/** A managed policy holds 6,144 characters; the statement on a function takes up to 300 once it is resolved, which CDK can not know. */
const FUNCTIONS_PER_POLICY = 18;

/** Invokes the handlers by its managed policies: the grants that their states ask for would not fit into it. */
class MachineRole extends iam.Role {
  private readonly handlers: ReadonlySet<string>;

  constructor(scope: Construct, id: string, handlers: readonly lambda.IFunction[]) {
    super(scope, id, { assumedBy: new iam.ServicePrincipal('states.amazonaws.com') });
    this.handlers = new Set(handlers.map(fn => this.resolved(everyVersion(fn))));
  }

  override addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    const invokes = statement.actions.every(action => action === 'lambda:InvokeFunction');
    if (invokes && statement.resources.every(arn => this.handlers.has(this.resolved(arn)))) return { statementAdded: true, policyDependable: this };
    return super.addToPrincipalPolicy(statement);
  }

  private resolved(arn: string): string {
    return JSON.stringify(Stack.of(this).resolve(arn));
  }
}

/**
 * The right to use what a machine's executions are encrypted with: those of its role are by this (Step Functions Developer Guide, "Data at rest
 * encryption"). The CDK grants it to the role itself, for a machine that was given a name; ours get theirs from CloudFormation. Children of a
 * distributed Map have its label behind the name.
 */
export function useEncrypted({ stateMachineArn }: sfn.IStateMachine, key: kms.IKey, ...actions: ('kms:Decrypt' | 'kms:GenerateDataKey')[]): Allow {
  return {
    actions, on: [key.keyArn], where: { StringLike: { 'kms:EncryptionContext:aws:states:stateMachineArn': [stateMachineArn, `${stateMachineArn}/*`] } },
    because: 'Step Functions encrypts and decrypts the data of executions in the name of this role',
  };
}

/** The one way this library turns a workflow into a state machine: JSONata, traced, logged, bounded in time, with an alarm. */
export class WorkflowMachine extends Construct {
  readonly machine: sfn.StateMachine;
  /** In alarm when an execution failed, timed out or was aborted within the last five minutes. */
  readonly failureAlarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: WorkflowMachineProps) {
    super(scope, id);
    const functions = props.handlers.node.findAll().filter(node => node instanceof StepHandler).map(({ fn }) => fn);
    const role = new MachineRole(this, 'Role', functions);
    const policies = this.invocations(role, functions);
    this.machine = new sfn.StateMachine(this, 'Resource', {
      role,
      definitionBody: sfn.DefinitionBody.fromChainable(props.workflow),
      queryLanguage: sfn.QueryLanguage.JSONATA,
      comment: props.comment,
      timeout: props.timeout,
      tracingEnabled: true,
      encryptionConfiguration: props.encryptionKey && new sfn.CustomerManagedEncryptionConfiguration(props.encryptionKey),
      logs: { destination: this.logGroup(props.encryptionKey), level: sfn.LogLevel.ALL, includeExecutionData: false },
    });
    this.machine.node.addDependency(...policies);
    if (props.encryptionKey) {
      const use = useEncrypted(this.machine, props.encryptionKey, 'kms:Decrypt', 'kms:GenerateDataKey');
      // a policy of its own: the machine's role must not depend on the machine
      new iam.Policy(this.machine, 'Encryption', { roles: [role], statements: [statement(use)] });
    }
    acknowledgeWildcards(role, [
      { actions: ['logs:*', 'xray:*'], on: ['*'], because: 'log deliveries and X-Ray segments have no resource-level permissions' },
    ]);
    this.failureAlarm = new cloudwatch.Alarm(this, 'Failures', {
      alarmDescription: `${props.comment} ${props.whenItFails ?? 'An execution did not succeed: its error says what to do, its cause what was rolled back.'}`,
      metric: new cloudwatch.MathExpression({
        // a sum has no value where one of its metrics has none, and not all of them need to be told at the same time
        expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)',
        period: Duration.minutes(5),
        usingMetrics: {
          failed: this.machine.metricFailed(),
          timedOut: this.machine.metricTimedOut(),
          aborted: this.machine.metricAborted(),
        },
      }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }

  /** The right to invoke every handler, in as many policies as it takes. */
  private invocations(role: iam.Role, functions: readonly lambda.IFunction[]): iam.ManagedPolicy[] {
    const policies: iam.ManagedPolicy[] = [];
    for (let first = 0; first < functions.length; first += FUNCTIONS_PER_POLICY) {
      const invoke = functions.slice(first, first + FUNCTIONS_PER_POLICY).map(fn => ({
        actions: ['lambda:InvokeFunction'],
        on: [everyVersion(fn)],
        because: 'an execution goes on with the versions it was started with, also after an update of the stack',
      }));
      const policy = new iam.ManagedPolicy(this, `Invoke${policies.length + 1}`, { roles: [role], statements: invoke.map(statement) });
      acknowledgeWildcards(policy, invoke);
      policies.push(policy);
    }
    return policies;
  }

  /**
   * The prefix keeps the account's log resource policy from overflowing; the end of the stack's id makes the name a new
   * one when the stack is deleted and deployed again, while the old logs are retained.
   */
  private logGroup(encryptionKey?: kms.IKeyRef): logs.LogGroup {
    const uniqueName = Names.uniqueResourceName(this, { maxLength: 80, allowedSpecialCharacters: '-_' });
    const stackSuffix = Fn.select(4, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
    return new logs.LogGroup(this, 'Logs', {
      logGroupName: `/aws/vendedlogs/states/${uniqueName}-${stackSuffix}`,
      retention: logs.RetentionDays.ONE_MONTH,
      encryptionKey,
    });
  }
}
