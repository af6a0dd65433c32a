import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { EXECUTION_PARAMETER, ShellDocument } from '../private/shell-document';

/** Tells who a system says it is; changes nothing, and so may be sent to the source. */
export function readIdentityDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'ReadIdentityDocument', {
    script: 'identity/read.sh',
    description: 'Tells machine id (hashed), SSH host keys (fingerprints), host name and registration of this system.',
    timeout: Duration.minutes(1),
    parameters: {},
  });
}

/** Gives a clone an identity of its own, and reboots it; refuses on every instance that is not among the named clones. */
export function resetIdentityDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'ResetIdentityDocument', {
    script: 'identity/reset.sh',
    description: 'Gives a clone its own machine id, SSH host keys, host name and cloud-init state, and reboots it.',
    timeout: Duration.minutes(10),
    parameters: {
      Owner: { ...EXECUTION_PARAMETER, description: 'Who resets: the ARN of the execution that made the clones.' },
      Clones: {
        description: 'The instance ids of the clones, separated by commas; on any other instance nothing happens.',
        allowedPattern: '^i-[0-9a-f]{8,17}(,i-[0-9a-f]{8,17})*$',
        maxChars: 2048,
      },
    },
  });
}
