import { InitializationRateNotPossible } from '../errors';
import type { Request } from '../request/request';
import { lifetime } from '../lifetime/duration';
import type { Source } from '../source/source';
import { inventoryDifferences } from './differences';
import { costLines, expectedSteps } from './estimate';
import { fleetOf } from './fleet';
import { identityWarnings, planIdentity } from './identity';
import { refuseInstanceType } from './instance-type';
import { planLaunch } from './launch';
import type { Launch } from './launch-input';
import { withSharing } from './launch-tags';
import { planNetwork } from './network';
import type { Plan, PlannedImage, WarmUpPlan } from './plan';
import type { PlannedVolume } from './planned-volume';
import { routeOf } from './route';
import type { SubnetFacts } from './subnets';
import { planShares, writtenTo } from './shares';
import { chooseStrategies, type CopyFacts, NO_COPIES } from './strategies';
import { planVolumes } from './volumes';
import { byVss, vssWarnings } from './vss';
import { planWarmUp } from './warm-up';

/** EBS user guide, "initalize-volume": the sum of all concurrent requests of a Region. */
const INITIALIZATION_MIB_PER_SECOND = 5000;

/** What it costs in all is told when its distance to the source is known. */
export type Unchecked = Omit<Plan, 'checks' | 'expectedCost'>;
/** As far as it can be told without looking into the VPC. */
export type Unisolated = Omit<Unchecked, 'isolation'>;

/** Everything that is going to happen, as far as it follows from what is known; nothing is asked or made here. */
export function buildPlan(
  request: Request, source: Source, subnets: readonly SubnetFacts[], allowed: readonly string[], prices: Readonly<Record<string, number>>,
  copies: CopyFacts = NO_COPIES,
): Unisolated {
  const vss = byVss(request, source);
  const route = routeOf(source, vss);
  const freeze = request.consistency === 'filesystem' && source.state === 'running' && !vss;
  const { volumes: wanted, excluded, differences: volumeDifferences } = planVolumes(source, request);
  const network = planNetwork(source, request, subnets, allowed);
  const shared = planShares(source, request, subnets.filter(({ subnetId }) => network.interfaces.some(({ SubnetId }) => SubnetId === subnetId)));
  const { launch: planned, finish, differences: launchDifferences } = planLaunch(source, request, wanted, network);
  const launch = withSharing(planned, shared);
  const { volumes, copying, placeholder } = chooseStrategies(wanted, { source, request, freeze, vss, copies, subnets: subnetsOf(launch, subnets) });
  const snapshotting = volumes.some(({ strategy }) => strategy === 'snapshot');
  refuseInstanceType(source, request, launch);
  refuseInitializationRate(request, launch, subnets);
  const approve = request.approve && !request.planOnly;
  const identity = planIdentity(request, source);
  const warmUp = planWarmUp(request, source, volumes);
  const steps = expectedSteps({ freeze, vss, route, approve, identity, copying, snapshotting, shared, warmUp }, request, volumes);
  return {
    sourceInstanceId: source.instanceId,
    sourceRegion: null,
    sharing: null,
    count: request.count,
    fleet: fleetOf(request.count, request.minCount),
    route, freeze, vss, volumes, copying, snapshotting, placeholder, fellBack: null, shared, excluded,
    image: plannedImage(source),
    launch,
    userData: request.userData,
    identity,
    ready: request.ready,
    warmUp,
    finish,
    protections: { termination: source.attributes.terminationProtection, stop: source.attributes.stopProtection },
    tags: request.tags,
    keepSnapshots: request.keepSnapshots,
    expireAfter: request.expireAfter === null ? null : lifetime(request.expireAfter) ?? null,
    ownVolumeAbove: shared.length > 0 ? request.ownVolumeAbove : null,
    approve,
    creates: creates(request, volumes, launch, shared.length),
    differences: [
      ...volumeDifferences, ...network.differences, ...launchDifferences, ...inventoryDifferences(source.instance, launch),
      ...copying ? copyDifferences(source) : [],
    ],
    warnings: [
      ...source.warnings, ...identityWarnings(request, source), ...planWarnings(request, volumes, source, launch, warmUp), ...shareWarnings(shared),
      ...vss ? vssWarnings(excluded) : [],
    ],
    steps,
    expectedSeconds: steps.reduce((sum, { seconds }) => sum + seconds, 0),
    cost: costLines(volumes, launch, request, launch.Placement?.Tenancy === 'host', prices),
  };
}

/** The placeholder has the variables that its image brings; what firmware or administrators added since is left behind. */
function copyDifferences({ attributes }: Source): Plan['differences'] {
  return attributes.uefiData ? [{
    attribute: 'UefiData', source: 'as changed since the launch', clone: 'as in the image', kind: 'lost',
    why: 'a placeholder takes the copied root, and EC2 can give it no UEFI variables; strategy "snapshot" carries them over',
  }] : [];
}

function shareWarnings(shared: Plan['shared']): string[] {
  if (shared.length === 0) return [];
  const devices = shared.filter(({ cluster }) => cluster === null).map(({ device }) => device).join(', ');
  const writing = writtenTo(shared);
  const reserved = shared.filter(({ reservation }) => reservation !== null).map(({ device }) => device).join(', ');
  const trusted = shared.filter(({ cluster, reservation }) => cluster === null && reservation === null).map(({ device }) => device).join(', ');
  const lines: readonly (string | false)[] = [
    devices !== '' && `the clones read ${devices} while the source writes to it: they see what it has written out, may see files half-changed, and new files only after they mount again`,
    writing !== undefined && `the clones become members of the cluster that ${writing.device} belongs to: ${writing.cluster.clusterServices.join(', ')} must give each its own node id and`
      + ' address, the cluster must know them, and have room for them (a gfs2 needs a journal, an ocfs2 a slot for each)',
    trusted !== '' && `every attachment of a Multi-Attach volume can write, as far as EBS is concerned: the clones are kept from writing to ${trusted} by their own kernel, so nobody with`
      + ' root on them may undo that; "reservation": "write-exclusive" keeps them out for certain',
    reserved !== '' && `the source reserves ${reserved}: as long as clones share it, whatever else has it attached can not write to it. What becomes of the reservation when the source is stopped`
      + ' and started is told nowhere: release it before (docs/clone.md)',
  ];
  return lines.filter(line => line !== false);
}

function subnetsOf({ NetworkInterfaces = [] }: Launch, subnets: readonly SubnetFacts[]): SubnetFacts[] {
  return subnets.filter(({ subnetId }) => NetworkInterfaces.some(({ SubnetId }) => SubnetId === subnetId));
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

function creates(
  { count, keepSnapshots, volumeInitializationRate, expireAfter, isolation, ownVolumeAbove }: Request,
  volumes: readonly PlannedVolume[], launch: Launch, shares: number,
): Plan['creates'] {
  const snapshots = volumes.filter(({ strategy }) => strategy === 'snapshot').length;
  const copying = snapshots < volumes.length;
  return [
    { resource: 'instance', quantity: count, detail: String(launch.InstanceType) },
    ...volumes.map(({ device, size, type, iops, throughput, strategy }) => ({
      resource: 'volume', quantity: count,
      detail: [`${device}: ${size} GiB ${type}`, iops === null ? '' : `${iops} IOPS`, throughput === null ? '' : `${throughput} MiB/s`,
        strategy === 'volume-copy' ? 'a copy of the source\'s' : '',
        volumeInitializationRate === null ? '' : `initialized at ${volumeInitializationRate} MiB/s`].filter(Boolean).join(', '),
    })),
    { resource: 'network-interface', quantity: count * (launch.NetworkInterfaces?.length ?? 0),
      detail: [...new Set(launch.NetworkInterfaces?.map(({ SubnetId }) => SubnetId))].join(', ') },
    ...snapshots === 0 ? []
      : [{ resource: 'snapshot', quantity: snapshots, detail: keepSnapshots === 'none' ? 'removed when the clones are verified' : `kept (${keepSnapshots})` }],
    copying ? { resource: 'volume', quantity: 1, detail: 'the placeholder\'s own root, removed when the copy has taken its place' }
      : { resource: 'image', quantity: 1, detail: 'removed when the clones are verified' },
    ...ownVolumeAbove === null || shares === 0 ? []
      : [{ resource: 'alarm', quantity: count * shares, detail: 'gives a clone a volume of its own when the shared one is too busy' }],
    ...expireAfter === null ? [] : [{ resource: 'schedule', quantity: count, detail: `removes a clone ${expireAfter} after it is verified` }],
    ...isolation ? [{ resource: 'security-group', quantity: 1, detail: 'isolates the clones until their identity is verified, then removed' }] : [],
  ];
}

function planWarnings(request: Request, volumes: readonly PlannedVolume[], source: Source, launch: Launch, warmUp: WarmUpPlan | null): string[] {
  const rate = (request.volumeInitializationRate ?? 0) * volumes.length * request.count;
  const mounted = source.volumes.length - volumes.length;
  const lines: readonly (string | false)[] = [
    rate > INITIALIZATION_MIB_PER_SECOND && `the volumes ask for ${rate} MiB/s of initialization together, but the default quota is ${INITIALIZATION_MIB_PER_SECOND}:`
      + ' EC2 refuses the launch unless yours is higher',
    volumes.some(({ encrypted }) => !encrypted)
      && 'unencrypted volumes are encrypted on the way if the account encrypts by default; its key must then be among volumeKeys',
    mounted > 0 && `${mounted} volume(s) are not cloned: the clone does not boot if its fstab mounts them without "nofail"`,
    warmUp?.how === 'wait' && request.volumeInitializationRate === null && 'AWS promises no rate at which volumes are loaded from their snapshots: warming up'
      + ' may take hours; volumeInitializationRate makes it known, for a charge per GiB',
    request.consistency === 'crash' && source.state === 'running' && 'the clone is as after a power cut: filesystems and databases replay their journals',
    request.expireAfter !== null && `each clone is terminated ${request.expireAfter} after it is verified, and its volumes are deleted, protected or not:`
      + ' the machine Extend clone puts that off',
    request.minCount < request.count && `as few as ${request.minCount} of ${request.count} clones count as success: the output tells which failed, and why`,
    Boolean(launch.Placement?.GroupId ?? launch.Placement?.GroupName) && 'the clone joins the source\'s placement group: the launch fails if that has no room',
  ];
  return lines.filter(line => line !== false);
}
