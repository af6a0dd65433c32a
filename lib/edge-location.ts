import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { EdgeTunnel } from './edge-tunnel';
import { isKnown } from './private/known';

/**
 * Properties for `EdgeLocation.outpost`.
 */
export interface OutpostLocationProps {
  /**
   * A subnet of the Outpost; it decides where instances are launched.
   */
  readonly subnet: ec2.ISubnetRef;

  /**
   * The ARN of the Outpost; volumes are created there.
   */
  readonly outpostArn: string;

  /**
   * The links that lead there: the service link, and VPN connections that its instances reach through the local gateway.
   */
  readonly tunnels: EdgeTunnel[];
}

/**
 * Properties for `EdgeLocation.localZone`.
 */
export interface LocalZoneLocationProps {
  /**
   * A subnet of the Local Zone; it decides where instances are launched.
   */
  readonly subnet: ec2.ISubnetRef;

  /**
   * The name of the zone, such as `us-west-2-lax-1a`; volumes are created there.
   */
  readonly zoneName: string;

  /**
   * The links that lead there.
   */
  readonly tunnels: EdgeTunnel[];
}

/**
 * Properties for `EdgeLocation.region`.
 */
export interface RegionLocationProps {
  /**
   * A subnet of an Availability Zone of the Region.
   */
  readonly subnet: ec2.ISubnetRef;

  /**
   * The name of the Availability Zone, such as `us-west-2a`; volumes are created there.
   */
  readonly availabilityZone: string;
}

/**
 * A place that instances are moved to, or back to. Executions name it by its name.
 */
export class EdgeLocation {
  /**
   * An Outpost rack. Outposts servers have no EBS volumes, so nothing can be moved there.
   *
   * @param name by which executions ask for it: 1 to 64 letters, digits and hyphens
   */
  public static outpost(name: string, props: OutpostLocationProps): EdgeLocation {
    const { subnet, outpostArn, tunnels } = props;
    if (isKnown(outpostArn) && !/^arn:[^:]+:outposts:[^:]+:[^:]+:outpost\/op-[a-f0-9]{17}$/.test(outpostArn)) {
      throw new Error(`outpostArn must be the ARN of an Outpost, which ends with outpost/op-0123456789abcdef0, got '${outpostArn}'`);
    }
    return new EdgeLocation(name, 'outpost', { subnet, tunnels: reached(name, tunnels), outpostArn });
  }

  /**
   * A Local Zone.
   *
   * @param name by which executions ask for it: 1 to 64 letters, digits and hyphens
   */
  public static localZone(name: string, props: LocalZoneLocationProps): EdgeLocation {
    const { subnet, zoneName, tunnels } = props;
    if (isKnown(zoneName) && !/^[a-z]+(-[a-z]+)+-\d+-[a-z]+-\d+[a-z]$/.test(zoneName)) {
      throw new Error(`zoneName must be the name of a Local Zone such as us-west-2-lax-1a, got '${zoneName}'`);
    }
    return new EdgeLocation(name, 'local-zone', { subnet, tunnels: reached(name, tunnels), availabilityZone: zoneName });
  }

  /**
   * An Availability Zone of the Region: the way back. The links that lead there are those of the place that an instance is at.
   *
   * @param name by which executions ask for it: 1 to 64 letters, digits and hyphens
   */
  public static region(name: string, props: RegionLocationProps): EdgeLocation {
    const { subnet, availabilityZone } = props;
    if (isKnown(availabilityZone) && !/^[a-z]+(-[a-z]+)+-\d+[a-z]$/.test(availabilityZone)) {
      throw new Error(`availabilityZone must be the name of an Availability Zone such as us-west-2a, got '${availabilityZone}'`);
    }
    return new EdgeLocation(name, 'region', { subnet, tunnels: [], availabilityZone });
  }

  private constructor(
    /**
     * The name by which executions ask for it.
     */
    public readonly name: string,
    /** @internal */
    public readonly _kind: string,
    /** @internal */
    public readonly _place: {
      readonly subnet: ec2.ISubnetRef;
      readonly tunnels: EdgeTunnel[];
      readonly outpostArn?: string;
      readonly availabilityZone?: string;
    },
  ) {
    if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/.test(name)) {
      throw new Error(`the name of a location must be 1 to 64 letters, digits and hyphens, got '${name}'`);
    }
  }
}

function reached(name: string, tunnels: EdgeTunnel[]): EdgeTunnel[] {
  if (tunnels.length === 0) throw new Error(`tunnels of '${name}' must name at least one link that leads there, got an empty list`);
  return tunnels;
}
