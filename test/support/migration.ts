import { Bitrate, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EdgeLocation, EdgeMigration, EdgeMigrationProps, EdgeTunnel, InstanceStoreSync, MobilityLedger, MovableInstances } from '../../lib';
import type { Execution } from '../../rehearsal/asl';
import type { Account } from '../../rehearsal/cloud/account';
import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import { makeSecurityGroup, makeSubnet } from '../../rehearsal/cloud/ec2/default-network';
import { addElasticAddress } from '../../rehearsal/cloud/ec2/elastic-addresses';
import { zoneId } from '../../rehearsal/cloud/ec2/zones';
import type { Background } from '../../rehearsal/cloud/links/background';
import type { Json } from '../../rehearsal/json';
import { type Assembly, Rehearsal } from '../../rehearsal/rehearsal';
import { assemblyOf, type SynthesisOptions } from './assembly';
import { recordUsage } from './permissions';
import { KEY_ARN } from './rehearse';

export const MOVABLE = { key: 'movable', value: 'yes' };
export const vpcId = 'vpc-0d0a7aba5e0d0a7ab';
export const home = 'subnet-0d0a7aba5e0d0a7a1';
const away = 'subnet-0d0a7aba5e0d0a7b1';
export const factory = 'subnet-0d0a7aba5e0d0a7c1';
const city = 'subnet-0d0a7aba5e0d0a7d1';
const groupArn = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/orders/0123456789abcdef';
const hostedZoneId = 'Z0123456789ABCDEFGHIJ';
const record = 'app.example.com.';
const SERVICE = 'app.service';
/** What serves in the instances of these tests, and writes. */
export const services = [SERVICE];

export const outpostId = 'op-0123456789abcdef0';
export const outpostArn = `arn:aws:outposts:us-east-1:111122223333:outpost/${outpostId}`;
const boston = 'us-east-1-bos-1a';
/** Bits per second. */
export const CAPACITY = 500e6;

/** An Outpost, a Local Zone, and two zones of the Region. */
export const locations = (stack: Stack): EdgeLocation[] => {
  const subnet = (id: string) => ec2.Subnet.fromSubnetId(stack, id, id);
  return [
    EdgeLocation.outpost('factory', {
      subnet: subnet(factory), outpostArn, tunnels: [EdgeTunnel.outpostServiceLink(stack, 'ServiceLink', { outpostId, capacity: Bitrate.bps(CAPACITY) })],
    }),
    EdgeLocation.localZone('boston', { subnet: subnet(city), zoneName: boston, tunnels: [EdgeTunnel.localZone(stack, 'Boston', { zoneName: boston, capacity: Bitrate.bps(10e9) })] }),
    EdgeLocation.region('home', { subnet: subnet(home), availabilityZone: 'us-east-1a' }),
    EdgeLocation.region('away', { subnet: subnet(away), availabilityZone: 'us-east-1b' }),
  ];
};

/** Synthesizes a stack with an EdgeMigration called `Edge`, as an app would. */
export function synthesizedMigration(define: (stack: Stack) => Partial<EdgeMigrationProps> = everything): Assembly {
  return assemblyOf(app => {
    const stack = new Stack(app, 'Test', { env: { account: '111122223333', region: 'us-east-1' } });
    new EdgeMigration(stack, 'Edge', { instances: MovableInstances.tagged(MOVABLE.key, MOVABLE.value), locations: locations(stack), ...define(stack) });
  });
}

/** The same with an InstanceStoreSync called `Sync`, in a stack of its own, for moves by blocks over a VPN. */
export function synthesizedBlocks(options?: SynthesisOptions): Assembly {
  return assemblyOf(app => {
    const env = { account: '111122223333', region: 'us-east-1' };
    const [replication, stack] = [new Stack(app, 'Replication', { env }), new Stack(app, 'Test', { env })];
    const instances = MovableInstances.tagged(MOVABLE.key, MOVABLE.value);
    const ledger = new MobilityLedger(replication, 'Ledger');
    const { passableRoles, targetGroups, hostedZones, notificationTopic } = everything(replication);
    const blocks = new InstanceStoreSync(replication, 'Sync', {
      instances, ledger, passableRoles, targetGroups, hostedZones, notificationTopic, vpc: ec2.Vpc.fromVpcAttributes(replication, 'Vpc', { vpcId, availabilityZones: ['us-east-1a'] }),
    });
    new EdgeMigration(stack, 'Edge', { instances, locations: locations(stack), ...everything(stack), ledger, blocks });
  }, options);
}

/** Everything that a step could need is granted. */
export function everything(stack: Stack): Partial<EdgeMigrationProps> {
  return {
    passableRoles: [iam.Role.fromRoleName(stack, 'Server', 'app-server')],
    volumeKeys: [kms.Key.fromKeyArn(stack, 'VolumeKey', KEY_ARN)],
    targetGroups: [elbv2.ApplicationTargetGroup.fromTargetGroupAttributes(stack, 'Group', { targetGroupArn: groupArn })],
    hostedZones: [route53.HostedZone.fromHostedZoneId(stack, 'Zone', hostedZoneId)],
    notificationTopic: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111122223333:ops'),
  };
}

/** Blocks per volume that were written long ago, and how often the application writes one. */
const OLD_BLOCKS = 50;
const WRITES_EVERY = 4_000;

export interface BenchOptions {
  /** Whether an application writes where the service runs. */
  readonly writes?: boolean;
  /** Of which roles it counts what they used. */
  readonly counts?: RegExp;
  /** Bits per second that others send to the Outpost. */
  readonly others?: Background;
}

/** One rehearsal with an application server, and the questions that tests ask of it. */
export class MigrationBench {
  static async start(assembly: Assembly, spec: InstanceSpec = {}, { writes = true, counts = /^/, others }: BenchOptions = {}): Promise<MigrationBench> {
    const rehearsal = await Rehearsal.start({ assembly });
    const { account } = rehearsal;
    account.sns.addTopic('ops');
    account.ec2.keys.create({ arn: KEY_ARN });
    account.ec2.placementGroups.set('together', { GroupName: 'together', GroupId: 'pg-0123456789abcdef0', State: 'available', Strategy: 'spread' });
    account.ec2.vpcs.set(vpcId, { VpcId: vpcId, CidrBlock: '10.20.0.0/16', State: 'available', IsDefault: false, InstanceTenancy: 'default', OwnerId: account.accountId });
    makeSecurityGroup(account.ec2, { vpcId, name: 'default', description: 'default VPC security group' });
    account.outposts.add({ id: outpostId, vpcId, zone: 'us-east-1a', link: { capacity: CAPACITY, ...others && { background: { 'to-edge': others } } } });
    account.ec2.addLocalZone({ name: boston, vpcId });
    for (const [id, zone, cidr, outpost] of [
      [home, 'us-east-1a', '10.20.1.0/24', undefined], [away, 'us-east-1b', '10.20.2.0/24', undefined],
      [factory, 'us-east-1a', '10.20.3.0/24', outpostArn], [city, boston, '10.20.4.0/24', undefined],
    ] as const) makeSubnet(account.ec2, { id, vpcId, cidr, zone, zoneId: zoneId(account.region, zone), ...outpost && { outpostArn: outpost } });
    const { instanceId, volumeIds } = account.ec2.addInstance({
      name: 'orders', type: 'm5.large', profile: 'app-server', subnetId: home, tags: { [MOVABLE.key]: MOVABLE.value, role: 'web' },
      volumes: [{ size: 20, written: 1 }, { size: 50, written: 2 }], ...spec,
    });
    for (const id of volumeIds) for (let block = 0; block < OLD_BLOCKS; block++) account.ec2.write(id, block, `old ${block} of ${id}`);
    const bench = new MigrationBench(rehearsal, instanceId, counts);
    bench.install();
    if (writes) bench.keepWriting();
    await account.clock.advance(10_000);
    return bench;
  }

  /** By device: every block that the application was told is written, with its newest value. */
  readonly acknowledged = new Map<string, Map<number, string>>();
  /** Instances on which the application wrote, in turn. */
  readonly wroteOn: string[] = [];
  /** When it wrote last and first, to measure pauses. */
  readonly writes: { readonly at: number; readonly instanceId: string }[] = [];
  private readonly before: string;
  private count = 0;

  private constructor(readonly rehearsal: Rehearsal, readonly sourceInstanceId: string, private readonly counts: RegExp) {
    this.before = this.sourceFacts();
  }

  get account(): Account {
    return this.rehearsal.account;
  }

  /** An Elastic IP address of the source. */
  elasticIp(): string {
    const [primary] = this.account.ec2.instances.get(this.sourceInstanceId)!.NetworkInterfaces;
    return addElasticAddress(this.account.ec2, { networkInterfaceId: primary!.NetworkInterfaceId! }).AllocationId!;
  }

  /** What clients are led by. */
  get traffic() {
    return { targetGroupArns: [groupArn], records: [{ hostedZoneId, name: record, type: 'A' }] };
  }

  private install(): void {
    const { ssm, elbv2: balancing, route53: dns, ec2: cloud } = this.account;
    const guest = ssm.guest(this.sourceInstanceId);
    const [root = '', data = ''] = this.volumesOf(this.sourceInstanceId).map(({ volumeId }) => volumeId);
    guest.disks.format({ mounts: ['/'], kind: 'xfs', volumes: [root] }, ...data === '' ? [] : [{ mounts: ['/data'], kind: 'xfs', volumes: [data] }]);
    guest.systemd.install(SERVICE);
    balancing.addTargetGroup({ name: 'orders', arn: groupArn, vpcId, port: 8080, protocol: 'TCP', healthCheckIntervalSeconds: 10, healthyThresholdCount: 3 });
    balancing.addTarget(groupArn, this.sourceInstanceId);
    dns.addHostedZone('example.com', [{ Name: record, Type: 'A', TTL: 60, ResourceRecords: [{ Value: cloud.instances.get(this.sourceInstanceId)!.PrivateIpAddress! }] }], hostedZoneId);
  }

  /** The application, wherever its service runs and clients are led: it writes a block of each volume, and remembers what was acknowledged. */
  private keepWriting(): void {
    const write = () => {
      const instanceId = this.servedBy();
      if (instanceId !== undefined) {
        if (this.wroteOn.at(-1) !== instanceId) this.wroteOn.push(instanceId);
        this.writes.push({ at: this.account.clock.now(), instanceId });
        for (const { device, volumeId } of this.volumesOf(instanceId)) {
          const block = 100 + this.count % 40;
          this.account.ec2.write(volumeId, block, `write ${this.count} to ${device}`);
          this.acknowledged.set(device, (this.acknowledged.get(device) ?? new Map<number, string>()).set(block, `write ${this.count} to ${device}`));
        }
        this.count++;
      }
      this.account.clock.after(WRITES_EVERY, write);
    };
    write();
  }

  /** Instances on which the service runs. */
  serving(): string[] {
    return [...this.account.ec2.instances.values()].map(({ InstanceId }) => InstanceId)
      .filter(id => this.stateOf(id) === 'running' && this.account.ssm.guest(id).systemd.isActive(SERVICE));
  }

  /** Where clients come to: the record names it, and its service runs. */
  servedBy(): string | undefined {
    const address = this.account.route53.zone(hostedZoneId).records.get(`${record} A `)?.ResourceRecords?.[0]?.Value;
    return this.serving().find(id => this.account.ec2.instances.get(id)!.PrivateIpAddress === address);
  }

  volumesOf(instanceId: string): { readonly device: string; readonly volumeId: string }[] {
    return (this.account.ec2.instances.get(instanceId)?.BlockDeviceMappings ?? []).map(({ DeviceName = '', Ebs }) => ({ device: DeviceName, volumeId: Ebs?.VolumeId ?? '' }));
  }

  /** One instance serves, the application writes on there, and has all that was ever acknowledged. */
  async expectServed(instanceId: string): Promise<void> {
    expect({ serving: this.serving(), servedBy: this.servedBy() }).toEqual({ serving: [instanceId], servedBy: instanceId });
    await this.expectContent(instanceId);
  }

  /** The application writes on somewhere, and this instance has all that was ever acknowledged. */
  async expectContent(instanceId: string): Promise<void> {
    const before = this.writes.length;
    await this.account.clock.advance(10_000);
    expect(this.writes.length).toBeGreaterThan(before);
    for (const { device, volumeId } of this.volumesOf(instanceId)) {
      const content = this.account.ec2.content(volumeId);
      const missing = [...this.acknowledged.get(device) ?? []].filter(([block, value]) => content.get(block) !== value);
      expect({ device, missing }).toEqual({ device, missing: [] });
      for (let block = 0; block < OLD_BLOCKS; block++) expect(content.get(block)).toMatch(`old ${block} of `);
    }
  }

  /** A further execution is judged by its own pause. */
  forgetPauses(): void {
    this.writes.splice(0);
  }

  /** The longest time between two writes that clients saw. */
  longestPause(): number {
    return Math.max(...this.writes.slice(1).map(({ at }, index) => at - this.writes[index]!.at)) / 1000;
  }

  start(input: { [key: string]: Json } = {}): Execution {
    return this.rehearsal.startExecution('Edge', { instanceId: this.sourceInstanceId, destination: 'factory', services, traffic: this.traffic, keepSource: 'PT2M', ...input });
  }

  /** Runs an execution to its end, and whatever follows from it (the rescue, the janitor). */
  async run(input: { [key: string]: Json } = {}): Promise<Execution> {
    return this.finish(this.start(input));
  }

  async finish(run: Execution): Promise<Execution> {
    await this.rehearsal.finish(run);
    await this.rehearsal.settle();
    return run;
  }

  /** The executions of a construct's machine: `Edge/Rescue`, `Edge/Janitor`. */
  executionsOf(construct: string): Execution[] {
    const arns = this.rehearsal.deployment.machines.all().filter(({ path }) => path.replace(/(\/(Machine|Resource))+$/, '') === construct).map(({ name }) => `:execution:${name}:`);
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
    const name = step.replaceAll(' ', '');
    return { by: ({ callerArn }) => callerArn.includes(`${name}handler`) };
  }

  /** The instance that is or was the other one. */
  target(): string | undefined {
    return [...this.account.ec2.instances.keys()].find(id => id !== this.sourceInstanceId);
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

  /** Ids of the targets that get requests by now. */
  healthy(): string[] {
    const { elbv2: balancing } = this.account;
    return balancing.targetsOf(balancing.get(groupArn)).filter(each => balancing.healthOf(balancing.get(groupArn), each).State === 'healthy').map(each => each.target.Id!);
  }

  /** Whatever became of it: nothing of the execution is without its place, and neither lease nor link is held. */
  expectNothingLeft(run: Execution): void {
    expect(this.account.ec2.ownedBy(run.arn)).toEqual([]);
    this.expectLeasesFree();
    this.expectLinksFree();
  }

  expectLeasesFree(): void {
    for (const table of this.account.dynamodb.tables.values()) expect(table.all().filter(item => 'holder' in item)).toEqual([]);
  }

  /** What is held of links, of any day. */
  expectLinksFree(): void {
    for (const table of this.account.dynamodb.tables.values()) {
      for (const item of table.all()) if ('held' in item) expect(item.held).toEqual({ M: {} });
    }
  }

  expectSourceUntouched(): void {
    expect(this.sourceFacts()).toBe(this.before);
  }

  /** The invariants after a move that did not come to be. */
  async expectNothingHappened(run: Execution): Promise<void> {
    this.expectSourceUntouched();
    this.expectNothingLeft(run);
    expect(this.others()).toEqual([]);
    await this.expectServed(this.sourceInstanceId);
    expect(this.healthy()).toEqual([this.sourceInstanceId]);
  }

  private sourceFacts(): string {
    const { instances, instanceModels, volumes } = this.account.ec2;
    const instance = instances.get(this.sourceInstanceId)!;
    const { reboots, disableApiTermination, disableApiStop } = instanceModels.get(this.sourceInstanceId)!;
    const attached = [...volumes.values()].filter(({ Attachments }) => Attachments.some(({ InstanceId }) => InstanceId === this.sourceInstanceId));
    return JSON.stringify({ instance, reboots, disableApiTermination, disableApiStop, attached }, null, 1);
  }

  async close(): Promise<void> {
    recordUsage(this.rehearsal, this.counts);
    await this.rehearsal.close();
  }
}

/** Rehearses one story and always cleans up. */
export async function rehearseMigration(
  assembly: Assembly, story: (bench: MigrationBench) => Promise<void>, spec?: InstanceSpec, options?: BenchOptions,
): Promise<void> {
  const bench = await MigrationBench.start(assembly, spec, options);
  try {
    await story(bench);
  } finally {
    await bench.close();
  }
}

