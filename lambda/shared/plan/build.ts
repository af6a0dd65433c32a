import { InitializationRateNotPossible } from '../errors';
import type { Request } from '../request/request';
import { lifetime } from '../lifetime/duration';
import type { Source } from '../source/source';
import { inventoryDifferences } from './differences';
import { costLines, expectedSteps } from './estimate';
import { fleetOf } from './fleet';
import { refuseInstanceType } from './instance-type';
import { planLaunch } from './launch';
import { planNetwork } from './network';
import type { Launch, Plan, PlannedImage, PlannedVolume } from './plan';
import { routeOf } from './route';
import type { SubnetFacts } from './subnets';
import { planVolumes } from './volumes';

/** EBS user guide, "initalize-volume": the sum of all concurrent requests of a Region. */
const INITIALIZATION_MIB_PER_SECOND = 5000;

export type Unchecked = Omit<Plan, 'checks'>;

/** Everything that is going to happen, as far as it follows from what is known; nothing is asked or made here. */
export function buildPlan(
  request: Request, source: Source, subnets: readonly SubnetFacts[], allowed: readonly string[], prices: Readonly<Record<string, number>>,
): Unchecked {
  const route = routeOf(source);
  const freeze = request.consistency === 'filesystem' && source.state === 'running';
  const { volumes, excluded, differences: volumeDifferences } = planVolumes(source, request);
  const network = planNetwork(source, request, subnets, allowed);
  const { launch, finish, differences: launchDifferences } = planLaunch(source, request, volumes, network);
  refuseInstanceType(source, request, launch);
  refuseInitializationRate(request, launch, subnets);
  const approve = request.approve && !request.planOnly;
  const steps = expectedSteps({ freeze, route, approve }, volumes, request.expireAfter !== null);
  return {
    sourceInstanceId: source.instanceId,
    count: request.count,
    fleet: fleetOf(request.count, request.minCount),
    route, freeze, volumes, excluded,
    image: plannedImage(source),
    launch,
    userData: request.userData,
    finish,
    protections: { termination: source.attributes.terminationProtection, stop: source.attributes.stopProtection },
    tags: request.tags,
    keepSnapshots: request.keepSnapshots,
    expireAfter: request.expireAfter === null ? null : lifetime(request.expireAfter) ?? null,
    approve,
    creates: creates(request, volumes, launch),
    differences: [...volumeDifferences, ...network.differences, ...launchDifferences, ...inventoryDifferences(source.instance, launch)],
    warnings: [...source.warnings, ...planWarnings(request, volumes, source, launch)],
    steps,
    expectedSeconds: steps.reduce((sum, { seconds }) => sum + seconds, 0),
    cost: costLines(volumes, launch, request, launch.Placement?.Tenancy === 'host', prices),
  };
}

function plannedImage({ instance, image, attributes }: Source): PlannedImage {
  return {
    architecture: instance.Architecture ?? null,
    virtualizationType: instance.VirtualizationType ?? 'hvm',
    enaSupport: instance.EnaSupport ?? false,
    sriovNetSupport: instance.SriovNetSupport ?? null,
    rootDeviceName: instance.RootDeviceName ?? '',
    bootMode: instance.BootMode ?? null,
    tpmSupport: instance.TpmSupport ?? null,
    imdsSupport: image?.imdsSupport ?? null,
    kernelId: instance.KernelId ?? null,
    ramdiskId: instance.RamdiskId ?? null,
    uefiData: attributes.uefiData,
    platformDetails: instance.PlatformDetails ?? null,
    usageOperation: instance.UsageOperation ?? null,
  };
}

function refuseInitializationRate({ volumeInitializationRate }: Request, launch: Launch, subnets: readonly SubnetFacts[]): void {
  const edge = subnets.find(({ subnetId, edge: isEdge }) => isEdge && launch.NetworkInterfaces?.some(({ SubnetId }) => SubnetId === subnetId));
  if (volumeInitializationRate === null || !edge) return;
  throw new InitializationRateNotPossible(`${edge.subnetId} is in ${edge.availabilityZone} or on an Outpost, where volumes have no initialization rate:`
    + ' leave volumeInitializationRate out');
}

function creates({ count, keepSnapshots, volumeInitializationRate, expireAfter }: Request, volumes: readonly PlannedVolume[], launch: Launch): Plan['creates'] {
  return [
    { resource: 'instance', quantity: count, detail: String(launch.InstanceType) },
    ...volumes.map(({ device, size, type, iops, throughput }) => ({
      resource: 'volume', quantity: count,
      detail: [`${device}: ${size} GiB ${type}`, iops === null ? '' : `${iops} IOPS`, throughput === null ? '' : `${throughput} MiB/s`,
        volumeInitializationRate === null ? '' : `initialized at ${volumeInitializationRate} MiB/s`].filter(Boolean).join(', '),
    })),
    { resource: 'network-interface', quantity: count * (launch.NetworkInterfaces?.length ?? 0),
      detail: [...new Set(launch.NetworkInterfaces?.map(({ SubnetId }) => SubnetId))].join(', ') },
    { resource: 'snapshot', quantity: volumes.length, detail: keepSnapshots === 'none' ? 'removed when the clones are verified' : `kept (${keepSnapshots})` },
    { resource: 'image', quantity: 1, detail: 'removed when the clones are verified' },
    ...expireAfter === null ? [] : [{ resource: 'schedule', quantity: count, detail: `removes a clone ${expireAfter} after it is verified` }],
  ];
}

function planWarnings(request: Request, volumes: readonly PlannedVolume[], source: Source, launch: Launch): string[] {
  const rate = (request.volumeInitializationRate ?? 0) * volumes.length * request.count;
  const mounted = source.volumes.length - volumes.length;
  const lines: readonly (string | false)[] = [
    rate > INITIALIZATION_MIB_PER_SECOND && `the volumes ask for ${rate} MiB/s of initialization together, but the default quota is ${INITIALIZATION_MIB_PER_SECOND}:`
      + ' EC2 refuses the launch unless yours is higher',
    volumes.some(({ encrypted }) => !encrypted)
      && 'unencrypted volumes are encrypted on the way if the account encrypts by default; its key must then be among volumeKeys',
    mounted > 0 && `${mounted} volume(s) are not cloned: the clone does not boot if its fstab mounts them without "nofail"`,
    request.consistency === 'crash' && source.state === 'running' && 'the clone is as after a power cut: filesystems and databases replay their journals',
    request.expireAfter !== null && `each clone is terminated ${request.expireAfter} after it is verified, and its volumes are deleted, protected or not:`
      + ' the machine Extend clone puts that off',
    request.minCount < request.count && `as few as ${request.minCount} of ${request.count} clones count as success: the output tells which failed, and why`,
    Boolean(launch.Placement?.GroupId ?? launch.Placement?.GroupName) && 'the clone joins the source\'s placement group: the launch fails if that has no room',
  ];
  return lines.filter(line => line !== false);
}
