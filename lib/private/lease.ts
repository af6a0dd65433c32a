import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { lambdaSteps } from './lambda-step';
import { ledgerItems } from './ledger-items';
import { Allow } from './statement';

/** The right to take part in the leases of a ledger; items of other kinds stay out of reach. */
export function leaseItems(table: dynamodb.ITable, actions: string[], because: string): Allow {
  return ledgerItems(table, 'lease', actions, because);
}

/** Every step that waits for long renews the lease, so that it never expires under a living execution. */
export function renewLease(table: dynamodb.ITable): Allow {
  return leaseItems(table, ['UpdateItem'], 'renews the lease on the source in each turn of the loop');
}

export interface LeaseProps {
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  readonly encryptionKey?: kms.IKeyRef;
  /** The instance to lease, as a JSONata expression. */
  readonly instanceId: string;
  /**
   * Which of several instances it is: 'target' makes 'Acquire target lease', which sets `$targetLease`.
   * @default - the only one: 'Acquire lease', `$lease`
   */
  readonly what?: 'target';
}

/** The first and the last step of every workflow that touches an instance; in between the lease is held. */
export function leaseSteps(scope: Construct, props: LeaseProps): { acquire: tasks.LambdaInvoke; release: tasks.LambdaInvoke } {
  const { owner, ledger, what } = props;
  const [which, variable] = what ? [` ${what}`, `${what}Lease`] : ['', 'lease'];
  const step = lambdaSteps(scope, { folder: 'lease', owner, encryptionKey: props.encryptionKey });
  return {
    acquire: step(`Acquire${which} lease`, {
      input: { table: ledger.tableName, instanceId: props.instanceId },
      assign: { [variable]: '{% $states.result.Payload.lease %}' },
      allow: [leaseItems(ledger, ['UpdateItem'], 'takes the lease unless another execution holds it')],
    }),
    release: step(`Release${which} lease`, {
      input: { lease: `{% $${variable} %}` },
      allow: [leaseItems(ledger, ['UpdateItem'], 'gives the lease back')],
    }),
  };
}
