import type { Execution } from './asl';
import { Account } from './cloud/account';
import { serve, type Server } from './cloud/server';
import type { Principal } from './cloud/service';
import { Deployment, type DeploymentOptions } from './deployment';
import type { HistoryListener } from './deployment/machines';
import { Usage } from './iam/usage';
import type { Json } from './json';
import { type Assembly, readAssembly, type Stack } from './template';

export { type Assembly, readAssembly } from './template';

export interface RehearsalOptions extends DeploymentOptions {
  /** What to deploy: a synthesized app, or the folder that `cdk synth` wrote. */
  readonly assembly?: Assembly;
  readonly dir?: string;
  /** The account to deploy into; a new one unless given. */
  readonly account?: Account;
  readonly region?: string;
  readonly seed?: number;
}

export interface SettleOptions {
  /** Virtual milliseconds after which settling is given up; two days unless told otherwise. */
  readonly atMost?: number;
}

const MINUTE = 60_000;
const QUIET_MINUTES = 5;
const TWO_DAYS = 48 * 60 * MINUTE;

/** A look-alike account with an app deployed in it, on the network of this machine. */
export class Rehearsal {
  private closed?: Promise<void>;

  private constructor(
    readonly account: Account, readonly deployment: Deployment, private readonly server: Server,
    /** What is deployed in other accounts, by account and Region. */
    private readonly elsewhere: ReadonlyMap<string, Deployment>,
  ) {}

  static async start(options: RehearsalOptions): Promise<Rehearsal> {
    const { assembly, dir, region, seed } = options;
    if ((assembly === undefined) === (dir === undefined)) throw new Error('a rehearsal needs either an assembly or its folder');
    const account = options.account ?? new Account({ ...(region !== undefined && { region }), ...(seed !== undefined && { seed }) });
    let port = 0;
    const app = assembly ?? readAssembly(dir!);
    const deployment = new Deployment(account, () => port, options);
    deployment.deploy(here(app, account));
    const elsewhere = new Map<string, Deployment>();
    for (const [key, stacks] of there(app, account)) {
      const { account: accountId, region: its } = stacks[0]!.environment!;
      const other = new Deployment(account.other(accountId).inRegion(its === 'unknown-region' ? account.region : its), () => port, options);
      other.deploy({ ...app, stacks });
      elsewhere.set(key, other);
    }
    const server = await serve(account, accessKeyId => deployment.lambda.principalOf(accessKeyId) ?? sessionOf(account, accessKeyId));
    port = Number(new URL(server.url).port);
    return new Rehearsal(account, deployment, server, elsewhere);
  }

  /** All executions so far, in the order of their start: those that events and other machines started, too. */
  get executions(): readonly Execution[] {
    return this.deployment.machines.executions;
  }

  /** Which permissions were granted, and which of them were ever needed. */
  get usage(): Usage {
    return this.elsewhere.size === 0 ? this.deployment.gate.usage
      : Usage.of(...[this.deployment, ...this.elsewhere.values()].map(({ gate }) => gate.usage.toJSON()));
  }

  /** Hears of every event in every execution's history. */
  listen(listener: HistoryListener): void {
    this.deployment.machines.listeners.add(listener);
  }

  /**
   * Starts a machine, as the person at the console does.
   * @param machine its ARN, name, logical id, construct path, or a construct on that path such as `InstanceClone`
   */
  startExecution(machine: string, input: Json, options: { readonly name?: string } = {}): Execution {
    const { arn } = this.deployment.machines.find(machine);
    const view = this.deployment.machines.start(arn, options.name ?? this.account.random.uuid(), input);
    return view.execution as Execution;
  }

  /** Lets time pass until an execution is over; throws where the rehearsal itself, not the machine, is at fault. */
  async finish(run: Execution): Promise<Execution> {
    await this.account.clock.run(run.done);
    this.throwFault([run]);
    return run;
  }

  /** Lets time pass until no execution runs and no function works, and nothing new has begun for some minutes; throws as `finish` does. */
  async settle({ atMost = TWO_DAYS }: SettleOptions = {}): Promise<void> {
    const { clock } = this.account;
    const until = clock.now() + atMost;
    for (let quiet = 0; quiet < QUIET_MINUTES;) {
      if (clock.now() >= until) throw new Error(`still at work after ${atMost / MINUTE} minutes: ${this.atWork().join(', ')}`);
      await clock.advance(MINUTE);
      quiet = this.atWork().length === 0 ? quiet + 1 : 0;
      this.throwFault(this.executions);
    }
  }

  /** Updates the stacks while executions run: they go on as they were started. */
  update(assembly: Assembly | string): void {
    const app = typeof assembly === 'string' ? readAssembly(assembly) : assembly;
    this.deployment.deploy(here(app, this.account));
    for (const [key, stacks] of there(app, this.account)) this.elsewhere.get(key)?.deploy({ ...app, stacks });
  }

  /** Ends the network and gives the sandboxes back; a second time it does nothing. */
  close(): Promise<void> {
    this.deployment.lambda.close();
    this.closed ??= this.server.close();
    return this.closed;
  }

  private throwFault(executions: readonly Execution[]): void {
    const faulty = executions.find(({ fault }) => fault !== undefined);
    if (faulty) throw faulty.fault;
  }

  private atWork(): string[] {
    const running = this.executions.filter(({ status }) => status === 'RUNNING').map(({ arn }) => arn);
    return this.deployment.lambda.running > 0 ? [...running, `${this.deployment.lambda.running} functions`] : running;
  }
}

/** The stacks for this account: those that name no other. */
function here(app: Assembly, { accountId }: Account): Assembly {
  return { ...app, stacks: app.stacks.filter(({ environment }) => (environment?.account ?? accountId) === accountId) };
}

/** The stacks for other accounts, by account and Region; what the rehearsal does with them is to keep their roles and keys, nothing runs there. */
function there(app: Assembly, { accountId }: Account): Map<string, Stack[]> {
  const found = new Map<string, Stack[]>();
  for (const stack of app.stacks) {
    if (stack.environment === undefined || stack.environment.account === accountId) continue;
    const key = `${stack.environment.account}/${stack.environment.region}`;
    found.set(key, [...found.get(key) ?? [], stack]);
  }
  return found;
}

/** Who holds temporary credentials, as long as they are valid. */
function sessionOf({ sessions, clock }: Account, accessKeyId: string): Principal | undefined {
  const session = sessions.get(accessKeyId);
  return session && session.expires > clock.now() ? session.principal : undefined;
}
