import { Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { EdgeLink } from '../../lambda/shared/links';
import type { Location } from '../../lambda/shared/locations';
import { MobilityLedger } from '../../lib';
import { Fleet } from '../../lib/migration/fleet';
import { migrationBucket } from '../../lib/private/migration-bucket';
import type { Execution } from '../../rehearsal/asl';
import type { Account } from '../../rehearsal/cloud/account';
import { makeSubnet } from '../../rehearsal/cloud/ec2/default-network';
import { zoneId } from '../../rehearsal/cloud/ec2/zones';
import type { OutpostSpec } from '../../rehearsal/cloud/outposts/state';
import type { Json } from '../../rehearsal/json';
import { type Assembly, Rehearsal } from '../../rehearsal/rehearsal';
import { assemblyOf } from './assembly';
import { recordUsage } from './permissions';

export const MOVABLE = { movable: 'yes' };
const GB = 1e9;
const MBIT = 1e6;
const SLOT = 900;
const DAY = 86_400;

export const VPN: EdgeLink = {
  id: 'vpn/vpn-0123456789abcdef0', kind: 'site-to-site-vpn', capacity: { 'to-edge': 200 * MBIT, 'to-region': 100 * MBIT }, migrationShare: 0.8,
  transports: ['blocks'], vpnConnectionId: 'vpn-0123456789abcdef0',
};
export const OUTPOST_ID = 'op-0123456789abcdef0';
export const OUTPOST = `arn:aws:outposts:us-east-1:111122223333:outpost/${OUTPOST_ID}`;
export const LOCATIONS: readonly Location[] = [
  { name: 'factory', kind: 'outpost', subnetId: 'subnet-0123456789abcdef0', availabilityZone: 'us-east-1a', outpostArn: OUTPOST, links: [VPN] },
  { name: 'home', kind: 'region', subnetId: 'subnet-0123456789abcdef1', availabilityZone: 'us-east-1b', links: [] },
];

/** Stands for the machine that moves one instance: takes nine tenths of the time that was booked, and tells what its contract says. */
function standIn(scope: Construct): sfn.StateMachine {
  const moved = sfn.Pass.jsonata(scope, 'Moved', {
    outputs: {
      'instanceId': '{% $states.context.Execution.Input.instanceId %}', 'targetInstanceId': 'i-0fedcba9876543210', 'bytes': 21 * GB, 'pauseSeconds': 42,
      'startedAt': '{% $states.context.Execution.StartTime %}', 'switchedAt': '{% $states.context.State.EnteredTime %}', 'endedAt': '{% $states.context.State.EnteredTime %}',
    },
  });
  const copy = sfn.Wait.jsonata(scope, 'Copy', {
    time: sfn.WaitTime.seconds('{% $floor(($toMillis($states.input.reservation.until) - $toMillis($states.input.reservation.from)) * 0.0009) %}'),
  });
  const gaveUp = sfn.Fail.jsonata(scope, 'Gave up', { error: '{% $states.input.services[0] %}', cause: '{"message": "it writes too much just now"}' });
  const workflow = sfn.Choice.jsonata(scope, 'Fails?')
    .when(sfn.Condition.jsonata("{% $contains($string($states.input.services), 'ServiceFailed') %}"), sfn.Wait.jsonata(scope, 'Serve', { time: sfn.WaitTime.duration(Duration.minutes(40)) })
      .next(sfn.Fail.jsonata(scope, 'Failed late', { error: 'ServiceFailed', cause: '{"message": "it serves, and something else went wrong"}' })))
    .when(sfn.Condition.jsonata("{% $contains($string($states.input.services), 'WillNotConverge') or $contains($string($states.input.services), 'MountBusy') %}"),
      sfn.Pass.jsonata(scope, 'Name', { outputs: { services: "{% [$substringBefore($states.input.services[0], '.service')] %}" } }).next(gaveUp))
    .otherwise(copy.next(moved));
  return new sfn.StateMachine(scope, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(workflow), queryLanguage: sfn.QueryLanguage.JSONATA });
}

/** A stack with the machine of fleets, `Fleet`, which goes on as another execution after two and a half hours. */
export function synthesizedFleet(): Assembly {
  return assemblyOf(app => {
    const stack = new Stack(app, 'Test', { env: { account: '111122223333', region: 'us-east-1' } });
    const ledger = new MobilityLedger(stack, 'Ledger').table;
    const instanceMachine = standIn(new Construct(stack, 'Instance'));
    const notificationTopic = sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111122223333:ops');
    const encryptionKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
    new Fleet(stack, 'Fleet', {
      owner: 'Test:Test/Fleet', ledger, bucket: migrationBucket(stack, encryptionKey), locations: LOCATIONS, tag: { key: 'movable', value: 'yes' }, instanceMachine, volumeKeys: [], replicates: true,
      notificationTopic, approvalTimeout: Duration.days(1), ticksPerExecution: 10,
    });
  });
}

export interface Server {
  readonly name: string;
  /** GB of its data volume. */
  readonly data?: number;
  /** By hour of the day, UTC: bytes written per second, percent of CPU. */
  readonly writes?: (hour: number) => number;
  readonly cpu?: (hour: number) => number;
  /** Days of metrics that there are. */
  readonly days?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly state?: 'running' | 'stopped';
  /** The name of a location; a subnet of the Region unless told. */
  readonly at?: string;
}

export interface MoveExecution {
  readonly name: string;
  readonly run: Execution;
  readonly input: { reservation: { from: string; until: string; bitsPerSecond: number; link: string } } & { [key: string]: Json };
}

/** What the link carries besides, and the Outpost has. */
export interface Surroundings {
  /** Bytes per second to the edge, by hour of the day. */
  readonly others?: (hour: number) => number;
  /** By hours from the beginning. */
  readonly isUp?: (hours: number) => boolean;
  readonly rack?: OutpostSpec;
}
/** Rehearsals begin at nine: who waits for the quiet hours need not wait long. */
const busyByDay = (hour: number): number => (hour >= 7 && hour < 11 ? 60 : 5);
const byDay = (hour: number): number => (hour >= 7 && hour < 11 ? 50 : 5) * MBIT / 8;

/** An account in which servers have worked for three weeks, and a link has been busy by day. */
export class FleetBench {
  static async start(assembly: Assembly, servers: readonly Server[], { others = byDay, isUp = () => true, rack }: Surroundings = {}): Promise<FleetBench> {
    const rehearsal = await Rehearsal.start({ assembly });
    const { account } = rehearsal;
    account.sns.addTopic('ops');
    account.outposts.add({ id: OUTPOST_ID, ...rack });
    for (const { subnetId: id, availabilityZone: zone, outpostArn } of LOCATIONS) {
      const vpcId = [...account.ec2.vpcs.keys()][0]!;
      makeSubnet(account.ec2, { id, vpcId, cidr: `172.31.${id.endsWith('0') ? 240 : 250}.0/24`, zone, zoneId: zoneId(account.region, zone), ...outpostArn && { outpostArn } });
    }
    const now = Math.floor(account.clock.now() / 1000 / SLOT) * SLOT;
    const bench = new FleetBench(rehearsal);
    for (const { name, data = 20, writes = () => 1000, cpu = busyByDay, days = 22, tags = MOVABLE, type, state, at } of servers) {
      const volumes = [{ size: 8 }, { size: Math.round(data * GB / 2 ** 30) }];
      const subnetId = LOCATIONS.find(location => location.name === at)?.subnetId;
      const { instanceId, volumeIds } = account.ec2.addInstance({
        name, tags, volumes, ...type && { type }, ...state && { state }, ...subnetId !== undefined && { subnetId },
      });
      bench.ids.set(name, instanceId);
      for (let time = now - days * DAY; time < now + 4 * DAY; time += SLOT) {
        const hour = new Date(time * 1000).getUTCHours();
        account.cloudwatch.put({ namespace: 'AWS/EC2', metricName: 'CPUUtilization', dimensions: { InstanceId: instanceId } }, cpu(hour), time * 1000);
        account.cloudwatch.put({ namespace: 'AWS/EBS', metricName: 'VolumeWriteBytes', dimensions: { VolumeId: volumeIds[1]! } }, writes(hour) * SLOT, time * 1000);
      }
    }
    const dimensions = { VpnId: VPN.vpnConnectionId! };
    for (let time = now - 3600; time < now + 4 * DAY; time += 300) {
      account.cloudwatch.put({ namespace: 'AWS/VPN', metricName: 'TunnelState', dimensions }, isUp((time - now) / 3600) ? 1 : 0, time * 1000);
    }
    for (let time = now - 28 * DAY; time < now + 4 * DAY; time += 300) {
      const hour = new Date(time * 1000).getUTCHours();
      for (const [metricName, part] of [['TunnelDataOut', 1], ['TunnelDataIn', 0.2]] as const) {
        account.cloudwatch.put({ namespace: 'AWS/VPN', metricName, dimensions: { ...dimensions, TunnelIpAddress: '203.0.113.1' } }, others(hour) * 300 * part, time * 1000);
      }
    }
    return bench;
  }

  readonly ids = new Map<string, string>();

  /** When it began, milliseconds since the epoch. */
  readonly began: number;

  private constructor(readonly rehearsal: Rehearsal) {
    this.began = rehearsal.account.clock.now();
  }

  get account(): Account {
    return this.rehearsal.account;
  }

  id(name: string): string {
    return this.ids.get(name)!;
  }

  /** Moves all servers as blocks, unless told otherwise. */
  start(input: { [key: string]: Json } = {}, options: { readonly name?: string } = {}): Execution {
    return this.rehearsal.startExecution('Fleet', { destination: 'factory', transport: 'blocks', instances: { ids: [...this.ids.values()] }, ...input }, options);
  }

  async run(input: { [key: string]: Json } = {}): Promise<Execution> {
    return this.finish(this.start(input));
  }

  /** The last of the executions that a fleet went on as. */
  async finish(run: Execution): Promise<Execution> {
    await this.rehearsal.finish(run);
    const { continuedBy } = (run.output ?? {}) as { continuedBy?: string };
    const next = this.rehearsal.executions.find(({ arn }) => arn === continuedBy);
    return next ? this.finish(next) : run;
  }

  /** What a fleet has stored. */
  stored<T>(run: Execution, file: string): T {
    return JSON.parse(this.text(run, file)) as T;
  }

  /** The plan, as people see it. */
  page(run: Execution): string {
    return this.text(run, 'plan.html');
  }

  private text(run: Execution, file: string): string {
    const name = run.arn.split(':').at(-1)!.replace(/-part\d+$/, '');
    const texts = [...this.account.s3.buckets.keys()].flatMap(bucket => this.account.s3.text(bucket, `fleets/${name}/${file}`) ?? []);
    if (texts[0] === undefined) throw new Error(`${file} of ${name} is not there`);
    return texts[0];
  }

  /** The executions that moved an instance, by its name. */
  moves(): MoveExecution[] {
    const names = new Map([...this.ids].map(([name, id]) => [id, name]));
    return this.rehearsal.executions.filter(({ arn }) => arn.includes('Instance')).map(run => {
      const input = run.input as never as MoveExecution['input'];
      return { name: names.get(String(input['instanceId']))!, run, input };
    });
  }

  /** What is held of links just now, by the ids of reservations. */
  held(): string[] {
    const now = this.account.clock.now() / 1000;
    return [...this.account.dynamodb.tables.values()].flatMap(table => table.all())
      .flatMap(({ held }) => Object.entries(held?.M ?? {})).filter(([, { M }]) => Number(M!['expires']!.N) > now).map(([id]) => id);
  }

  /** What somebody who was asked does with the token in the message. */
  async answer(message: string, approved: boolean): Promise<void> {
    const taskToken = /--task-token '([^']+)'/.exec(message)![1]!;
    const [operation, more] = approved ? ['SendTaskSuccess', { output: '{}' }] as const : ['SendTaskFailure', { error: 'FleetRefused', cause: 'too early' }] as const;
    await this.account.call('SFN', operation, { taskToken, ...more }, { callerArn: 'arn:aws:iam::111122223333:user/operator' });
  }

  async close(): Promise<void> {
    recordUsage(this.rehearsal);
    await this.rehearsal.close();
  }
}
