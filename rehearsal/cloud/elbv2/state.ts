import type { TargetDescription, TargetGroup, TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Account } from '../account';
import { AwsError } from '../service';

export interface TargetGroupSpec {
  readonly name: string;
  /** By default one made up from the name. */
  readonly arn?: string;
  /** A VPC of the account. */
  readonly vpcId: string;
  readonly targetType?: 'instance' | 'ip';
  /** HTTP is an Application Load Balancer's, TCP a Network Load Balancer's. */
  readonly protocol?: 'HTTP' | 'HTTPS' | 'TCP';
  readonly port?: number;
  readonly healthCheckIntervalSeconds?: number;
  readonly healthyThresholdCount?: number;
  readonly deregistrationDelaySeconds?: number;
  /** Whether a load balancer uses it; so unless told otherwise. */
  readonly inUse?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** What is registered, and since when; `until` is there once it is being deregistered. */
export interface TargetRecord {
  readonly target: TargetDescription & { readonly Port: number };
  since: number;
  until?: number;
}

export interface GroupRecord {
  readonly group: TargetGroup & { readonly TargetGroupArn: string; readonly Port: number; readonly VpcId: string };
  readonly tags: Readonly<Record<string, string>>;
  readonly deregistrationDelaySeconds: number;
  /** By id and port. */
  readonly targets: Map<string, TargetRecord>;
}

/** Elastic Load Balancing: target groups and the health of their targets. */
export class LoadBalancing {
  readonly groups = new Map<string, GroupRecord>();
  /** Whether a target answers health checks; an instance does while it runs, an address while it is one of a running instance. */
  answers: (target: TargetDescription) => boolean = ({ Id = '' }) => this.isUp(Id);
  /** Seconds until a registration has reached the load balancer; an assumption. */
  registration = 5;

  constructor(private readonly account: Account) {}

  addTargetGroup(spec: TargetGroupSpec): string {
    const { name, vpcId, targetType = 'instance', protocol = 'HTTP', port = 80, tags = {} } = spec;
    const arn = spec.arn ?? this.account.arn('elasticloadbalancing', `targetgroup/${name}/${this.account.random.hex(16)}`);
    const application = protocol !== 'TCP';
    this.groups.set(arn, {
      tags, targets: new Map(),
      // "By default … 300 seconds" (Application Load Balancers user guide, "Deregistration delay"; the same for Network Load Balancers)
      deregistrationDelaySeconds: spec.deregistrationDelaySeconds ?? 300,
      group: {
        TargetGroupArn: arn, TargetGroupName: name, Protocol: protocol, Port: port, VpcId: vpcId,
        HealthCheckProtocol: protocol, HealthCheckPort: 'traffic-port', HealthCheckEnabled: true,
        // defaults of CreateTargetGroup (SDK, CreateTargetGroupInput)
        HealthCheckIntervalSeconds: spec.healthCheckIntervalSeconds ?? 30, HealthCheckTimeoutSeconds: protocol === 'TCP' ? 10 : 5,
        HealthyThresholdCount: spec.healthyThresholdCount ?? 5, UnhealthyThresholdCount: 2,
        ...application && { HealthCheckPath: '/', Matcher: { HttpCode: '200' }, ProtocolVersion: 'HTTP1' },
        LoadBalancerArns: spec.inUse === false ? [] : [
          this.account.arn('elasticloadbalancing', `loadbalancer/${application ? 'app' : 'net'}/${name}/${this.account.random.hex(16)}`),
        ],
        TargetType: targetType, IpAddressType: 'ipv4',
      },
    });
    return arn;
  }

  get(arn: string | undefined): GroupRecord {
    const record = this.groups.get(arn ?? '');
    if (!record) throw new AwsError('TargetGroupNotFound', `Target groups '${arn}' not found`);
    return record;
  }

  /** Registered as somebody did long before: healthy at once. */
  addTarget(arn: string, id: string, port?: number): void {
    const record = this.get(arn);
    const target = { Id: id, Port: port ?? record.group.Port };
    record.targets.set(keyOf(target), { target, since: -Infinity });
  }

  /** What is registered by now; whose deregistration is over is not. */
  targetsOf(record: GroupRecord): TargetRecord[] {
    const now = this.account.clock.now();
    for (const [key, { until }] of record.targets) if (until !== undefined && until <= now) record.targets.delete(key);
    return [...record.targets.values()];
  }

  /**
   * The health of a target. A new one is `initial` until it has passed its first checks: one for an Application Load Balancer ("After your
   * target is registered, it must pass one health check to be considered healthy", its user guide), as many as the threshold says for a
   * Network Load Balancer. Later a target that stops answering is unhealthy at once, not after some checks.
   */
  healthOf({ group }: GroupRecord, record: TargetRecord | undefined): TargetHealth {
    if (!record) return { State: 'unused', Reason: 'Target.NotRegistered', Description: 'Target is not registered to the target group' };
    const now = this.account.clock.now();
    if (record.until !== undefined) {
      return { State: 'draining', Reason: 'Target.DeregistrationInProgress', Description: 'Target deregistration is in progress' };
    }
    if (group.LoadBalancerArns?.length === 0) {
      return { State: 'unused', Reason: 'Target.NotInUse', Description: 'Target group is not configured to receive traffic from the load balancer' };
    }
    const state = this.account.ec2.instances.get(record.target.Id ?? '')?.State.Name;
    if (group.TargetType === 'instance' && state !== 'running') {
      return { State: 'unused', Reason: 'Target.InvalidState', Description: `Target is in the ${state ?? 'terminated'} state` };
    }
    const registered = record.since + this.registration * 1000;
    if (now < registered) return { State: 'initial', Reason: 'Elb.RegistrationInProgress', Description: 'Target registration is in progress' };
    const checks = group.Protocol === 'TCP' ? group.HealthyThresholdCount! : 1;
    if (now < registered + checks * group.HealthCheckIntervalSeconds! * 1000) {
      return { State: 'initial', Reason: 'Elb.InitialHealthChecking', Description: 'Initial health checks in progress' };
    }
    if (this.answers(record.target)) return { State: 'healthy' };
    return { State: 'unhealthy', Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' };
  }

  private isUp(id: string): boolean {
    const { instances } = this.account.ec2;
    const instance = instances.get(id) ?? [...instances.values()].find(each => each.NetworkInterfaces
      .some(one => one.PrivateIpAddresses?.some(address => address.PrivateIpAddress === id)));
    return instance?.State.Name === 'running';
  }
}

export function keyOf({ Id, Port }: TargetDescription): string {
  return `${Id}:${Port}`;
}
