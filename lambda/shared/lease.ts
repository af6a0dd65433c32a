import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { InstanceIsLeased, LeaseLost } from './errors';

/** The right to work on an instance, held by one execution at a time. */
export interface Lease {
  readonly table: string;
  readonly instanceId: string;
  /** Rises with every holder: who has an older one has lost the lease. */
  readonly token: number;
}

/** Polls renew the lease at least every ten minutes. */
const LEASE_SECONDS = 3600;
/** DynamoDB may delete a lease that nobody asked for since; its tokens then start again. */
const FORGET_AFTER_SECONDS = 30 * 24 * 3600;

const dynamodb = new DynamoDBClient({});

/** Takes the lease when it is free, ran out, or is this execution's already (a repeated call whose first answer was lost). */
export async function acquireLease(table: string, instanceId: string, holder: string): Promise<Lease> {
  const now = Date.now();
  try {
    const { Attributes } = await dynamodb.send(new UpdateItemCommand({
      ...row(table, instanceId),
      // the expiry is compared here: DynamoDB's own time to live deletes days late
      ConditionExpression: 'attribute_not_exists(#holder) OR #expires < :now OR #holder = :holder',
      UpdateExpression: 'SET #holder = :holder, #expires = :expires, #ttl = :ttl, #token = if_not_exists(#token, :zero) + :one',
      ExpressionAttributeNames: { '#holder': 'holder', '#expires': 'expires', '#ttl': 'ttl', '#token': 'token' },
      ExpressionAttributeValues: {
        ':now': { N: `${now}` }, ':holder': { S: holder }, ':zero': { N: '0' }, ':one': { N: '1' }, ...expiry(now, LEASE_SECONDS),
      },
      ReturnValues: 'UPDATED_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }));
    return { table, instanceId, token: Number(Attributes?.['token']?.N) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const until = new Date(Number(error.Item?.['expires']?.N ?? now)).toISOString();
    throw new InstanceIsLeased(`${instanceId} is being worked on by ${error.Item?.['holder']?.S ?? 'another execution'}, whose lease lasts until ${until}`
      + ' unless it is renewed: start again when that execution has ended');
  }
}

/** Keeps the lease, even one that ran out, as long as nobody else has taken it. */
export async function renewLease({ table, instanceId, token }: Lease, holder: string, seconds = LEASE_SECONDS): Promise<void> {
  try {
    await dynamodb.send(new UpdateItemCommand({
      ...row(table, instanceId),
      ConditionExpression: '#holder = :holder AND #token = :token',
      UpdateExpression: 'SET #expires = :expires, #ttl = :ttl',
      ExpressionAttributeNames: { '#holder': 'holder', '#expires': 'expires', '#ttl': 'ttl', '#token': 'token' },
      ExpressionAttributeValues: { ':holder': { S: holder }, ':token': { N: `${token}` }, ...expiry(Date.now(), seconds) },
    }));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw new LeaseLost(`the lease on ${instanceId} ran out and another execution took it: nothing further is done to the instance`);
  }
}

/** Frees the lease; the row stays, so that tokens keep rising. False when the holder did not have it any more. */
export async function releaseLease(table: string, instanceId: string, holder: string, token?: number): Promise<boolean> {
  try {
    await dynamodb.send(new UpdateItemCommand({
      ...row(table, instanceId),
      ConditionExpression: token === undefined ? '#holder = :holder' : '#holder = :holder AND #token = :token',
      UpdateExpression: 'SET #expires = :zero REMOVE #holder',
      ExpressionAttributeNames: { '#holder': 'holder', '#expires': 'expires', ...token === undefined ? {} : { '#token': 'token' } },
      ExpressionAttributeValues: { ':holder': { S: holder }, ':zero': { N: '0' }, ...token === undefined ? {} : { ':token': { N: `${token}` } } },
    }));
    return true;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return false;
  }
}

function row(table: string, instanceId: string): Pick<UpdateItemCommandInput, 'TableName' | 'Key'> {
  return { TableName: table, Key: { pk: { S: `lease#${instanceId}` } } };
}

function expiry(now: number, seconds: number) {
  return { ':expires': { N: `${now + seconds * 1000}` }, ':ttl': { N: `${Math.round(now / 1000) + seconds + FORGET_AFTER_SECONDS}` } };
}
