import {
  type ChildExecution, Execution, type HistoryEvent, loadMachine, type Machine, type StartRequest, TaskFailure, type TaskRequest, TaskTokens,
} from '../asl';
import type { Account } from '../cloud/account';
import { deniedMessage } from '../cloud/gate';
import { AwsError, isRehearsals, type Principal } from '../cloud/service';
import type { ExecutionView } from '../cloud/states/state';
import { sessionArn } from '../functions/lambda';
import type { Json } from '../json';
import type { LambdaTasks } from './lambda-task';
import { callApi, serviceFailure } from './sdk-task';
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
    if (JSON.stringify(configuration.definition).includes(':states:startExecution.sync')) this.checkManagedRule(configuration);
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
      integrations: { invoke: request => this.invoke(request, this.assumed(principal, request.roleArn)) },
      startExecution: request => this.startNested(request, this.assumed(principal, request.roleArn)),
      onChild: child => {
        this.checkMapChild(deployed, principal, child);
        this.register({ execution: child as Execution, machineArn, name: child.name, input: child.input });
      },
      listener: event => this.listeners.forEach(listener => listener(execution, event)),
    });
    const view: ExecutionView = { execution, machineArn, name, input };
    this.register({ ...view, execution });
    execution.start();
    account.events.put(statusEvent(view));
    void execution.done.then(() => account.events.put(statusEvent(view)));
    return view;
  }

  private register(view: ExecutionView & { readonly execution: Execution }): void {
    this.executions.push(view.execution);
    this.account.states.register(view);
  }

  /** A task's own `Credentials`: the machine's role takes on another one. */
  private assumed(principal: Principal, roleArn: string | undefined): Principal {
    if (roleArn === undefined) return principal;
    const need = { action: 'sts:AssumeRole', resource: roleArn };
    const decision = this.account.gate?.decide(principal, need);
    if (decision && !decision.allowed) throw new TaskFailure('States.TaskFailed', deniedMessage(principal, need, decision));
    return { roleArn, callerArn: sessionArn(roleArn, 'states') };
  }

  private async invoke(request: TaskRequest, principal: Principal): Promise<Json> {
    if (/:lambda:[^:]+:\d{12}:function:/.test(request.resource)) return this.lambdaTasks.invokeByArn(request, principal);
    const [, sdk, service, action, pattern] = INTEGRATION.exec(request.resource) ?? [];
    if (service === undefined || action === undefined) throw new Error(`the rehearsal does not know the resource ${request.resource}`);
    if (sdk) return callApi(this.account, service, action, request, principal);
    if (service === 'lambda' && action === 'invoke') return this.lambdaTasks.invoke(request, principal);
    const passedOn = PASSED_ON[service];
    if (passedOn !== undefined && !pattern?.startsWith('.sync')) return callApi(this.account, passedOn, action, request, principal);
    throw new Error(`the rehearsal does not know the integration ${request.resource}`);
  }

  /** `states:startExecution`, with or without waiting: the machine's role must be allowed to start, and for `.sync` to read and stop. */
  private async startNested({ stateMachineArn, name, input, parent }: StartRequest, principal: Principal): Promise<ChildExecution> {
    const { account } = this;
    const started = await account.call('SFN', 'StartExecution', {
      stateMachineArn, input: JSON.stringify(input), ...(name !== undefined && { name }),
    }, principal).catch((error: unknown) => {
      throw error instanceof AwsError && !isRehearsals(error.code) ? serviceFailure('StepFunctions', error, account.random.uuid()) : error;
    }) as { executionArn: string };
    const child = this.executions.find(({ arn }) => arn === started.executionArn)!;
    const parentExecution = this.executions.find(({ arn }) => arn === parent.arn);
    void child.done.then(() => { if (child.fault !== undefined) parentExecution?.noteFault(child.fault); });
    void child.done.then(() => account.gate?.decide(principal, { action: 'states:DescribeExecution', resource: child.arn }));
    // "Step Functions … makes a best effort to stop the child" when its parent ends, if the parent's role may
    return Object.create(child, { stop: { value: () => {
      account.call('SFN', 'StopExecution', { executionArn: child.arn }, principal).catch(() => undefined);
    } } }) as ChildExecution;
  }

  /**
   * Children of a distributed Map are started, read and stopped with the machine's role (Developer Guide, "IAM policies for using Distributed
   * Map states"). Its example names them `execution:<machine>:*`; that a denial fails the Map Run as here is unverified against AWS.
   */
  private checkMapChild({ name, arn }: MachineConfiguration, principal: Principal, child: ChildExecution): void {
    const start = { action: 'states:StartExecution', resource: arn };
    const decision = this.account.gate?.decide(principal, start);
    if (decision && !decision.allowed) throw new TaskFailure('States.Permissions', deniedMessage(principal, start, decision));
    const resource = this.account.arn('states', `execution:${name}:${child.name}`);
    void child.done.then(() => this.account.gate?.decide(principal, { action: child.status === 'ABORTED' ? 'states:StopExecution' : 'states:DescribeExecution', resource }));
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

  /** To hear of the end of nested executions, Step Functions makes a rule with the machine's role, and refuses the machine otherwise. */
  private checkManagedRule({ name, roleArn }: MachineConfiguration): void {
    const principal = { roleArn, callerArn: sessionArn(roleArn, name) };
    const resource = this.account.arn('events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule');
    const denied = ['PutTargets', 'PutRule', 'DescribeRule']
      .filter(action => this.account.gate?.decide(principal, { action: `events:${action}`, resource }).allowed === false);
    if (denied.length > 0) throw new Error(`${name}: '${roleArn}' is not authorized to create managed-rule (${denied.join(', ')})`);
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
