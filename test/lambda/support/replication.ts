import type { Hosts } from '../../../lambda/shared/hosts';
import type { Disk, HostFacts, Mount } from '../../../lambda/shared/replication/host';
import type { Status } from '../../../lambda/shared/replication/status';
import type { SyncRequest } from '../../../lambda/shared/sync/request';

export const TARGET_ID = 'i-0fedcba9876543210';
export const SOURCE_ID = 'i-0123456789abcdef0';
export const SESSION = '0123456789ab';
export const GB = 1e9;

export const hosts = (over: { readonly source?: object; readonly target?: object } = {}): Hosts => ({
  source: { instanceId: SOURCE_ID, address: '10.0.0.10', launched: false, protections: null, ...over.source },
  target: { instanceId: TARGET_ID, address: '10.0.0.20', launched: false, protections: null, ...over.target },
});

export const syncRequest = (over: Partial<SyncRequest> = {}): SyncRequest => ({
  sourceInstanceId: SOURCE_ID, target: { launch: null, instanceId: TARGET_ID }, mountPoints: [], ebsVolumes: false, services: ['postgresql.service'], engine: 'auto', encryption: 'wireguard',
  installPackages: false, overwriteTarget: false, rateLimit: null, favour: 'balanced', finishBy: null, copy: 'post-copy', switchBy: null, metadataDirectory: '/var/lib/instance-mobility',
  traffic: { targetGroupArns: [], records: [], elasticIps: [], callback: false }, approve: [], releaseSource: 'keep', onFailure: 'wait', verifyDocument: null, continueSession: null, planOnly: false, ...over,
});

export const diskId = (name: string): string => `/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_${name}`;
export const ebsId = (volume: string): string => `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.replace('-', '')}`;
export const disk = (name: string, over: Partial<Disk> = {}): Disk => ({
  id: diskId(name), bytes: 950 * GB, blockSize: 512, model: 'Amazon EC2 NVMe Instance Storage', instanceStore: true, inUse: null, ...over,
});
export const mount = (mountPoint: string, over: Partial<Mount> = {}): Mount => ({
  mountPoint, device: diskId('SOURCE1'), bytes: 950 * GB, blockSize: 512, fstype: 'ext4', options: 'rw,noatime', layout: 'disk', disks: [diskId('SOURCE1')],
  onInstanceStore: true, usedBytes: 100 * GB, boot: true, ...over,
});

const have = { available: true, installable: true, version: '8.4.11', missing: [] };
export const LACKING = { available: false, installable: true, version: null, missing: ['drbd-utils'] };
export const NEVER = { available: false, installable: false, version: null, missing: ['drbd'] };

export const host = (over: Partial<HostFacts> = {}): HostFacts => ({
  os: { id: 'debian', version: '12', kernel: '6.1.0-18-cloud-amd64', arch: 'x86_64' }, engines: { drbd: have, md: { ...have, version: '4.2' } },
  wireguard: { ...have, version: null }, packageManager: 'apt', disks: [disk('TARGET1')], mounts: [],
  services: [{ name: 'postgresql.service', loadState: 'loaded', activeState: 'active', enabled: true }], filesystems: ['ext4', 'xfs'],
  clock: '2026-01-05T09:00:00.000Z', sessions: [], ...over,
});

export const status = (over: Partial<Status> = {}): Status => ({
  phase: 'switched', serving: true, suspended: false, peerConnected: true, bytes: 1000, bytesLeft: 400, bytesPerSecond: 10, secondsLeft: 40,
  volumes: [{ mountPoint: '/data', bytesLeft: 400, state: 'synchronising' }], errors: [],
  application: { readBytesPerSecond: 0, writeBytesPerSecond: 0, awaitMillis: 0 }, ...over,
});
export const synchronisedStatus = (over: Partial<Status> = {}): Status =>
  status({ bytesLeft: 0, secondsLeft: 0, volumes: [{ mountPoint: '/data', bytesLeft: 0, state: 'synchronised' }], ...over });
