import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { EXECUTION_PARAMETER, ShellDocument, ShellDocumentParameter } from './shell-document';

const OWNER: ShellDocumentParameter = {
  ...EXECUTION_PARAMETER,
  description: 'Who freezes: the ARN of the execution. Nobody else can thaw.',
};

/** Freezes the filesystems on the named volumes, never the root's, and thaws them by itself after some seconds. */
export function freezeDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'FreezeDocument', {
    script: 'filesystem/freeze.sh',
    description: 'Freezes the filesystems on EBS volumes for a snapshot; they thaw by themselves after some seconds.',
    timeout: Duration.minutes(5),
    parameters: {
      Owner: OWNER,
      Volumes: {
        description: 'The volumes, separated by commas, each with the device name it was attached by: vol-0123456789abcdef0=/dev/sdf',
        allowedPattern: '^vol-[0-9a-f]{8,17}(=/dev/[a-z0-9]{1,16})?(,vol-[0-9a-f]{8,17}(=/dev/[a-z0-9]{1,16})?)*$',
        maxChars: 4096,
      },
      Seconds: {
        description: 'After so many seconds the filesystems thaw by themselves (10 to 300).',
        allowedPattern: '^([1-9][0-9]|[12][0-9][0-9]|300)$',
        default: '60',
      },
    },
  });
}

/** Thaws what the same owner froze. */
export function thawDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'ThawDocument', {
    script: 'filesystem/thaw.sh',
    description: 'Thaws the filesystems that the same owner froze, and reports how long they were frozen.',
    timeout: Duration.minutes(1),
    parameters: { Owner: OWNER },
  });
}
