import { type Instance, paginateDescribeInstances, paginateDescribeSnapshots, paginateDescribeVolumes } from '@aws-sdk/client-ec2';
import { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { ec2 } from '../ec2';
import { errorMessage, errorName } from '../error-name';
import { QuotaExceeded } from '../errors';
import type { Source } from '../source/source';
import type { Unchecked } from './build';
import type { Check } from './plan';
import { bySnapshot } from './strategies';

const serviceQuotas = new ServiceQuotasClient({});

/** vCPUs of running On-Demand instances, by the letters that a type's name begins with; all others share one quota. */
const VCPU_QUOTAS: Readonly<Record<string, string>> = {
  dl: 'L-6E869C2A', f: 'L-74FC7D96', g: 'L-DB2E81BA', gr: 'L-DB2E81BA', vt: 'L-DB2E81BA', hpc: 'L-F7808C92', inf: 'L-1945791B', p: 'L-417A185B', trn: 'L-2C3B7624',
  u: 'L-43DA4232', x: 'L-7295265B',
};
const STANDARD_VCPUS = 'L-1216C47A';
/** TiB of storage, by volume type. */
const STORAGE_QUOTAS: Readonly<Record<string, string>> = {
  gp2: 'L-D18FCD1D', gp3: 'L-7A658B76', io1: 'L-FD252861', io2: 'L-09BD8365', sc1: 'L-17AF77E8', st1: 'L-82ACEF56', standard: 'L-9CF3C2EB',
};
const SNAPSHOTS = 'L-309BACF6';
/** Counting is given up after so many pages: a plan should not take minutes. */
const MOST_PAGES = 20;
const INSTANCES_PER_PAGE = 1000;
const SNAPSHOTS_PER_PAGE = 1000;
/** EC2 gives no more at once. */
const VOLUMES_PER_PAGE = 500;

/** Copies of volumes in progress at a time in a Region. */
const COPIES = 'L-39BD5252';

/** Compares what the plan needs with what the account may still have. */
export async function quotaChecks(plan: Unchecked, source: Source): Promise<Check[]> {
  const types = [...new Set(plan.volumes.map(({ type }) => type))].filter(type => STORAGE_QUOTAS[type]).sort();
  const vcpus = source.cloneType?.vcpus ?? null;
  return Promise.all([
    ...plan.launch.Placement?.Tenancy === 'host' || vcpus === null ? [] : [vcpuCheck(plan, vcpus)],
    ...types.map(type => storageCheck(plan, type)),
    ...plan.snapshotting ? [snapshotCheck(bySnapshot(plan))] : [],
  ]);
}

export function vcpuQuota(instanceType: string): string {
  return VCPU_QUOTAS[/^[a-z]+/.exec(instanceType)?.[0] ?? ''] ?? STANDARD_VCPUS;
}

async function vcpuCheck({ launch, count }: Unchecked, vcpus: number): Promise<Check> {
  const type = String(launch.InstanceType);
  return compare(`vCPUs of running On-Demand instances like ${type}`, 'ec2', vcpuQuota(type), count * vcpus, INSTANCES_PER_PAGE, () => {
    const running = [{ Name: 'instance-state-name', Values: ['pending', 'running'] }];
    return total(paginateDescribeInstances({ client: ec2, pageSize: INSTANCES_PER_PAGE }, { Filters: running }), page => (page.Reservations ?? [])
      .flatMap(({ Instances }) => Instances ?? []).filter(instance => countsFor(instance, vcpuQuota(type)))
      .reduce((sum, { CpuOptions }) => sum + (CpuOptions?.CoreCount ?? 0) * (CpuOptions?.ThreadsPerCore ?? 0), 0));
  });
}

/** Spot Instances and Dedicated Hosts have quotas of their own. */
function countsFor({ InstanceLifecycle, Placement, InstanceType }: Instance, quota: string): boolean {
  return InstanceLifecycle === undefined && Placement?.Tenancy !== 'host' && vcpuQuota(InstanceType ?? '') === quota;
}

async function storageCheck({ volumes, count }: Unchecked, type: string): Promise<Check> {
  const gib = volumes.filter(volume => volume.type === type).reduce((sum, { size }) => sum + size, 0);
  return compare(`TiB of ${type} volumes`, 'ebs', STORAGE_QUOTAS[type] ?? '', count * gib / 1024, VOLUMES_PER_PAGE, () => {
    const ofType = [{ Name: 'volume-type', Values: [type] }];
    return total(paginateDescribeVolumes({ client: ec2, pageSize: VOLUMES_PER_PAGE }, { Filters: ofType }), page =>
      (page.Volumes ?? []).reduce((sum, { Size = 0 }) => sum + Size, 0) / 1024);
  });
}

async function snapshotCheck({ volumes }: Unchecked): Promise<Check> {
  return compare('snapshots in the Region', 'ebs', SNAPSHOTS, volumes.length, SNAPSHOTS_PER_PAGE, () =>
    total(paginateDescribeSnapshots({ client: ec2, pageSize: SNAPSHOTS_PER_PAGE }, { OwnerIds: ['self'] }), page => page.Snapshots?.length ?? 0));
}

/** Undefined when there is too much to count. */
async function total<P extends { readonly NextToken?: string | undefined }>(pages: AsyncIterable<P>, used: (page: P) => number): Promise<number | undefined> {
  let sum = 0;
  let seen = 0;
  for await (const page of pages) {
    sum += used(page);
    seen += 1;
    if (seen === MOST_PAGES && page.NextToken) return undefined;
  }
  return sum;
}

async function compare(
  check: string, service: string, code: string, needed: number, pageSize: number, usage: () => Promise<number | undefined>,
): Promise<Check> {
  const quota = await readQuota(service, code);
  if (typeof quota === 'string') return { check, result: 'not possible', detail: `the quota ${code} can not be read: ${quota}` };
  const used = await usage();
  if (used === undefined) return { check, result: 'not possible', detail: `more than ${MOST_PAGES * pageSize} in use: not counted` };
  if (used + needed > quota) {
    throw new QuotaExceeded(`${check}: ${round(needed)} are needed and ${round(used)} in use, but the quota ${code} of ${service} is ${quota}:`
      + ' have it raised in Service Quotas, or clone fewer');
  }
  return { check, result: 'passed', detail: `${round(needed)} needed, ${round(used)} in use, the quota is ${quota}` };
}

/** How many copies may be in progress; AWS's default where the quota can not be read. */
export async function readCopyLimit(byDefault: number): Promise<number> {
  const quota = await readQuota('ebs', COPIES);
  return typeof quota === 'number' ? quota : byDefault;
}

/** The account's own value, else AWS's default; a text where it can not be read (then the launch itself will tell). */
async function readQuota(ServiceCode: string, QuotaCode: string): Promise<number | string> {
  try {
    const { Quota } = await serviceQuotas.send(new GetServiceQuotaCommand({ ServiceCode, QuotaCode }));
    return Quota?.Value ?? 'it has no value';
  } catch (error) {
    if (errorName(error) !== 'NoSuchResourceException') return unreadable(error);
  }
  try {
    const { Quota } = await serviceQuotas.send(new GetAWSDefaultServiceQuotaCommand({ ServiceCode, QuotaCode }));
    return Quota?.Value ?? 'it has no value';
  } catch (error) {
    return unreadable(error);
  }
}

function unreadable(error: unknown): string {
  if (/^(AccessDenied|NoSuchResource)/.test(errorName(error))) return errorMessage(error);
  throw error;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
