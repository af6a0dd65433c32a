import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ShellDocument, ShellDocumentParameter } from './shell-document';

const VOLUMES: ShellDocumentParameter = {
  description: 'The volumes, separated by commas: vol-0123456789abcdef0',
  allowedPattern: '^vol-[0-9a-f]{8,17}(,vol-[0-9a-f]{8,17})*$',
  maxChars: 4096,
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
