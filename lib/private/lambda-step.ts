import * as path from 'path';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge';
import { placeVariables, SourcePlace } from './source-place';
import { Allow, statements } from './statement';

/** All handlers, which share what they bundle: each function gets the whole, half a megabyte, and loads its own part. */
const ASSETS = path.join(__dirname, '..', '..', 'assets');

/** How long a handler may work; what takes longer is a loop of the workflow, not a longer function. */
export const STEP_TIMEOUT = Duration.minutes(1);

/** Errors that AWS raises when it is merely busy; every step retries them. */
const BUSY = [
  'RequestLimitExceeded', 'Throttling', 'ThrottlingException', 'RequestThrottled', 'ThrottledException',
  'ProvisionedThroughputExceededException', 'TooManyRequestsException', 'TransactionConflictException',
  'InternalError', 'InternalFailure', 'InternalServerError', 'InternalErrorException', 'ServerException',
  'Unavailable', 'ServiceUnavailable', 'ServiceException', 'TimeoutError', 'RequestTimeout', 'ECONNRESET',
  'Lambda.TooManyRequestsException', 'Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException', 'Lambda.Unknown', 'Sandbox.Timedout', 'States.Timeout',
];

/** How patiently a step is retried. */
export enum Patience {
  /** For about ten minutes: nobody waits. */
  LONG = 'long',
  /** For about two days: nobody waits, and it may take that long: an Outpost is away, or blocks go on by themselves while AWS is out of order. */
  DAYS = 'days',
  /** For less than 40 seconds: filesystems are frozen meanwhile. */
  SHORT = 'short',
}

const RETRY: Record<Patience, sfn.RetryProps> = {
  // attempts wait up to 5, 10, 20, 40, 80, 120, 120 and 120 s
  [Patience.LONG]: { interval: Duration.seconds(5), backoffRate: 2, maxDelay: Duration.minutes(2), maxAttempts: 8, jitterStrategy: sfn.JitterType.FULL },
  [Patience.DAYS]: { interval: Duration.seconds(5), backoffRate: 2, maxDelay: Duration.minutes(10), maxAttempts: 295 },
  // 1 + 15 + 15 s: the second try comes after the 15 s that EC2 asks for between two snapshots of one volume
  [Patience.SHORT]: { interval: Duration.seconds(1), backoffRate: 15, maxDelay: Duration.seconds(15), maxAttempts: 3 },
};

export interface LambdaStepProps {
  /** What the handler is given, besides the identity of the execution. */
  readonly input: Record<string, unknown>;
  /** The workflow variables set from the handler's result, `$states.result.Payload`. */
  readonly assign?: Record<string, unknown>;
  /** What the handler may do. */
  readonly allow: Allow[];
  /** Names of errors to retry, besides those of a busy AWS. */
  readonly retry?: string[];
  /** @default Patience.LONG */
  readonly patience?: Patience;
  /** Waits until somebody answers with the task's token, at most so long; the handler's own result is ignored. */
  readonly answerWithin?: Duration;
  /**
   * MB; a function gets CPU in proportion, and one whole vCPU at 1,769 MB (Lambda Developer Guide, "Configure Lambda function memory").
   * @default 512
   */
  readonly memorySize?: number;
}

/** Defines a state whose work is done by the handler of the same name: 'Snapshot volumes' runs lambda/<folder>/snapshot-volumes.ts. */
export type DefineStep = (name: string, props: LambdaStepProps) => tasks.LambdaInvoke;

export interface LambdaStepsProps {
  /** The folder of lambda/ that holds the handlers. */
  readonly folder: string;
  /** The value of the owner tag, given to every handler. */
  readonly owner: string;
  /** The ARN of the execution that everything belongs to, as a JSONata expression. */
  readonly execution?: string;
  /**
   * Where the source is; handlers are told by their environment.
   * @default - where the stack is
   */
  readonly source?: SourcePlace;
  /** Encrypts the handlers' logs. */
  readonly encryptionKey?: kms.IKeyRef;
  /**
   * The scope of another machine of the same construct: where it has a step of the same name, its handler serves here, too.
   * @default - every step has a handler of its own
   */
  readonly sharedHandlers?: Construct;
}

/** A step's handler: a function of its own, or that of a step of the same name in another machine. */
export class StepHandler extends Construct {
  readonly fn: lambda.Function;
  private readonly allowed: string;

  constructor(scope: Construct, id: string, props: HandlerProps, shared?: StepHandler) {
    super(scope, id);
    this.allowed = JSON.stringify(Stack.of(this).resolve(props.allow.map(({ actions, on, where, key }) => ({ actions, on, where, key }))));
    if (shared && shared.allowed !== this.allowed) throw new Error(`${this.node.path} and ${shared.node.path} ask for different permissions`);
    this.fn = shared?.fn ?? defineHandler(this, props);
  }
}

/** The steps of one machine or fragment; their handlers are the files of one folder of lambda/. */
export function lambdaSteps(scope: Construct, props: LambdaStepsProps): DefineStep {
  const code = lambda.Code.fromAsset(ASSETS);
  const execution = props.execution ?? '{% $states.context.Execution.Id %}';
  return (name, step) => {
    const id = `${name} handler`;
    const { fn } = new StepHandler(scope, id, {
      code, handler: `${props.folder}/${fileOf(name)}.handler`, name, allow: step.allow, memorySize: step.memorySize ?? 512,
      source: props.source,
      logs: () => handlerLogs(scope, props.encryptionKey),
    }, props.sharedHandlers?.node.tryFindChild(id) as StepHandler | undefined);
    const state = tasks.LambdaInvoke.jsonata(scope, name, {
      lambdaFunction: pinned(fn),
      payload: sfn.TaskInput.fromObject({ ...step.input, execution, owner: props.owner }),
      assign: step.assign,
      outputs: '{% $states.result.Payload %}',
      retryOnServiceExceptions: false,
      ...(step.answerWithin
        ? { integrationPattern: sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN, taskTimeout: sfn.Timeout.duration(step.answerWithin), outputs: '{% $states.input %}' }
        : { taskTimeout: sfn.Timeout.duration(STEP_TIMEOUT.plus(Duration.seconds(30))) }),
    });
    const busy = step.answerWithin ? BUSY.filter(error => error !== 'States.Timeout') : BUSY;
    state.addRetry({ errors: [...busy, ...(step.retry ?? [])], ...RETRY[step.patience ?? Patience.LONG] });
    return state;
  };
}

/**
 * The log group that all handlers of one scope share: a machine's steps are read in one place, and a stack holds 500 resources.
 * Lambda names the streams of a custom log group after function and version (Lambda Developer Guide, "Configuring CloudWatch log groups").
 */
function handlerLogs(scope: Construct, encryptionKey?: kms.IKeyRef): logs.ILogGroup {
  const id = 'Handler logs';
  return scope.node.tryFindChild(id) as logs.LogGroup | undefined
    ?? new logs.LogGroup(scope, id, { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY, encryptionKey });
}

interface HandlerProps {
  readonly code: lambda.Code;
  readonly handler: string;
  readonly name: string;
  readonly allow: Allow[];
  readonly memorySize: number;
  readonly source?: SourcePlace;
  readonly logs: () => logs.ILogGroup;
}

function defineHandler(scope: Construct, { code, handler, name, allow, memorySize, source, logs: logsOf }: HandlerProps): lambda.Function {
  const logGroup = logsOf();
  const short = allow.filter(({ on }) => on.length <= LONG_LIST);
  const role = new iam.Role(scope, 'Role', {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    description: `Step '${name}'`,
    managedPolicies: longLists(scope, allow.filter(each => !short.includes(each))),
    // within the role: a stack holds 500 resources, and a role is never without its policy
    inlinePolicies: {
      Step: new iam.PolicyDocument({
        statements: [
          ...statements(short),
          new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
        ],
      }),
    },
  });
  acknowledgeWildcards(role, short);
  return new lambda.Function(scope, 'Function', {
    code,
    handler,
    runtime: lambda.determineLatestNodeRuntime(scope),
    architecture: lambda.Architecture.ARM_64,
    timeout: STEP_TIMEOUT,
    memorySize,
    loggingFormat: lambda.LoggingFormat.JSON,
    logGroup,
    role,
    environment: placeVariables(source),
    description: `Step '${name}'`,
    currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
  });
}

/** So many roles, keys or subnets that were given to a construct that they leave too little of a role's own policies, which hold 10,240 characters. */
const LONG_LIST = 20;

/** A managed policy holds 6,144 characters, and an ARN has a hundred or so. A role may have ten. */
const MOST_IN_POLICY = 40;

/** Rights on many resources, in managed policies of their own. */
function longLists(scope: Construct, allowed: Allow[]): iam.ManagedPolicy[] {
  const parts = allowed.flatMap(one => Array.from({ length: Math.ceil(one.on.length / MOST_IN_POLICY) }, (_, part) => (
    { ...one, on: one.on.slice(part * MOST_IN_POLICY, (part + 1) * MOST_IN_POLICY) })));
  return parts.map((part, index) => {
    const policy = new iam.ManagedPolicy(scope, `Policy${index + 1}`, { statements: statements([part]) });
    acknowledgeWildcards(policy, [part]);
    return policy;
  });
}

/**
 * The function's current version, as LambdaInvoke shall see it: executions that run while the stack is updated go on with
 * the version they were started with. The machine's role is updated at once, so it must admit the versions before, too.
 */
function pinned(fn: lambda.Function): lambda.IFunction {
  return Object.create(fn.currentVersion, { resourceArnsForGrantInvoke: { value: [everyVersion(fn)] } });
}

/** The ARN of all versions of a function. */
export function everyVersion(fn: lambda.IFunction): string {
  return `${fn.functionArn}:*`;
}

/** The handler's file for a state: 'Are snapshots ready' → are-snapshots-ready. */
export function fileOf(state: string): string {
  return state.toLowerCase().replace(/\s+/g, '-');
}
