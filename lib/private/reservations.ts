import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { ledgerItems } from './ledger-items';
import { Allow } from './statement';

/** What a step that reserves, extends or releases does with the ledger; one that lists only reads. */
export const RESERVING = ['GetItem', 'PutItem'];

/** The right to take part in the reservations on links of a ledger; items of other kinds stay out of reach. */
export function reservationItems(table: dynamodb.ITable, actions: string[], because: string): Allow {
  return ledgerItems(table, 'link', actions, because);
}
