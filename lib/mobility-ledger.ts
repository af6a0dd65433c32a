import { RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/**
 * Properties for `MobilityLedger`.
 */
export interface MobilityLedgerProps {
  /**
   * The key that encrypts the table. Constructs that are given the ledger let their steps use it by way of DynamoDB.
   *
   * @default - the account's AWS managed key, `aws/dynamodb`
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * A table that is a ledger already: that of another app in the account and Region, by `Table.fromTableAttributes`, which has to be told its key.
   *
   * @default - a new one
   */
  readonly table?: dynamodb.ITable;
}

/**
 * Defines the ledger in which executions note which instance they work on, so that no two of them ever work on the same,
 * and what they take of which link at what time, so that no link is ever overbooked.
 *
 * Every construct makes its own ledger unless it is given one. Give all constructs of one account and Region the same
 * ledger: a lease or a reservation only holds among those that look into the same book.
 *
 * The table holds one short item per instance at work (`lease#<instance>`): who holds the lease, until when, and how often
 * it was taken (the fencing token); one item per direction of a link and UTC day (`link#<link>#<direction>#<day>`): its
 * version, and the reservations that touch this day; and one per attempt of a group to switch together (`gate#<id>`): who
 * is ready, and what was decided. Expiries are compared; DynamoDB's time to live only tidies up. Nothing
 * in it has to be kept: it is deleted with its stack.
 */
export class MobilityLedger extends Construct {
  /**
   * The table that holds leases and reservations.
   */
  public readonly table: dynamodb.ITable;

  constructor(scope: Construct, id: string, props: MobilityLedgerProps = {}) {
    super(scope, id);
    if (props.table && props.encryptionKey) throw new Error('encryptionKey must not be given with table, which is encrypted already: tell the key where the table is imported');
    this.table = props.table ?? new dynamodb.Table(this, 'Table', {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: props.encryptionKey ? dynamodb.TableEncryption.CUSTOMER_MANAGED : dynamodb.TableEncryption.AWS_MANAGED,
      encryptionKey: props.encryptionKey,
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /**
   * The table, for the steps of a construct: they look for its name where they are.
   *
   * @internal
   */
  public _tableFor(construct: Construct): dynamodb.ITable {
    const { region, account } = Stack.of(construct);
    for (const [what, here, there] of [['Region', region, this.table.env.region], ['account', account, this.table.env.account]] as const) {
      if (here === there || Token.isUnresolved(here) || Token.isUnresolved(there)) continue;
      throw new Error(`ledger must be in the ${what} of the stack, ${here}, got one in ${there}: make one in each Region of each account`);
    }
    return this.table;
  }
}
