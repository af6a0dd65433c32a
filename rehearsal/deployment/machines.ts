import { Execution, type HistoryEvent, type Integrations, loadMachine, type Machine, TaskFailure, type TaskRequest, TaskTokens } from '../asl';
import type { Account } from '../cloud/account';
import { AwsError, type Principal } from '../cloud/service';
import type { ExecutionView } from '../cloud/states/state';
import { sessionArn } from '../functions/lambda';
import type { Json } from '../json';
import type { LambdaTasks } from './lambda-task';
import { callApi } from './sdk-task';
import { statusEvent } from './status-event';

/** What a template says about a state machine. */
export interface MachineConfiguration {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly definition: Json;
  readonly tags: Readonly<Record<string, string>>;
  readonly logging: boolean;
  readonly tracing: boolean;
  /** The customer's key that encrypts definition and data. */
  readonly keyArn?: string;
  /** The path of its construct without the stack. */
  readonly path: string;
  readonly logicalId: string;
}

/** Hears of every event in every execution's history, as it is written. */
export type HistoryListener = (execution: Execution, event: HistoryEvent) => void;

const INTEGRATION = /^arn:[a-z-]+:states:[a-z0-9-]*:\d*:(?:(aws-sdk):)?([a-z0-9-]+):([A-Za-z0-9]+)(\.sync:2|\.sync|\.waitForTaskToken)?$/;
/** Optimised integrations that pass their arguments on as they are. */
const PASSED_ON: Readonly<Record<string, string>> = { sns: 'sns', dynamodb: 'dynamodb' };

/** The account's state machines: runs their executions, and calls services with their roles. */
export class Machines {
  readonly executions: Execution[] = [];
  readonly listeners = new Set<HistoryListener>();
  private readonly machines = new Map<string, MachineConfiguration & { readonly machine: Machine }>();
  private readonly tokens: TaskTokens;

  constructor(private readonly account: Account, private readonly lambdaTasks: LambdaTasks) {
    this.tokens = new TaskTokens(account.random);
    account.states.tokens = this.tokens;
    account.states.start = request => this.start(request.machineArn, request.name, request.input);
  }

  /** Creates or changes a machine; executions that run keep the definition they were started with. */
  put(configuration: MachineConfiguration): void {
    this.machines.set(configuration.arn, { ...configuration, machine: loadMachine(configuration.definition) });
    this.account.states.machines.set(configuration.arn, { name: configuration.name, tags: configuration.tags });
    if (configuration.logging) this.checkLogDelivery(configuration);
  }

  remove(arn: string): void {
    this.machines.delete(arn);
    this.account.states.machines.delete(arn);
  }

  /** A machine by ARN, name, logical id, construct path, or an unambiguous part of its path such as `InstanceClone`. */
  find(wanted: string): MachineConfiguration {
    const all = [...this.machines.values()];
    const exact = all.filter(({ arn, name, logicalId, path }) => [arn, name, logicalId, path].includes(wanted));
    const found = exact.length > 0 ? exact : all.filter(({ path }) => path.split('/').includes(wanted));
    // a construct's main machine lies less deep than its helpers
    const [first, second] = found.sort((a, b) => a.path.split('/').length - b.path.split('/').length);
    if (!first) throw new Error(`no machine is called ${wanted}; there are ${all.map(({ path }) => path).join(', ')}`);
    if (second && second.path.split('/').length === first.path.split('/').length) {
      throw new Error(`${wanted} may mean ${found.map(({ path }) => path).join(' or ')}`);
    }
    return first;
  }

  all(): readonly MachineConfiguration[] {
    return [...this.machines.values()];
  }

  /** Starts an execution, registers it, and tells EventBridge of it. */
  start(machineArn: string, name: string, input: Json): ExecutionView {
    const deployed = this.machines.get(machineArn);
    if (!deployed) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${machineArn}'`);
    const { account } = this;
    const principal = { roleArn: deployed.roleArn, callerArn: sessionArn(deployed.roleArn, account.random.hex(32)) };
    this.checkKey(deployed, principal);
    this.trace(deployed, principal);
    const execution: Execution = new Execution({
      machine: deployed.machine, machineArn, machineName: deployed.name, roleArn: deployed.roleArn,
      name, arn: account.states.executionArn(deployed.name, name), input,
      clock: account.clock, random: account.random, tokens: this.tokens,
      integrations: this.integrations(principal),
      listener: event => this.listeners.forEach(listener => listener(execution, event)),
    });
    const view: ExecutionView = { execution, machineArn, name, input };
    this.executions.push(execution);
    account.states.register(view);
    execution.start();
    account.events.put(statusEvent(view));
    void execution.done.then(() => account.events.put(statusEvent(view)));
    return view;
  }

  private integrations(principal: Principal): Integrations {
    return { invoke: request => this.invoke(request, principal) };
  }

  private async invoke(request: TaskRequest, principal: Principal): Promise<Json> {
    if (/:lambda:[^:]+:\d{12}:function:/.test(request.resource)) return this.lambdaTasks.invokeByArn(request, principal);
    const [, sdk, service, action, pattern] = INTEGRATION.exec(request.resource) ?? [];
    if (service === undefined || action === undefined) throw new Error(`the rehearsal does not know the resource ${request.resource}`);
    if (sdk) return callApi(this.account, service, action, request, principal);
    if (service === 'lambda' && action === 'invoke') return this.lambdaTasks.invoke(request, principal);
    if (service === 'states' && action === 'startExecution') return this.startNested(request, pattern ?? '', principal);
    const passedOn = PASSED_ON[service];
    if (passedOn !== undefined && !pattern?.startsWith('.sync')) return callApi(this.account, passedOn, action, request, principal);
    throw new Error(`the rehearsal does not know the integration ${request.resource}`);
  }

  /** `states:startExecution`: `.sync:2` waits for the child and answers its output as JSON, `.sync` as text. */
  private async startNested(request: TaskRequest, pattern: string, principal: Principal): Promise<Json> {
    const { StateMachineArn: stateMachineArn, Name: name, Input: input = {} } = request.arguments as Record<string, Json>;
    const started = await callApi(this.account, 'sfn', 'startExecution', {
      ...request,
      arguments: { StateMachineArn: stateMachineArn!, Input: JSON.stringify(input), ...(name !== undefined && { Name: name }) },
    }, principal).catch((error: unknown) => {
      // the optimised integration names the service differently from the SDK's
      if (error instanceof TaskFailure) throw new TaskFailure(error.error.replace(/^Sfn\.(Sfn)?/, 'StepFunctions.').replace(/^StepFunctions\.Exception$/, 'StepFunctions.AWSStepFunctionsException'), error.cause);
      throw error;
    }) as { ExecutionArn: string; StartDate: string };
    if (!pattern.startsWith('.sync')) return { ExecutionArn: started.ExecutionArn, StartDate: Date.parse(started.StartDate) };
    const view = this.account.states.execution(started.ExecutionArn);
    const child = this.executions.find(({ arn }) => arn === started.ExecutionArn)!;
    const stop = () => {
      // "if the execution is stopped, Step Functions … attempts to cancel the child" with the machine's own permission
      void this.account.call('SFN', 'StopExecution', { executionArn: child.arn }, principal).catch(() => undefined);
    };
    request.signal.addEventListener('abort', stop, { once: true });
    await child.done;
    request.signal.removeEventListener('abort', stop);
    this.account.gate?.decide(principal, { action: 'states:DescribeExecution', resource: child.arn });
    const description = describe(view, pattern === '.sync:2');
    if (child.status !== 'SUCCEEDED') throw new TaskFailure('States.TaskFailed', JSON.stringify(description));
    return description;
  }

  /** "Your execution role needs … permissions" for logs; Step Functions refuses the machine without them. */
  private checkLogDelivery({ name, roleArn }: MachineConfiguration): void {
    const actions = [
      'CreateLogDelivery', 'GetLogDelivery', 'UpdateLogDelivery', 'DeleteLogDelivery', 'ListLogDeliveries',
      'PutResourcePolicy', 'DescribeResourcePolicies', 'DescribeLogGroups',
    ];
    const principal = { roleArn, callerArn: sessionArn(roleArn, name) };
    const denied = actions.filter(action => this.account.gate?.decide(principal, { action: `logs:${action}`, resource: '*' }).allowed === false);
    if (denied.length > 0) throw new Error(`${name}: the state machine IAM role is not authorized to access the log destination: ${denied.join(', ')}`);
  }

  /** Data under a customer's key: Step Functions uses it with the machine's role (Developer Guide, "Data at rest encryption"). */
  private checkKey({ arn, keyArn, logging }: MachineConfiguration, principal: Principal): void {
    if (keyArn === undefined) return;
    const needs = ['kms:Decrypt', 'kms:GenerateDataKey'].map(action =>
      ({ action, resource: keyArn, context: { 'kms:EncryptionContext:aws:states:stateMachineArn': arn } as Record<string, string> }));
    if (logging) needs.push({ action: 'kms:GenerateDataKey', resource: keyArn, context: { 'kms:EncryptionContext:SourceArn': this.account.arn('logs', '*') } });
    for (const need of needs) {
      const decision = this.account.gate?.decide(principal, need);
      if (decision && !decision.allowed) throw new AwsError('KmsAccessDeniedException', `${principal.callerArn} may not ${need.action}: ${decision.reason}`);
    }
  }

  /** X-Ray is written to with the machine's role; what is denied is silently not traced. */
  private trace({ tracing }: MachineConfiguration, principal: Principal): void {
    if (!tracing) return;
    for (const action of ['PutTraceSegments', 'PutTelemetryRecords', 'GetSamplingRules', 'GetSamplingTargets']) {
      this.account.gate?.decide(principal, { action: `xray:${action}`, resource: '*' });
    }
  }
}

/** What `.sync` answers: DescribeExecution in Pascal case, dates as milliseconds. */
function describe({ execution, machineArn, name, input }: ExecutionView, parsed: boolean): Json {
  const { arn, status, startDate, stopDate, output, error, cause } = execution;
  const data = (value: Json) => (parsed ? value : JSON.stringify(value));
  return {
    ExecutionArn: arn,
    StateMachineArn: machineArn,
    Name: name,
    Status: status,
    StartDate: startDate!.getTime(),
    StopDate: stopDate!.getTime(),
    Input: data(input),
    InputDetails: { Included: true },
    ...(output !== undefined && { Output: data(output), OutputDetails: { Included: true } }),
    ...(error !== undefined && { Error: error }),
    ...(cause !== undefined && { Cause: cause }),
  };
}
