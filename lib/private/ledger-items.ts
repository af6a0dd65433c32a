import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Allow } from './statement';

const READING = ['kms:Decrypt', 'kms:DescribeKey'];
const WRITING = [...READING, 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];

/** The right to use items of one kind in the ledger, and its key; items of other kinds stay out of reach. */
export function ledgerItems(table: dynamodb.ITable, kind: string, actions: readonly string[], because: string): Allow {
  const key = table.encryptionKey;
  return {
    actions: actions.map(action => `dynamodb:${action}`),
    on: [table.tableArn],
    where: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${kind}#*`] }, Null: { 'dynamodb:LeadingKeys': 'false' } },
    because,
    // DynamoDB uses a customer managed key in the name of whoever uses the table; the actions are those that the CDK grants with it
    key: key && { arn: key.keyArn, through: 'dynamodb', actions: actions.every(action => action === 'GetItem') ? READING : WRITING },
  };
}
