import { InstanceTypeNotFound, NotFromOtherAccount, NotFromOtherRegion, SecurityGroupsElsewhere } from '../errors';
import type { Request } from '../request/request';
import type { Source } from '../source/source';
import type { Unisolated } from './build';
import type { Difference, Plan } from './plan';
import type { PlannedVolume } from './planned-volume';
import { routeOf } from './route';
import { planSharing, type SharingKeys } from './sharing';

/**
 * Engineering assumption: EBS copies a snapshot from Region to Region, or from account to account, at about so many MiB/s; it says so nowhere, and has
 * a quota of copies at once.
 */
const COPIED_MIB_PER_SECOND = 50;

/** What is asked for although it can not come from another Region or account. */
export function refuseAbroad({ request, source, account, place }: Abroad): void {
  const { instanceId, instance, cloneType } = source;
  if (routeOf(source) === 'create-image') {
    const Refusal = account === null ? NotFromOtherRegion : NotFromOtherAccount;
    throw new Refusal(`${instanceId} is ${instance.PlatformDetails ?? 'of an unknown platform'} (${instance.UsageOperation ?? 'no usage operation'}): only an image made`
      + ` in ${place} keeps its billing codes, and a copied snapshot loses them. Make an image of it there and copy that`);
  }
  if (request.securityGroupIds === null) {
    throw new SecurityGroupsElsewhere(`the source's security groups are in ${place}: give groups of the VPC where the clone goes in securityGroupIds`);
  }
  if (cloneType === null) {
    throw new InstanceTypeNotFound(`EC2 does not know ${request.instanceType ?? instance.InstanceType} in this Region: ask for another instanceType`);
  }
}

export interface Abroad {
  readonly request: Request;
  readonly source: Source;
  /** Null: that of the clones. */
  readonly region: string | null;
  /** Null: that of the clones. */
  readonly account: string | null;
  /** Both in words. */
  readonly place: string;
  readonly sharing: SharingKeys;
}

/** The source as far as it means anything in another Region or account: without subnets, groups, hosts, licences and keys of its own. */
export function abroad({ source, place }: Pick<Abroad, 'source' | 'place'>): Source {
  const { instance, volumes } = source;
  const { SubnetId, VpcId, SecurityGroups, Licenses, KernelId, RamdiskId, Placement, NetworkInterfaces, ...rest } = instance;
  void [SubnetId, VpcId, SecurityGroups, Licenses, KernelId, RamdiskId];
  return {
    ...source,
    elsewhere: place,
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
export function fromAbroad<P extends Unisolated>(
  plan: P, { source, region, account, place, sharing: keys }: Abroad, prices: Readonly<Record<string, number>>,
): P {
  const sharing = account === null ? null : planSharing(account, source.volumes, plan.volumes, keys);
  const gib = plan.volumes.reduce((sum, { size }) => sum + size, 0);
  const reEncrypted = plan.volumes.filter(({ device }) => sharing?.reEncrypt.includes(device));
  const after = plan.steps.findIndex(({ step }) => step === 'Are snapshots ready') + 1;
  const steps = [
    ...plan.steps.slice(0, after),
    ...reEncrypted.length === 0 ? [] : [{ step: 'Re-encrypt snapshots', seconds: 5 }, { step: 'Are snapshots re-encrypted', seconds: copyingSeconds(reEncrypted) }],
    ...sharing === null ? [] : [{ step: 'Share snapshots', seconds: 5 }],
    { step: 'Copy snapshots', seconds: 5 }, { step: 'Are snapshots copied', seconds: copyingSeconds(plan.volumes) },
    ...plan.steps.slice(after),
  ];
  const unit = 'gib-between-regions';
  const price = Object.hasOwn(prices, unit) ? prices[unit] ?? null : null;
  return {
    ...plan,
    sourceRegion: region,
    sharing,
    // the document that asks is not where the source is; what the clones find of it when they are reset is compared all the same
    identity: plan.identity && { ...plan.identity, askSource: false },
    creates: [
      ...plan.creates,
      { resource: 'snapshot', quantity: plan.volumes.length + reEncrypted.length, detail: `in ${place}, copied from there, and removed when the clones are verified` },
    ],
    differences: [...plan.differences, ...lost(source, place, plan.volumes)],
    warnings: [
      ...plan.warnings,
      ...sharing === null ? [] : ['the snapshots are shared with this account alone, from before they are copied until the clones are verified'],
      ...reEncrypted.length === 0 ? [] : [`${reEncrypted.map(({ device }) => device).join(', ')}: snapshots under the default key can not be shared, so they are copied whole in`
        + ' their own account under the sharing key first; give customer managed keys to such volumes to be spared that'],
      `snapshots are copied from ${place}: whole, unless an earlier copy of the same volumes and key was kept here (keepSnapshots "latest"); only changed blocks are`
        + ' transferred then',
    ],
    steps,
    expectedSeconds: steps.reduce((sum, { seconds }) => sum + seconds, 0),
    // what crosses from account to account only crosses no Region
    cost: region === null ? plan.cost : [...plan.cost, {
      item: `data transferred from ${region}, once, at most (only written blocks are copied)`, quantity: gib, unit, price,
      amount: price === null ? null : Math.round(price * gib * 10000) / 10000,
    }],
  };
}

/** They are copied side by side. */
function copyingSeconds(volumes: readonly PlannedVolume[]): number {
  return Math.max(60, ...volumes.map(({ size }) => Math.round(size * 1024 / COPIED_MIB_PER_SECOND)));
}

function lost({ instance, volumes }: Source, place: string, planned: readonly PlannedVolume[]): Plan['differences'] {
  const line = (attribute: string, source: Difference['source'] | undefined, what: string): Difference[] =>
    (source === undefined || source === null || source === '' ? [] : [{ attribute, source, clone: null, kind: 'lost', why: `${what} of ${place} can not be used here` }]);
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
        why: key === null ? 'a key belongs to an account and a Region: the copy has the default key for EBS of these' : 'asked for by the request',
      };
    }),
  ];
}
