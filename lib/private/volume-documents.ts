import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ShellDocument, ShellDocumentParameter } from './shell-document';

const VOLUMES: ShellDocumentParameter = {
  description: 'The volumes, separated by commas: vol-0123456789abcdef0',
  allowedPattern: '^vol-[0-9a-f]{8,17}(,vol-[0-9a-f]{8,17})*$',
  maxChars: 4096,
};

const VOLUME: ShellDocumentParameter = {
  description: 'The id of the volume.',
  allowedPattern: '^vol-[0-9a-f]{8,17}$',
};

/** Keeps an instance from ever writing to volumes that it is about to share. */
export function fenceDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'FenceDocument', {
    script: 'volumes/fence.sh',
    description: 'Keeps this instance from writing to volumes that it is about to share with another one.',
    timeout: Duration.minutes(1),
    parameters: { Volumes: VOLUMES },
  });
}

/** Mounts shared volumes without a single write. */
export function mountReadOnlyDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'MountReadOnlyDocument', {
    script: 'volumes/mount-read-only.sh',
    description: 'Mounts volumes that another instance writes to, in a way that can not change a single block of them.',
    timeout: Duration.minutes(2),
    parameters: { Volumes: VOLUMES },
  });
}

/** Lets an instance keep others from writing to its volumes, or ends that; may be sent to a source. */
export function reserveDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'ReserveDocument', {
    script: 'volumes/reserve.sh',
    description: 'Takes an NVMe reservation on volumes of this instance, so that nobody else can write to them, or gives it back.',
    timeout: Duration.minutes(1),
    parameters: {
      Volumes: VOLUMES,
      Key: { description: 'The key of the reservation, 13 hexadecimal digits.', allowedPattern: '^[1-9a-f][0-9a-f]{12}$' },
      Action: { description: 'What to do.', allowedPattern: '^(hold|release)$' },
    },
  });
}

const UNIT = '[A-Za-z0-9_.:@-]{1,200}\\.(service|socket|timer|target)';

/** Tells what is on volumes that clones are to write to; changes nothing, and so may be sent to the source. */
export function inspectSharesDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'InspectSharesDocument', {
    script: 'volumes/inspect.sh',
    description: 'Tells which filesystems volumes hold, where and how they are mounted, and whether they are shared within a cluster.',
    timeout: Duration.minutes(1),
    parameters: { Volumes: VOLUMES },
  });
}

/** Keeps a clone from joining a cluster as its source. */
export function holdClusterDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'HoldClusterDocument', {
    script: 'volumes/hold-cluster.sh',
    description: 'Stops what would make this instance a member of a cluster, and keeps it from starting until join-cluster is sent.',
    timeout: Duration.minutes(5),
    parameters: {
      Volume: VOLUME,
      Kind: { description: 'The filesystem on it.', allowedPattern: '^(gfs2|ocfs2)$' },
      Mount: { description: 'Where it will be mounted.', allowedPattern: '^/[A-Za-z0-9_.:@+=/-]+$', maxChars: 1024 },
      Options: { description: 'The options of mount, separated by commas.', allowedPattern: '^[A-Za-z0-9_.:=,/@+-]+$', maxChars: 1024 },
      Cluster: { description: 'The systemd units of the cluster, separated by commas, in the order of starting.', allowedPattern: `^${UNIT}(,${UNIT})*$`, maxChars: 4096 },
      Services: { description: 'The systemd units that use the filesystem, likewise, or none.', allowedPattern: `^(none|${UNIT}(,${UNIT})*)$`, maxChars: 4096 },
    },
  });
}

/** Makes a clone a member of the cluster, and mounts the filesystem of a shared volume writable. */
export function joinClusterDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'JoinClusterDocument', {
    script: 'volumes/join-cluster.sh',
    description: 'Starts what makes this instance a member of a cluster, and mounts the cluster filesystem of a shared volume writable.',
    timeout: Duration.minutes(14),
    parameters: { Volume: VOLUME },
  });
}

/** Unmounts a shared volume, so that another one can take its place. */
export function releaseSharedDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'ReleaseSharedDocument', {
    script: 'volumes/release-shared.sh',
    description: 'Unmounts a volume that this instance shares, so that another one can take its place.',
    timeout: Duration.minutes(10),
    parameters: { Volume: VOLUME },
  });
}

/** Mounts a volume of the instance's own where it had a shared one. */
export function mountOwnDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'MountOwnDocument', {
    script: 'volumes/mount-own.sh',
    description: 'Mounts a volume of this instance\'s own where it shared another one.',
    timeout: Duration.minutes(14),
    parameters: {
      Volume: VOLUME,
      Shared: VOLUME,
      Mount: { description: 'Where the shared volume was mounted, or none.', allowedPattern: '^(none|/[A-Za-z0-9_.:@+=/-]*)$', maxChars: 1024 },
    },
  });
}

/** Reads volumes once, what is in use first, and never writes to them. */
export function warmUpDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'WarmUpDocument', {
    script: 'volumes/warm-up.sh',
    description: 'Reads volumes of this instance once, what is in use first, so that EBS loads their blocks from the snapshots.',
    timeout: Duration.minutes(1),
    parameters: {
      Volumes: {
        description: 'The volumes, separated by commas, each with the device name it was attached by: vol-0123456789abcdef0=/dev/sdf',
        allowedPattern: '^vol-[0-9a-f]{8,17}(=/dev/[a-z0-9]{1,16})?(,vol-[0-9a-f]{8,17}(=/dev/[a-z0-9]{1,16})?)*$',
        maxChars: 4096,
      },
    },
  });
}

/** Tells how far that reading is. */
export function warmUpStatusDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'WarmUpStatusDocument', {
    script: 'volumes/warm-up-status.sh',
    description: 'Tells how far the volumes of this instance are read that are being read once.',
    timeout: Duration.minutes(1),
    parameters: {},
  });
}
