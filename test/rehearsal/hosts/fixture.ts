/** A recording made by hand, for tests only: what the documents' contract says that hosts answer. */
import { Recorder } from '../../../rehearsal/hosts/recorder';
import type { Side } from '../../../rehearsal/hosts/host';
import type { PairNames } from '../../../rehearsal/hosts/placeholders';
import { readRecording, type Recording } from '../../../rehearsal/hosts/recording';
import type { JsonObject } from '../../../rehearsal/json';

type Engine = 'drbd' | 'md';
const MiB = 1 << 20;
const bytes = 256 * MiB;
const start = Date.parse('2026-10-01T10:00:00Z');

export const names: PairNames = {
  session: '0123456789ab', mounts: ['/srv/data'], services: ['writer.service'],
  source: { address: '10.9.0.1', disks: ['/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWSAAAAAAAAAAAAAA0'] },
  target: { address: '10.9.0.2', disks: ['/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWSBBBBBBBBBBBBBB0'] },
};
const Session = names.session;
const volume = (side: Side, more: object = {}) => ({ index: 0, mountPoint: '/srv/data', device: names[side].disks[0]!, bytes, ...more });
const key = (side: Side) => (side === 'source' ? 'S'.repeat(43) : 'T'.repeat(43)) + '=';

/** Tells the recorder a story, step by step. */
class Teller {
  private time = start;

  constructor(private readonly recorder: Recorder, readonly engine: Engine) {}

  story(): this {
    this.recorder.story(names);
    return this;
  }

  pass(seconds: number): this {
    this.time += seconds * 1000;
    return this;
  }

  off(side: Side): this {
    this.recorder.power(side, false, this.time);
    return this;
  }

  at(seconds: number): string {
    return new Date(this.time + seconds * 1000).toISOString();
  }

  tell(
    side: Side, step: string, parameters: Record<string, string>, answer: JsonObject | ((at: (seconds: number) => string) => JsonObject),
    seconds = 1, status = 0,
  ): this {
    const said = typeof answer === 'function' ? answer(offset => this.at(offset)) : answer;
    this.recorder.hear({ side, step, parameters, startedAt: this.time, seconds, status, stdout: `${JSON.stringify(said)}\n` });
    this.time += seconds * 1000;
    return this;
  }
}

function inspect(side: Side, engine: Engine) {
  return (at: (seconds: number) => string): JsonObject => ({
    os: { id: 'debian', version: '12', kernel: '6.1.0-41-cloud-amd64', arch: 'x86_64' },
    engines: {
      drbd: engine === 'drbd' ? { available: true, version: '8.4.11', missing: [], installable: true } : { available: false, version: null, missing: ['module drbd'], installable: false },
      md: { available: true, version: '4.2', missing: [], installable: true },
    },
    wireguard: { available: true, version: '1.0', missing: [], installable: true }, packageManager: 'apt',
    disks: [{
      id: names[side].disks[0]!, bytes, blockSize: 512, model: 'Amazon EC2 NVMe Instance Storage', instanceStore: true, inUse: side === 'source' ? 'mounted at /srv/data' : null,
    }],
    mounts: side === 'target' ? [] : [{
      mountPoint: '/srv/data', device: names.source.disks[0]!, bytes, blockSize: 512, fstype: 'ext4', options: 'rw,relatime', layout: 'disk',
      disks: [names.source.disks[0]!], onInstanceStore: true, usedBytes: 140 * MiB, boot: true,
    }],
    services: [{ name: 'writer.service', loadState: 'loaded', activeState: side === 'source' ? 'active' : 'inactive', enabled: side === 'source' }],
    filesystems: ['ext4', 'xfs'], clock: at(0.4), sessions: [],
  });
}

const busy = { readBytesPerSecond: 120_000, writeBytesPerSecond: 9_000, awaitMillis: 2.5 };

function status(engine: Engine, bytesLeft: number, more: object = {}): JsonObject {
  return {
    session: Session, engine, role: 'target', phase: 'switched', serving: true, suspended: false, peerConnected: true, bytes, bytesLeft,
    bytesPerSecond: bytesLeft > 0 ? 8 * MiB : 0, secondsLeft: bytesLeft > 0 ? Math.ceil(bytesLeft / (8 * MiB)) : 0,
    volumes: [{ index: 0, mountPoint: '/srv/data', bytes, bytesLeft, state: bytesLeft > 0 ? 'synchronising' : 'synchronised', local: bytesLeft > 0 ? 'Inconsistent' : 'UpToDate', peer: 'UpToDate' }],
    application: busy, services: [{ name: 'writer.service', activeState: 'active' }],
    errors: [], minRate: 250, maxRate: 100_000, ...more,
  };
}

const side = (which: Side, Encryption: string, engine: Engine): Record<string, string> => ({
  Session, Owner: 'arn:aws:states:eu-central-1:111122223333:execution:M:e', Engine: engine, Services: 'writer.service', Encryption, Port: '7788', InstallPackages: 'no',
  MetadataDirectory: '/var/lib/instance-mobility', OwnAddress: names[which].address, PeerAddress: names[which === 'source' ? 'target' : 'source'].address,
});
const prepared = (which: Side, Encryption: string, engine: Engine, peerReachable: boolean | null = null) => ({
  session: Session, role: which, engine, publicKey: Encryption === 'wireguard' ? key(which) : null, installed: [], volumes: [volume(which)], peerReachable,
});

function prepare(teller: Teller, Encryption: string): Teller {
  const { engine } = teller;
  const Volumes = `/srv/data:${bytes}:512:ext4:disk:${names.target.disks[0]}:rw,relatime`;
  return teller.story()
    .tell('source', 'inspect', { Mounts: '', Services: 'writer.service' }, inspect('source', engine), 0.9)
    .tell('target', 'inspect', { Mounts: '', Services: 'writer.service' }, inspect('target', engine), 0.9)
    .tell('target', 'prepare-target', { ...side('target', Encryption, engine), Volumes, OverwriteTarget: 'yes' }, prepared('target', Encryption, engine), 2)
    .tell('source', 'prepare-source', { ...side('source', Encryption, engine), Mounts: '/srv/data', PeerKey: Encryption === 'wireguard' ? key('target') : '' }, prepared('source', Encryption, engine), 2)
    .tell('target', 'prepare-target', { ...side('target', Encryption, engine), Volumes, OverwriteTarget: 'yes', PeerKey: Encryption === 'wireguard' ? key('source') : '' },
      prepared('target', Encryption, engine, true), 1.5);
}

function switched(teller: Teller, Encryption: string): Teller {
  return prepare(teller, Encryption)
    .tell('source', 'switch-source', { Session }, at => ({
      session: Session, phase: 'switched', stoppedServices: ['writer.service'], pausedAt: at(0.2), hotFiles: 'H4sIAAAAAAAAAwMAAAAAAAAAAAA=', volumes: [volume('source')],
    }), 2.4)
    .tell('target', 'switch-target', { Session, HotFiles: 'H4sIAAAAAAAAAwMAAAAAAAAAAAA=' }, at => ({
      session: Session, phase: 'switched', servingAt: at(1.9), volumes: [volume('target', { bytesLeft: bytes })], services: [{ name: 'writer.service', activeState: 'active' }],
    }), 2.1);
}

function synchronised(teller: Teller, Encryption: string): Teller {
  switched(teller, Encryption);
  for (let left = bytes; left > 0; left -= 32 * MiB) teller.tell('target', 'status', { Session }, status(teller.engine, left), 0.3).pass(3.7);
  return teller.tell('target', 'status', { Session }, status(teller.engine, 0), 0.3);
}

/** A move, the undoing of a preparation, a planned fall back, and a fall back after the target is lost. */
export function recorded(engine: Engine = 'drbd'): Recording {
  const recorder = new Recorder(engine, { system: 'made by hand', megabytes: 256, megabytesPerSecond: 8 });
  const teller = new Teller(recorder, engine);
  for (const Encryption of ['wireguard', 'none']) {
    const verify = (state: 'running' | 'done', share: number) => ({
      session: Session, state, bytesChecked: Math.round(bytes * share), bytes, outOfSyncBytes: 0, bytesPerSecond: state === 'done' ? 0 : 32 * MiB, application: busy,
    });
    synchronised(teller, Encryption)
      .tell('target', 'verify', { Session, Restart: 'yes' }, verify('running', 0), 0.4).pass(4)
      .tell('target', 'verify', { Session, Restart: 'no' }, verify('running', 0.5), 0.3).pass(4)
      .tell('target', 'verify', { Session, Restart: 'no' }, verify('done', 1), 0.3)
      .tell('target', 'finalize', { Session }, { session: Session, phase: 'finalized', silentMillis: 180, volumes: [{ mountPoint: '/srv/data', device: names.target.disks[0]! }] }, 1.2)
      .tell('source', 'release-source', { Session }, { session: Session, phase: 'released' }, 0.8);
    prepare(teller, Encryption)
      .tell('source', 'release-source', { Session }, { session: Session, phase: 'released' }, 0.6)
      .tell('target', 'release-source', { Session }, { session: Session, phase: 'released' }, 0.6);
    // undoing what never began
    const unknown = { error: 'NotFound', message: `this host knows no session ${Session}` };
    teller.story().tell('source', 'release-source', { Session }, unknown, 0.2, 4).tell('target', 'release-source', { Session }, unknown, 0.2, 4);
    // a switch that failed on the target
    prepare(teller, Encryption)
      .tell('source', 'switch-source', { Session }, at => ({
        session: Session, phase: 'switched', stoppedServices: ['writer.service'], pausedAt: at(0.2), hotFiles: '', volumes: [volume('source')],
      }), 2.4)
      .tell('target', 'fall-back', { Session, PeerLost: 'no' }, at => ({ session: Session, phase: 'prepared', serving: false, pausedAt: at(0), volumes: [volume('target')] }), 0.5)
      .tell('source', 'fall-back', { Session, PeerLost: 'no' }, { session: Session, phase: 'preparing', serving: true, volumes: [volume('source')] }, 1.4);
    switched(teller, Encryption)
      .tell('target', 'fall-back', { Session, PeerLost: 'no' }, at => ({ session: Session, phase: 'fallen-back', serving: false, pausedAt: at(0.1), volumes: [volume('target')] }), 1.1)
      .tell('source', 'fall-back', { Session, PeerLost: 'no' }, { session: Session, phase: 'fallen-back', serving: true, volumes: [volume('source')] }, 1.4)
      .tell('source', 'finalize', { Session }, { session: Session, phase: 'finalized', silentMillis: 90, volumes: [{ mountPoint: '/srv/data', device: names.source.disks[0]! }] }, 1)
      .tell('target', 'release-source', { Session }, { session: Session, phase: 'released' }, 0.6);
    switched(teller, Encryption).pass(3).off('target')
      .tell('source', 'fall-back', { Session, PeerLost: 'yes' }, { session: Session, phase: 'fallen-back', serving: true, volumes: [volume('source')] }, 1.4)
      .tell('source', 'finalize', { Session }, { session: Session, phase: 'finalized', silentMillis: 90, volumes: [{ mountPoint: '/srv/data', device: names.source.disks[0]! }] }, 1);
  }
  return readRecording(recorder.json(), 'the recording made by hand');
}
