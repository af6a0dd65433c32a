import { InstanceTypeNotFound, NotFromOtherRegion, SecurityGroupsElsewhere } from '../errors';
import type { Request } from '../request/request';
import type { Source } from '../source/source';
import type { Unchecked } from './build';
import type { Difference, Plan, PlannedVolume } from './plan';
import { routeOf } from './route';

/** Engineering assumption: EBS copies a snapshot from Region to Region at about so many MiB/s; it says so nowhere, and has a quota of copies at once. */
const COPIED_MIB_PER_SECOND = 50;

/** What is asked for although it can not come from another Region. */
export function refuseAbroad({ request, source, region }: Abroad): void {
  const { instanceId, instance, cloneType } = source;
  if (routeOf(source) === 'create-image') {
    throw new NotFromOtherRegion(`${instanceId} is ${instance.PlatformDetails ?? 'of an unknown platform'} (${instance.UsageOperation ?? 'no usage operation'}): only an image made`
      + ` in ${region} keeps its billing codes, and a copied snapshot loses them. Make an image of it there and copy that`);
  }
  if (request.securityGroupIds === null) {
    throw new SecurityGroupsElsewhere(`the source's security groups are in ${region}: give groups of the VPC where the clone goes in securityGroupIds`);
  }
  if (cloneType === null) {
    throw new InstanceTypeNotFound(`EC2 does not know ${request.instanceType ?? instance.InstanceType} in this Region: ask for another instanceType`);
  }
}

export interface Abroad {
  readonly request: Request;
  readonly source: Source;
  readonly region: string;
}

/** The source as far as it means anything in another Region: without subnets, groups, hosts, licences and keys of its own. */
export function abroad({ source }: Pick<Abroad, 'source'>): Source {
  const { instance, volumes } = source;
  const { SubnetId, VpcId, SecurityGroups, Licenses, KernelId, RamdiskId, Placement, NetworkInterfaces, ...rest } = instance;
  void [SubnetId, VpcId, SecurityGroups, Licenses, KernelId, RamdiskId];
  return {
    ...source,
    instance: {
      ...rest,
      ...Placement ? { Placement: { Tenancy: Placement.Tenancy === 'dedicated' ? 'dedicated' : 'default' } } : {},
      ...NetworkInterfaces ? {
        NetworkInterfaces: NetworkInterfaces.map(one => {
          const { SubnetId: subnet, VpcId: vpc, Groups, ...other } = one;
          void [subnet, vpc, Groups];
          return other;
        }),
      } : {},
    },
    volumes: volumes.map(volume => ({ ...volume, kmsKeyId: null })),
  };
}

/** What the distance adds to a plan: the way of the snapshots, its time and cost, and what stays behind. */
export function fromAbroad<P extends Omit<Unchecked, 'isolation'>>(plan: P, { source, region }: Abroad, prices: Readonly<Record<string, number>>): P {
  const gib = plan.volumes.reduce((sum, { size }) => sum + size, 0);
  const copying = Math.max(60, ...plan.volumes.map(({ size }) => Math.round(size * 1024 / COPIED_MIB_PER_SECOND)));
  const after = plan.steps.findIndex(({ step }) => step === 'Are snapshots ready') + 1;
  const steps = [...plan.steps.slice(0, after), { step: 'Copy snapshots', seconds: 5 }, { step: 'Are snapshots copied', seconds: copying }, ...plan.steps.slice(after)];
  const unit = 'gib-between-regions';
  const price = Object.hasOwn(prices, unit) ? prices[unit] ?? null : null;
  return {
    ...plan,
    sourceRegion: region,
    // the document that asks is not in the source's Region; what the clones find of it when they are reset is compared all the same
    identity: plan.identity && { ...plan.identity, askSource: false },
    creates: [...plan.creates, { resource: 'snapshot', quantity: plan.volumes.length, detail: `in ${region}, copied from there, and removed when the clones are verified` }],
    differences: [...plan.differences, ...lost(source, region, plan.volumes)],
    warnings: [
      ...plan.warnings,
      `snapshots are copied from ${region}: whole, unless an earlier copy of the same volumes and key was kept here (keepSnapshots "latest"); only changed blocks are`
        + ' transferred then',
    ],
    steps,
    expectedSeconds: steps.reduce((sum, { seconds }) => sum + seconds, 0),
    cost: [...plan.cost, {
      item: `data transferred from ${region}, once, at most (only written blocks are copied)`, quantity: gib, unit, price,
      amount: price === null ? null : Math.round(price * gib * 10000) / 10000,
    }],
  };
}

function lost({ instance, volumes }: Source, region: string, planned: readonly PlannedVolume[]): Plan['differences'] {
  const line = (attribute: string, source: Difference['source'] | undefined, what: string): Difference[] =>
    (source === undefined || source === null || source === '' ? [] : [{ attribute, source, clone: null, kind: 'lost', why: `${what} of ${region} can not be used in another Region` }]);
  const { Placement: placed, Licenses = [], KernelId } = instance;
  return [
    ...line('Placement group', placed?.GroupName ?? placed?.GroupId, 'a placement group'),
    ...line('Host', placed?.HostId ?? placed?.HostResourceGroupArn, 'a Dedicated Host'),
    ...Licenses.flatMap(({ LicenseConfigurationArn }) => line('License configuration', LicenseConfigurationArn, 'a licence configuration')),
    ...line('KernelId', KernelId, 'a kernel'),
    ...volumes.filter(({ encrypted }) => encrypted).map(({ device, kmsKeyId }): Difference => {
      const key = planned.find(volume => volume.device === device)?.kmsKeyId ?? null;
      return {
        attribute: `volume ${device} kmsKeyId`, source: kmsKeyId, clone: key, kind: key === null ? 'nature' : 'chosen',
        why: key === null ? "a key belongs to a Region: the copy has this Region's default key for EBS" : 'asked for by the request',
      };
    }),
  ];
}
