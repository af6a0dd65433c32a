import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as sns from 'aws-cdk-lib/aws-sns';
import { InstanceStoreSync, InstanceStoreSyncProps, MovableInstances, RetirementResponse } from '../../lib';
import type { Execution } from '../../rehearsal/asl';
import type { Account } from '../../rehearsal/cloud/account';
import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import type { Side } from '../../rehearsal/hosts/host';
import type { ReplayedPair } from '../../rehearsal/hosts/replay';
import type { Json } from '../../rehearsal/json';
import { type Assembly, Rehearsal } from '../../rehearsal/rehearsal';
import { Hosts, type HostsOptions } from '../../rehearsal/scenarios/hosts';
import { Stage } from '../../rehearsal/scenarios/stage';
import { groupArn, hostedZoneId, movable, moving, type SyncServer, syncServer, traffic, vpcId } from '../../rehearsal/scenarios/sync-server';
import { assemblyOf, type SynthesisOptions } from './assembly';
import { recordUsage } from './permissions';
import { KEY_ARN } from './rehearse';

/** Synthesizes a stack with an InstanceStoreSync called `Sync`, as an app would. */
export function synthesizedSync(define: (stack: Stack) => Partial<InstanceStoreSyncProps> = everything, options?: SynthesisOptions): Assembly {
  return assemblyOf(app => {
    const stack = new Stack(app, 'Test', { env: { account: '111122223333', region: 'us-east-1' } });
    const [[key, value]] = Object.entries(movable) as [[string, string]];
    new InstanceStoreSync(stack, 'Sync', { instances: MovableInstances.tagged(key, value), ...define(stack) });
  }, options);
}

/** Everything that a step could need is granted. */
export function everything(stack: Stack): Partial<InstanceStoreSyncProps> {
  return {
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId, availabilityZones: ['us-east-1a'] }),
    passableRoles: [iam.Role.fromRoleName(stack, 'Server', 'database-server')],
    volumeKeys: [kms.Key.fromKeyArn(stack, 'VolumeKey', KEY_ARN)],
    targetGroups: [elbv2.ApplicationTargetGroup.fromTargetGroupAttributes(stack, 'Group', { targetGroupArn: groupArn })],
    hostedZones: [route53.HostedZone.fromHostedZoneId(stack, 'Zone', hostedZoneId)],
    notificationTopic: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111122223333:ops'),
    onRetirement: RetirementResponse.sync(moving),
  };
}

/** As large as what was recorded, so that blocks take a minute, not half a day. */
const DISK_BYTES = 64 * 2 ** 20;

/** One rehearsal with a database on instance store, and the questions that tests ask of it. */
export class SyncBench {
  static async start(assembly: Assembly, spec: InstanceSpec = {}, device?: string, hosts: HostsOptions = {}): Promise<SyncBench> {
    const rehearsal = await Rehearsal.start({ assembly });
    rehearsal.account.sns.addTopic('ops');
    rehearsal.account.ec2.keys.create({ arn: KEY_ARN });
    rehearsal.account.ec2.placementGroups.set('together', { GroupName: 'together', GroupId: 'pg-0123456789abcdef0', State: 'available', Strategy: 'spread' });
    const stage = new Stage(rehearsal, {}, 'Sync', new Hosts(hosts));
    const server = await syncServer(stage, spec, device);
    for (const disk of rehearsal.account.ec2.instanceStores.of(server.instanceId)) Object.assign(disk, { bytes: DISK_BYTES });
    return new SyncBench(rehearsal, stage, server);
  }

  /** What the source was before anything was asked for. */
  private readonly before: string;

  private constructor(readonly rehearsal: Rehearsal, readonly stage: Stage, readonly server: SyncServer) {
    this.before = this.sourceFacts();
  }

  get account(): Account {
    return this.rehearsal.account;
  }

  get sourceInstanceId(): string {
    return this.server.instanceId;
  }

  get pair(): ReplayedPair {
    return this.server.pair.replayed!;
  }

  /** What most executions ask for. */
  get input(): { [key: string]: Json } {
    return { sourceInstanceId: this.sourceInstanceId, ...moving, traffic: traffic(this.server) };
  }

  /** Another movable instance with a disk, which may be a target. */
  addTarget(spec: InstanceSpec = {}): string {
    const { ec2: cloud } = this.account;
    const { SubnetId } = cloud.instances.get(this.sourceInstanceId)!;
    return cloud.addInstance({ name: 'standby', type: 'm5d.xlarge', profile: 'database-server', subnetId: SubnetId!, tags: movable, volumes: [{ size: 20, written: 4 }], ...spec }).instanceId;
  }

  start(input: { [key: string]: Json } = {}, machine = 'Sync'): Execution {
    return this.rehearsal.startExecution(machine, { ...this.input, ...input });
  }

  /** Runs an execution to its end, and whatever follows from it (a fall back, the janitor). */
  async run(input: { [key: string]: Json } = {}): Promise<Execution> {
    return this.finish(this.start(input));
  }

  async finish(run: Execution): Promise<Execution> {
    await this.rehearsal.finish(run);
    await this.rehearsal.settle();
    return run;
  }

  /** Brings the workload back by hand. */
  async fallBack(run: Execution, input: { [key: string]: Json } = {}): Promise<Execution> {
    const { session } = JSON.parse(run.cause!) as { session: string };
    return this.finish(this.rehearsal.startExecution('FallBack', {
      sourceInstanceId: this.sourceInstanceId, targetInstanceId: this.target()!, session, traffic: traffic(this.server), ...input,
    }));
  }

  /** The executions of a construct's machine: `Sync/FallBack`, `Sync/Janitor`. */
  executionsOf(construct: string): Execution[] {
    const { machines } = this.rehearsal.deployment;
    const arns = machines.all().filter(({ path }) => path.replace(/(\/(Machine|Resource))+$/, '') === construct).map(({ name }) => `:execution:${name}:`);
    return [...this.rehearsal.executions].filter(({ arn }) => arns.some(each => arn.includes(each)));
  }

  /** When a state is entered, the first time. */
  once(state: string, act: (execution: Execution) => void): () => boolean {
    let met = false;
    this.rehearsal.listen((execution, event) => {
      if (met || event.stateEnteredEventDetails?.name !== state) return;
      met = true;
      act(execution);
    });
    return () => met;
  }

  /** Only calls of one step are hit by a fault: the caller's role is named after the step. */
  by(step: string): { readonly by: (principal: { callerArn: string }) => boolean } {
    const name = step.replaceAll(/\W/g, '');
    return { by: ({ callerArn }) => callerArn.includes(`${name}handler`) };
  }

  /** The instance that is or was the other one. */
  target(): string | undefined {
    return [...this.account.ec2.instances.keys()].find(id => id !== this.sourceInstanceId);
  }

  /** Ids of the EBS volumes of an instance, by device. */
  volumesOf(instanceId: string): Record<string, string> {
    return Object.fromEntries((this.account.ec2.instances.get(instanceId)?.BlockDeviceMappings ?? []).map(({ DeviceName, Ebs }) => [DeviceName!, Ebs?.VolumeId ?? '']));
  }

  tagsOf(instanceId: string): Record<string, string> {
    return Object.fromEntries((this.account.ec2.instances.get(instanceId)?.Tags ?? []).map(({ Key, Value }) => [Key!, Value!]));
  }

  stateOf(instanceId: string | undefined): string {
    return this.account.ec2.instances.get(instanceId ?? '')?.State.Name ?? 'gone';
  }

  /** Instances that live besides the source. */
  others(): string[] {
    return [...this.account.ec2.instances.values()]
      .filter(({ InstanceId, State }) => InstanceId !== this.sourceInstanceId && !['terminated', 'shutting-down'].includes(State.Name!)).map(({ InstanceId }) => InstanceId);
  }

  /** Which of the hosts have the services started, by what their documents did. */
  serving(): Side[] {
    return [...this.pair.serving];
  }

  /** One host serves, the application writes on there, and it has all that was ever acknowledged. */
  async expectServed(by: Side): Promise<void> {
    expect({ phases: this.pair.phases, serving: this.serving() }).toMatchObject({ serving: [by] });
    expect(this.stateOf(by === 'source' ? this.sourceInstanceId : this.target())).toBe('running');
    const { application } = this.pair;
    const before = application.acknowledged.length;
    await this.account.clock.advance(10_000);
    expect(application.acknowledged.length).toBeGreaterThan(before);
    expect(application.missingOn(this.pair.disks(by)[0]!.blocks)).toEqual([]);
    // what only the source has is read from there
    if (by === 'target' && this.pair.blocksLeft > 0) expect(this.stateOf(this.sourceInstanceId)).toBe('running');
  }

  /** Whatever became of it: nothing of the execution is without its place, and no lease is held. */
  expectNothingLeft(run: Execution): void {
    expect(this.account.ec2.ownedBy(run.arn)).toEqual([]);
    this.expectLeasesFree();
  }

  expectLeasesFree(): void {
    for (const table of this.account.dynamodb.tables.values()) expect(table.all().filter(item => 'holder' in item)).toEqual([]);
  }

  /** The source is what it was, its tags and groups included. */
  expectSourceUntouched(): void {
    expect(this.sourceFacts()).toBe(this.before);
  }

  /** The invariants after a move that did not come to be. */
  async expectNothingHappened(run: Execution): Promise<void> {
    this.expectSourceUntouched();
    this.expectNothingLeft(run);
    await this.expectServed('source');
    expect(this.server.healthy()).toEqual([this.sourceInstanceId]);
  }

  private sourceFacts(): string {
    const { instances, instanceModels, volumes } = this.account.ec2;
    const instance = instances.get(this.sourceInstanceId)!;
    const { reboots, disableApiTermination, disableApiStop } = instanceModels.get(this.sourceInstanceId)!;
    const attached = [...volumes.values()].filter(({ Attachments }) => Attachments.some(({ InstanceId }) => InstanceId === this.sourceInstanceId));
    return JSON.stringify({ instance, reboots, disableApiTermination, disableApiStop, attached }, null, 1);
  }

  async close(): Promise<void> {
    recordUsage(this.rehearsal);
    await this.rehearsal.close();
  }
}

/** Rehearses one story and always cleans up. */
export async function rehearseSync(
  assembly: Assembly, story: (bench: SyncBench) => Promise<void>, spec?: InstanceSpec, device?: string, hosts?: HostsOptions,
): Promise<void> {
  const bench = await SyncBench.start(assembly, spec, device, hosts);
  try {
    await story(bench);
  } finally {
    await bench.close();
  }
}
