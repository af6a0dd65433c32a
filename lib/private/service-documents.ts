import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ShellDocument, ShellDocumentParameter } from './shell-document';

const UNIT = '[A-Za-z0-9_.:@-]{1,200}\\.(service|socket|timer|target)';

const SERVICES: ShellDocumentParameter = {
  description: 'systemd units, separated by commas, in the order in which they are stopped.',
  allowedPattern: `^${UNIT}(,${UNIT})*$`,
  maxChars: 1024,
};

const OWNER: ShellDocumentParameter = {
  description: 'Names the move: only what was stopped for it is started again.',
  allowedPattern: '^[0-9a-z]{0,64}$',
  // executions that began with an earlier version name none
  default: '',
};

/** Stops services, and writes out what they left in memory. */
export function quiesceDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'QuiesceDocument', {
    script: 'services/quiesce.sh',
    description: 'Stops the services of an instance that is about to be moved, and tells since when it is paused.',
    timeout: Duration.minutes(10),
    parameters: { Services: SERVICES, Owner: OWNER },
  });
}

/** Starts what was stopped, there or on the instance that takes over. */
export function startServicesDocument(scope: Construct): ShellDocument {
  return new ShellDocument(scope, 'StartServicesDocument', {
    script: 'services/start.sh',
    description: 'Starts services that were stopped for a move, and tells since when all of them run.',
    timeout: Duration.minutes(10),
    parameters: { Services: SERVICES, Owner: OWNER },
  });
}
