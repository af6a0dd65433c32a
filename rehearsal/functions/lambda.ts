import type { Account } from '../cloud/account';
import type { Principal } from '../cloud/service';
import type { Timer } from '../clock';
import { contextOf, environmentOf, logStreamOf } from './environment';
import { FunctionFaults, type FunctionFaultOptions } from './faults';
import { returnSandbox, takeSandbox } from './pool';
import type { FunctionError, Outcome, Sandbox } from './sandbox';

/** What a template says about a function. */
export interface FunctionConfiguration {
  /** The folder that its asset unpacks to. */
  readonly root: string;
  readonly handler: string;
  readonly runtime: string;
  readonly roleArn: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: string;
  /** Whether X-Ray traces are written. */
  readonly tracing: boolean;
}

/** How long invocations take besides what their handlers wait for; round numbers, unverified against AWS. */
export interface Durations {
  /** Starting a sandbox and loading the bundle. */
  coldMs: number;
  /** Each invocation. */
  warmMs: number;
}

/** One answered invocation. */
export interface Invocation {
  readonly requestId: string;
  readonly executedVersion: string;
  /** JSON text: the handler's answer, or its error as the managed runtime writes it. */
  readonly payload: string;
  /** Set as by the header X-Amz-Function-Error. */
  readonly functionError?: 'Unhandled';
}

/** A line that a function printed. */
export interface LogLine {
  readonly time: number;
  readonly functionName: string;
  readonly version: string;
  readonly text: string;
  /** Whether the role may write it to the log group; on AWS, what it may not is lost silently. */
  readonly delivered: boolean;
}

export const LATEST = '$LATEST';
const closed: FunctionError = { errorType: 'Runtime.ExitError', errorMessage: 'the rehearsal was closed' };
/** "Payload: 6 MB each for request and response (synchronous)" – Lambda quotas. */
const MOST_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** A request that Lambda refuses, before any function runs. */
export class LambdaRefusal extends Error {
  constructor(readonly code: 'ResourceNotFoundException' | 'InvalidParameterValueException' | 'RequestTooLargeException', message: string) {
    super(message);
    this.name = code;
  }
}

/** What functions need of their account. */
export type Surroundings = Pick<Account, 'clock' | 'random' | 'region' | 'arn'> & Partial<Pick<Account, 'gate' | 'sessions'>>;

interface Deployed {
  readonly name: string;
  readonly versions: Map<string, FunctionConfiguration>;
  readonly aliases: Map<string, string>;
  /** Statements of its resource policy: who may invoke it, from what source. */
  readonly permissions: Map<string, { readonly principal: string; readonly sourceArn?: string }>;
}

/** The account's functions: published versions never change, and each runs in sandboxes of its own. */
export class Lambda {
  readonly durations: Durations = { coldMs: 600, warmMs: 120 };
  readonly logs: LogLine[] = [];
  /** Invocations that have not been answered. */
  running = 0;

  private readonly functions = new Map<string, Deployed>();
  private readonly warm = new Map<string, Sandbox[]>();
  private readonly busy = new Set<Sandbox>();
  private readonly faults = new FunctionFaults();

  /** @param port where the account listens on 127.0.0.1 */
  constructor(private readonly account: Surroundings, private readonly port: () => number) {}

  arn(name: string, qualifier?: string): string {
    return this.account.arn('lambda', `function:${name}${qualifier === undefined ? '' : `:${qualifier}`}`);
  }

  /** Creates a function or changes its $LATEST. */
  put(name: string, configuration: FunctionConfiguration): void {
    const known = this.functions.get(name);
    if (known) known.versions.set(LATEST, configuration);
    else this.functions.set(name, { name, versions: new Map([[LATEST, configuration]]), aliases: new Map(), permissions: new Map() });
  }

  /** Publishes what $LATEST is now; a version that exists never changes. */
  publish(name: string, version: string): void {
    const { versions } = this.get(name);
    if (!versions.has(version)) versions.set(version, versions.get(LATEST)!);
  }

  /** From now on, makes invocations of a handler (`snapshot-volumes`) fail, once unless told otherwise. */
  fail(handler: string, errorType: string, options: FunctionFaultOptions = {}): void {
    this.faults.add(handler, errorType, options);
  }

  alias(name: string, alias: string, version: string): void {
    this.get(name).aliases.set(alias, version);
  }

  permit(name: string, id: string, principal: string, sourceArn?: string): void {
    this.get(name).permissions.set(id, { principal, ...(sourceArn !== undefined && { sourceArn }) });
  }

  /** Whether a service may invoke a function on behalf of a resource, by the function's resource policy. */
  permits(name: string, principal: string, sourceArn: string): boolean {
    return [...this.get(name).permissions.values()].some(permission =>
      permission.principal === principal && (permission.sourceArn ?? sourceArn) === sourceArn);
  }

  remove(name: string, version?: string): void {
    if (version === undefined) this.functions.delete(name);
    else this.functions.get(name)?.versions.delete(version);
  }

  versions(name: string): string[] {
    return [...this.get(name).versions.keys()];
  }

  /** Whose role a request is checked against: sandboxes sign with an access key that names their function. */
  principalOf(accessKeyId: string): Principal | undefined {
    const [name, version] = accessKeyId.split('.') as [string, string | undefined];
    const configuration = this.functions.get(name)?.versions.get(version ?? LATEST);
    return configuration && this.principal(name, configuration.roleArn);
  }

  /** Name, partial ARN or ARN, each with or without a qualifier, as Invoke takes them. */
  locate(functionName: string, qualifier?: string): { name: string; qualifier?: string; arn: string } {
    const [, name, suffix] = /^(?:arn:[^:]+:lambda:[^:]+:)?(?:\d{12}:)?(?:function:)?([A-Za-z0-9-_]+)(?::(\$LATEST|[A-Za-z0-9-_]+))?$/
      .exec(functionName) ?? [];
    if (name === undefined) throw new LambdaRefusal('InvalidParameterValueException', `${functionName} names no function`);
    if (suffix !== undefined && qualifier !== undefined && suffix !== qualifier) {
      throw new LambdaRefusal('InvalidParameterValueException', 'The derived qualifier from the function name does not match the specified qualifier.');
    }
    const chosen = suffix ?? qualifier;
    return { name, ...(chosen !== undefined && { qualifier: chosen }), arn: this.arn(name, chosen) };
  }

  /** Runs a function; resolves with its answer, an error of the handler included. */
  async invoke(functionName: string, payload: string, qualifier?: string): Promise<Invocation> {
    const located = this.locate(functionName, qualifier);
    const deployed = this.functions.get(located.name);
    const version = deployed?.aliases.get(located.qualifier ?? '') ?? located.qualifier ?? LATEST;
    const configuration = deployed?.versions.get(version);
    if (!configuration) throw new LambdaRefusal('ResourceNotFoundException', `Function not found: ${located.arn}`);
    if (Buffer.byteLength(payload) > MOST_PAYLOAD_BYTES) {
      throw new LambdaRefusal('RequestTooLargeException', `Request must be smaller than ${MOST_PAYLOAD_BYTES} bytes for the InvokeFunction operation`);
    }
    const requestId = this.account.random.uuid();
    this.running++;
    try {
      const outcome = await this.run(located.name, version, located.arn, configuration, payload, requestId);
      const answer = { requestId, executedVersion: version };
      if ('error' in outcome) return { ...answer, payload: JSON.stringify(outcome.error), functionError: 'Unhandled' };
      return { ...answer, payload: outcome.payload };
    } finally {
      this.running--;
    }
  }

  /** Gives all sandboxes back. */
  close(): void {
    for (const sandbox of this.busy) sandbox.kill(closed);
    for (const [key, sandboxes] of this.warm) {
      const ended = this.holdsCredentials(key.split('.')[0]!);
      for (const sandbox of sandboxes) {
        if (ended) sandbox.kill(closed);
        else returnSandbox(sandbox);
      }
    }
    this.warm.clear();
  }

  /** What a handler keeps of another account's role is worth nothing in the next rehearsal. */
  private holdsCredentials(name: string): boolean {
    return [...this.account.sessions?.values() ?? []].some(({ by }) => by.endsWith(`/${name}`));
  }

  private async run(
    name: string, version: string, arn: string, configuration: FunctionConfiguration, event: string, requestId: string,
  ): Promise<Outcome> {
    const { clock } = this.account;
    const key = `${name}.${version}`;
    const fault = this.faults.take(configuration.handler, event);
    const kept = this.warm.get(key)?.pop();
    if (!kept) await clock.sleep(this.durations.coldMs);
    const sandbox = kept ?? takeSandbox({
      root: configuration.root,
      handler: configuration.handler,
      memoryMb: configuration.memoryMb,
      environment: environmentOf(this.account.region, name, version, configuration),
    }, clock.now());
    this.busy.add(sandbox);
    const delivered = this.mayLog(name, version, configuration);
    sandbox.onOutput = text => this.logs.push({ time: clock.now(), functionName: name, version, text, delivered });
    const deadline = clock.now() + configuration.timeoutSeconds * 1000;
    const alarm = clock.at(deadline, () => sandbox.kill(timedOut(requestId, configuration.timeoutSeconds)));
    const outcome = fault && !fault.afterwards ? { error: fault.error } : await sandbox.invoke(clock, {
      event, deadline, port: this.port(), seed: Math.floor(this.account.random.next() * 2 ** 32),
      context: contextOf(configuration, { name, version, arn, requestId, logStream: logStreamOf(clock, name, version) }),
    });
    this.busy.delete(sandbox);
    if (sandbox.alive) this.warm.set(key, [...this.warm.get(key) ?? [], sandbox]);
    await this.rest(alarm, deadline);
    return fault ? { error: fault.error } : withinLimits(withRequestId(outcome, requestId));
  }

  /** The invocation's own duration passes after its calls: nothing else sees the difference. */
  private async rest(alarm: Timer, deadline: number): Promise<void> {
    alarm.cancel();
    const { clock } = this.account;
    await clock.sleep(Math.max(0, Math.min(this.durations.warmMs, deadline - clock.now())));
  }

  /** Lambda writes START and END lines of every invocation with the function's role. */
  private mayLog(name: string, version: string, { roleArn, logGroup, tracing }: FunctionConfiguration): boolean {
    const { gate } = this.account;
    const principal = this.principal(name, roleArn);
    const stream = this.account.arn('logs', `log-group:${logGroup}:log-stream:${logStreamOf(this.account.clock, name, version)}`);
    const allowed = (action: string, resource: string) => gate?.decide(principal, { action, resource }).allowed ?? true;
    if (tracing) ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'].forEach(action => allowed(action, '*'));
    return ['logs:CreateLogStream', 'logs:PutLogEvents'].map(action => allowed(action, stream)).every(Boolean);
  }

  private principal(name: string, roleArn: string): Principal {
    return { roleArn, callerArn: sessionArn(roleArn, name) };
  }

  private get(name: string): Deployed {
    const deployed = this.functions.get(name);
    if (!deployed) throw new Error(`no function is called ${name}`);
    return deployed;
  }
}

/** `arn:aws:iam::1:role/path/r` assumed as `s` is `arn:aws:sts::1:assumed-role/r/s`: without the role's path. */
export function sessionArn(roleArn: string, session: string): string {
  const [, partition, , , account, resource] = roleArn.split(':') as [string, string, string, string, string, string];
  return `arn:${partition}:sts::${account}:assumed-role/${resource.split('/').at(-1)!}/${session}`;
}

/** As seen in published answers of Lambda since 2024 (seek-oss/aws-codedeploy-hooks); Step Functions' name for it is unverified. */
function timedOut(requestId: string, seconds: number): FunctionError {
  return { errorType: 'Sandbox.Timedout', errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds` };
}

function withRequestId(outcome: Outcome, requestId: string): Outcome {
  if (!('error' in outcome) || outcome.error.errorType !== 'Runtime.ExitError') return outcome;
  return { error: { ...outcome.error, errorMessage: `RequestId: ${requestId} Error: ${outcome.error.errorMessage}` } };
}

function withinLimits(outcome: Outcome): Outcome {
  if ('error' in outcome || Buffer.byteLength(outcome.payload) <= MOST_PAYLOAD_BYTES) return outcome;
  return { error: {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${MOST_PAYLOAD_BYTES} bytes).`,
  } };
}
