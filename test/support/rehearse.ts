import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { CloneSource, InstanceClone, InstanceCloneProps } from '../../lib';
import type { Execution } from '../../rehearsal/asl';
import type { Account } from '../../rehearsal/cloud/account';
import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import type { Json } from '../../rehearsal/json';
import { type Assembly, Rehearsal } from '../../rehearsal/rehearsal';
import { assemblyOf, type SynthesisOptions } from './assembly';
import { recordUsage } from './permissions';

export const CLONABLE = { clonable: 'yes' };

/** Synthesizes a stack with an InstanceClone called `Clone`, as an app would. */
export function synthesized(define: (stack: Stack) => Partial<InstanceCloneProps> = () => ({}), options?: SynthesisOptions): Assembly {
  return assemblyOf(app => {
    const stack = new Stack(app, 'Test', { env: { account: '111122223333', region: 'us-east-1' } });
    new InstanceClone(stack, 'Clone', { source: CloneSource.tagged('clonable', 'yes'), ...define(stack) });
  }, options);
}

/** What most tests deploy: everything that a step could need is granted. */
export function everything(stack: Stack): Partial<InstanceCloneProps> {
  return {
    passableRoles: [iam.Role.fromRoleName(stack, 'Web', 'web')],
    volumeKeys: [kms.Key.fromKeyArn(stack, 'VolumeKey', `arn:aws:kms:us-east-1:111122223333:key/${KEY_ID}`)],
    notificationTopic: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111122223333:ops'),
    prices: { 'snapshot-gib-month': 0.05 },
  };
}
export const KEY_ID = '11112222-3333-4444-5555-666677778888';
export const KEY_ARN = `arn:aws:kms:us-east-1:111122223333:key/${KEY_ID}`;

/** A key in eu-west-1, where sources of another Region are. */
export const KEY_ARN_ABROAD = 'arn:aws:kms:eu-west-1:111122223333:key/99992222-3333-4444-5555-666677778888';

/** A three-volume server, as most tests clone. */
export const SERVER: InstanceSpec = {
  name: 'db-1',
  type: 'm5.large',
  tags: CLONABLE,
  volumes: [{ size: 20, written: 4 }, { size: 100, written: 10, tags: { purpose: 'data' } }, { size: 50, written: 2, type: 'io2', iops: 3000 }],
};

/** One rehearsal with one source, and the questions that tests ask of it. */
export class Bench {
  /** @param homeOf where the source is, if not where the construct is */
  static async start(assembly: Assembly, spec: InstanceSpec = SERVER, homeOf: (account: Account) => Account = account => account): Promise<Bench> {
    const rehearsal = await Rehearsal.start({ assembly });
    rehearsal.account.sns.addTopic('ops');
    rehearsal.account.ec2.keys.create({ arn: KEY_ARN });
    rehearsal.account.ec2.placementGroups.set('together', { GroupName: 'together', GroupId: 'pg-0123456789abcdef0', State: 'available', Strategy: 'spread' });
    const home = homeOf(rehearsal.account);
    home.ec2.keys.create({ arn: KEY_ARN_ABROAD });
    const { instanceId } = home.ec2.addInstance(spec);
    return new Bench(rehearsal, instanceId, home);
  }

  private readonly before: string;

  private constructor(readonly rehearsal: Rehearsal, readonly sourceInstanceId: string, readonly home: Account) {
    this.before = this.sourceFacts();
  }

  get account(): Account {
    return this.rehearsal.account;
  }

  /** Without isolation and identity, which have tests of their own, unless told otherwise. */
  start(input: { [key: string]: Json } = {}): Execution {
    return this.rehearsal.startExecution('Clone', { sourceInstanceId: this.sourceInstanceId, isolation: false, identity: 'keep', ...input });
  }

  /** Runs another machine of the construct to its end: Expire, Extend, Report. */
  async operate(machine: string, input: Json): Promise<Execution> {
    return this.finish(this.rehearsal.startExecution(machine, input));
  }

  /** Runs an execution to its end, and whatever follows from it (the janitor). */
  async run(input: { [key: string]: Json } = {}): Promise<Execution> {
    return this.finish(this.start(input));
  }

  async finish(run: Execution): Promise<Execution> {
    await this.rehearsal.finish(run);
    await this.rehearsal.settle();
    return run;
  }

  /** Only calls of one step are hit by a fault: the caller's role is named after the step. */
  by(step: string): { readonly by: (principal: { callerArn: string }) => boolean } {
    const name = step.replaceAll(' ', '');
    return { by: ({ callerArn }) => callerArn.includes(name) };
  }

  /** What the source is, apart from its growing content. */
  private sourceFacts(): string {
    const { instances, instanceModels, volumes } = this.home.ec2;
    const { LaunchTime, ...instance } = instances.get(this.sourceInstanceId)!;
    const model = instanceModels.get(this.sourceInstanceId)!;
    const attached = [...volumes.values()].filter(({ Attachments }) => Attachments.some(({ InstanceId }) => InstanceId === this.sourceInstanceId));
    const { reboots, disableApiTermination, disableApiStop, userData } = model;
    return JSON.stringify({ instance, LaunchTime, reboots, disableApiTermination, disableApiStop, userData, attached }, null, 1);
  }

  /** The invariants after a clone that did not come to be: the source noticed nothing, nothing is left, the lease is free. */
  expectNothingHappened(run: Execution): void {
    expect(this.sourceFacts()).toBe(this.before);
    expect([...this.account.ec2.ownedBy(run.arn), ...this.home.ec2.ownedBy(run.arn)]).toEqual([]);
    expect(this.schedulesOf(run)).toEqual([]);
    this.expectLeaseFree();
  }

  /** The clones that schedules for the removal of are there. */
  schedulesOf({ arn }: Execution): string[] {
    return [...this.account.scheduler.schedules.values()].map(({ Target }) => JSON.parse(Target.Input!) as { instanceId: string; createdBy: string })
      .filter(({ createdBy }) => createdBy === arn).map(({ instanceId }) => instanceId);
  }

  expectSourceUntouched(): void {
    expect(this.sourceFacts()).toBe(this.before);
  }

  expectLeaseFree(): void {
    for (const table of this.account.dynamodb.tables.values()) {
      expect(table.all().filter(item => 'holder' in item)).toEqual([]);
    }
  }

  async close(): Promise<void> {
    recordUsage(this.rehearsal);
    await this.rehearsal.close();
  }
}

/** Rehearses one story and always cleans up. */
export async function rehearse(
  assembly: Assembly, spec: InstanceSpec | undefined, story: (bench: Bench) => Promise<void>, homeOf?: (account: Account) => Account,
): Promise<void> {
  const bench = await Bench.start(assembly, spec, homeOf);
  try {
    await story(bench);
  } finally {
    await bench.close();
  }
}

/** Says why, where an execution did not succeed. */
export function expectSuccess({ status, error, cause }: Execution): void {
  expect({ status, error, cause }).toEqual({ status: 'SUCCEEDED', error: undefined, cause: undefined });
}
