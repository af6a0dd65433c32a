import { Duration, NestedStack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RunDocument } from './host-command';
import { scriptText, ShellDocument, ShellDocumentParameter } from './shell-document';

const MOUNT = '/[A-Za-z0-9_.@+/-]*';
const UNIT = '[A-Za-z0-9_.:@-]{1,200}\\.(service|socket|timer|target)';
const ADDRESS = '[0-9]{1,3}(\\.[0-9]{1,3}){3}';
const DEVICE = '/dev/disk/by-id/[A-Za-z0-9_.:+-]{1,200}';
const YES_OR_NO = '^(yes|no)$';

const SESSION: ShellDocumentParameter = {
  description: 'Names the replication on both instances: 12 hexadecimal digits.',
  allowedPattern: '^[0-9a-f]{12}$',
};
const MOUNTS: ShellDocumentParameter = {
  description: 'Mount points, separated by commas.',
  allowedPattern: `^(${MOUNT}(,${MOUNT})*)?$`,
  maxChars: 1024,
};
const SERVICES: ShellDocumentParameter = {
  description: 'systemd units that use the data, separated by commas, in the order in which they are stopped.',
  allowedPattern: `^(${UNIT}(,${UNIT})*)?$`,
  maxChars: 1024,
};
const RATE: ShellDocumentParameter = {
  description: 'KiB per second; empty: as it is.',
  allowedPattern: '^([1-9][0-9]{0,9})?$',
  default: '',
};

/** What both sides are told when they are prepared. */
const SIDE: Record<string, ShellDocumentParameter> = {
  Session: SESSION,
  Owner: {
    description: 'The ARN of the execution that replicates.',
    allowedPattern: '^arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.:+=@/-]+$',
    maxChars: 512,
  },
  Engine: { description: 'What replicates the blocks.', allowedPattern: '^(drbd|md)$' },
  Services: SERVICES,
  OwnAddress: { description: 'The private IPv4 address of this instance.', allowedPattern: `^${ADDRESS}$` },
  PeerAddress: { description: 'The private IPv4 address of the other instance.', allowedPattern: `^${ADDRESS}$` },
  Port: {
    description: 'The first TCP port of the engine, one for each volume; WireGuard listens on the UDP port of the same number.',
    allowedPattern: '^([1-9][0-9]{3}|[1-5][0-9]{4}|6[0-4][0-9]{3})$',
    default: '7788',
  },
  Encryption: { description: 'What encrypts the data between the two.', allowedPattern: '^(wireguard|none)$', default: 'wireguard' },
  PeerKey: { description: "The other instance's public key of WireGuard; empty: not known yet.", allowedPattern: '^([A-Za-z0-9+/]{43}=)?$', default: '' },
  InstallPackages: { description: 'Whether what is missing may be installed by the package manager.', allowedPattern: YES_OR_NO, default: 'no' },
  MetadataDirectory: {
    description: 'Where the engine keeps what it knows of the blocks: neither on instance store nor on what is replicated.',
    allowedPattern: '^/[A-Za-z0-9_.@+/-]+$',
    maxChars: 256,
    default: '/var/lib/instance-mobility',
  },
  MaxRate: RATE,
};

/** What unmounts may have to free hundreds of GiB of memory first, and to write them out. */
const PAUSE = Duration.minutes(30);

/** The steps of replication, each with the parameters of its document besides those that all later steps have. */
const STEPS = {
  'inspect': {
    description: 'Tells what an instance has that replication needs: disks, mounts, services, kernel modules, tools. Changes nothing.',
    parameters: { Mounts: { ...MOUNTS, default: '' }, Services: { ...SERVICES, default: '' } },
    timeout: Duration.minutes(5), // package managers may be asked what they have
  },
  'prepare-source': {
    description: 'Prepares the instance that serves: packages, metadata, keys. Its data and services stay as they are.',
    parameters: { ...SIDE, Mounts: MOUNTS },
    timeout: Duration.minutes(15),
  },
  'prepare-target': {
    description: 'Prepares the instance that will serve: packages, devices, metadata, keys, mount points.',
    parameters: {
      ...SIDE,
      Volumes: {
        description: 'What is to be replicated, separated by semicolons: MOUNT:BYTES:BLOCKSIZE:FSTYPE:LAYOUT:DEVICE[+DEVICE...]:OPTIONS.',
        allowedPattern: `^${'VOLUME'}(;${'VOLUME'})*$`.replaceAll('VOLUME',
          `${MOUNT}:[1-9][0-9]{0,18}:(512|4096):[a-z0-9]{1,16}:(disk|lvm|raid0):${DEVICE}([+]${DEVICE})*:[A-Za-z0-9_=,.-]{0,256}`),
        maxChars: 4096,
      },
      OverwriteTarget: { description: 'Whether filesystems that are found on the devices may be erased.', allowedPattern: YES_OR_NO, default: 'no' },
    },
    timeout: Duration.minutes(15),
  },
  'pre-copy': {
    description: 'Copies ahead while the source serves on: sent to the target, then to the source.',
    parameters: { Session: SESSION },
    timeout: PAUSE,
  },
  'switch-source': {
    description: 'Stops the services, unmounts, and offers the blocks to the other instance.',
    parameters: { Session: SESSION },
    timeout: PAUSE,
  },
  'switch-target': {
    description: 'Takes over: mounts what is not here yet, starts the services; blocks that are missing are read from the other instance.',
    parameters: {
      Session: SESSION,
      HotFiles: {
        description: 'The files that were in use on the other instance, as it told them: base64 of a compressed list. They are read first.',
        allowedPattern: '^[A-Za-z0-9+/=]*$',
        maxChars: 20_000,
        default: '',
      },
    },
    timeout: Duration.minutes(10),
  },
  'status': {
    description: 'Tells how far the synchronisation is, and sets how fast it may go.',
    parameters: { Session: SESSION, MinRate: RATE, MaxRate: RATE },
    timeout: Duration.minutes(2),
  },
  'verify': {
    description: 'Compares every block of the two instances while the services run: starts it, and then tells how far it is.',
    parameters: { Session: SESSION, Restart: { description: 'Whether to begin anew.', allowedPattern: YES_OR_NO, default: 'no' }, MinRate: RATE, MaxRate: RATE },
    timeout: Duration.minutes(5),
  },
  'finalize': {
    description: 'Takes the engine from under the mounted filesystem and leaves the plain device.',
    parameters: { Session: SESSION },
    timeout: Duration.minutes(10),
  },
  'release-source': {
    description: 'Ends the replication on the side that does not serve.',
    parameters: { Session: SESSION },
    timeout: Duration.minutes(10),
  },
  'fall-back': {
    description: 'Hands the services back to the instance they came from, with all that was written since.',
    parameters: {
      Session: SESSION,
      PeerLost: { description: 'On the instance that takes over: whether the other one is known to be gone for good.', allowedPattern: YES_OR_NO, default: 'no' },
    },
    timeout: PAUSE,
  },
  'resume': {
    description: 'Goes on after a reboot, or after the operator has decided to go on without the other instance.',
    parameters: {
      Session: SESSION,
      AcceptLoss: { description: 'Whether blocks that only the other instance has are given up for lost.', allowedPattern: YES_OR_NO, default: 'no' },
    },
    timeout: Duration.minutes(10),
  },
} satisfies Record<string, { description: string; parameters: Record<string, ShellDocumentParameter>; timeout: Duration }>;

export type ReplicationStep = keyof typeof STEPS;

/** What can replicate blocks; each has parts of the scripts in documents/replication/parts. */
export const REPLICATION_ENGINES = ['drbd', 'md'] as const;
export type ReplicationEngine = typeof REPLICATION_ENGINES[number];

/** The one step that comes before an engine is chosen. */
const INSPECT = 'inspect';
type EngineStep = Exclude<ReplicationStep, typeof INSPECT>;
/** What only some engines can do. */
const ONLY: Partial<Record<ReplicationStep, readonly ReplicationEngine[]>> = { 'pre-copy': ['drbd'] };

const can = (engine: ReplicationEngine, step: ReplicationStep): boolean => ONLY[step]?.includes(engine) ?? true;

function stepsOf(engine: ReplicationEngine): ReplicationStep[] {
  return (Object.keys(STEPS) as ReplicationStep[]).filter(step => step !== INSPECT && can(engine, step));
}

export interface ReplicationDocuments {
  readonly inspect: ShellDocument;
  readonly byEngine: Readonly<Record<ReplicationEngine, Readonly<Partial<Record<EngineStep, ShellDocument>>>>>;
}

/**
 * The documents of the replication scripts, by step. Those of an engine lie in a nested stack: a document holds 64 KB and a template a
 * megabyte, and all steps of one engine have half of one.
 */
export function replicationDocuments(scope: Construct): ReplicationDocuments {
  const byEngine = REPLICATION_ENGINES.map(engine => {
    const id = engine[0]!.toUpperCase() + engine.slice(1);
    const stack = new NestedStack(scope, id, { description: `The documents of InstanceStoreSync that replicate with the engine ${engine}.` });
    return [engine, Object.fromEntries(stepsOf(engine).map(step => [step, document(stack, step, engine)]))] as const;
  });
  return { inspect: document(scope, INSPECT), byEngine: Object.fromEntries(byEngine) as ReplicationDocuments['byEngine'] };
}

/**
 * The document of a step, of the engine that a JSONata expression tells. `within`: the step that it is a part of, and so of no engine that can not
 * do that.
 */
export function documentOf({ inspect, byEngine }: ReplicationDocuments, step: ReplicationStep, engine: string, within = step): RunDocument {
  if (step === INSPECT) return inspect;
  const documents = REPLICATION_ENGINES.flatMap(each => {
    const found = byEngine[each][step];
    return found && can(each, within) ? [{ engine: each, document: found }] : [];
  });
  const names = documents.map(each => `'${each.engine}': '${each.document.documentName}'`);
  return { documentName: `{% $lookup({${names.join(', ')}}, ${engine}) %}`, documentArn: documents.map(each => each.document.documentArn) };
}

function document(scope: Construct, step: ReplicationStep, engine?: ReplicationEngine): ShellDocument {
  const id = step.split('-').map(word => word[0]!.toUpperCase() + word.slice(1)).join('');
  return new ShellDocument(scope, `${id}Document`, { script: `replication/${step}.sh`, engine, ...STEPS[step] });
}

/** The text of a step's script as an engine runs it. */
export function replicationScript(step: ReplicationStep, engine: ReplicationEngine): string {
  return scriptText(`replication/${step}.sh`, engine);
}

/** The parameters of a step's document, for those who run its script. */
export function replicationParameters(step: ReplicationStep): Record<string, ShellDocumentParameter> {
  return STEPS[step].parameters;
}
