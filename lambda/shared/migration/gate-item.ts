import { type AttributeValue, ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Gate, Group, Ready } from './gate';

const dynamodb = new DynamoDBClient({});

/** With every turn at least one of those who compete gets through; who lost so often is run again by its step's retry. */
const TURNS = 10;
/** Long after its end nobody asks for it. DynamoDB deletes late, and until then the id stays taken. */
const FORGET_AFTER_SECONDS = 7 * 24 * 3600;

interface Stored { readonly gate: Gate | undefined; readonly version: number }

/** The gate of a group, as it stands in the ledger; undefined: nobody has come yet. */
export async function readGate(table: string, group: Group): Promise<Gate | undefined> {
  return (await read(table, group)).gate;
}

/** Changes the gate of a group beside others who do the same; answers what it is then. */
export async function changeGate(table: string, group: Group, change: (gate: Gate | undefined) => Gate): Promise<Gate> {
  for (let turn = 1; ; turn++) {
    const { gate, version } = await read(table, group);
    const next = change(gate);
    if (next === gate) return next;
    try {
      await dynamodb.send(new PutItemCommand({
        TableName: table, Item: itemOf(group, next, version + 1),
        ...version === 0 ? { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': 'pk' } } : {
          ConditionExpression: '#version = :version',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': { N: `${version}` } },
        },
      }));
      return next;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || turn === TURNS) throw error;
    }
  }
}

const key = ({ id }: Group): { pk: { S: string } } => ({ pk: { S: `gate#${id}` } });

async function read(table: string, group: Group): Promise<Stored> {
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: table, Key: key(group), ConsistentRead: true }));
  return { gate: Item && gateOf(Item), version: Number(Item?.['version']?.N ?? 0) };
}

function itemOf(group: Group, { members, ready, verdict, closed }: Gate, version: number): Record<string, AttributeValue> {
  return {
    ...key(group),
    version: { N: `${version}` },
    members: { L: members.map(S => ({ S })) },
    ready: { M: Object.fromEntries(Object.entries(ready).map(([id, { execution, at }]) => [id, { M: { execution: { S: execution }, at: { N: `${at}` } } }])) },
    verdict: { S: verdict },
    ...closed && { closedBy: { S: closed.by }, why: { S: closed.why } },
    ttl: { N: `${Math.ceil(Math.max(Date.parse(group.until), Date.now()) / 1000) + FORGET_AFTER_SECONDS}` },
  };
}

function gateOf({ members, ready, verdict, closedBy, why }: Record<string, AttributeValue>): Gate {
  const entries = Object.entries(ready?.M ?? {}).map(([id, { M }]): [string, Ready] => [id, { execution: M?.['execution']?.S ?? '', at: Number(M?.['at']?.N) }]);
  return {
    members: (members?.L ?? []).flatMap(({ S }) => S ?? []),
    ready: Object.fromEntries(entries),
    verdict: (verdict?.S ?? 'waiting') as Gate['verdict'],
    closed: closedBy?.S === undefined ? null : { by: closedBy.S, why: why?.S ?? '' },
  };
}
