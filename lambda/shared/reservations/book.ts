import { type AttributeValue, DynamoDBClient, GetItemCommand, type Put, TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { LinkIsContended } from '../errors';
import { type Held, type RateFrom, type Span, type Takes, within } from './room';

const DAY = 86_400;
/** DynamoDB may delete a day this long after its end. */
const FORGET_AFTER = 30 * DAY;
/** With every turn at least one of those who compete gets through. */
const TURNS = 10;
/** "Up to 100 action requests" (TransactWriteItems). */
const MOST_DAYS = 100;

/** What is held of one link on one UTC day. Each entry has its whole span, of which this day may be a part only. */
export interface Page {
  /** Begin of the day, seconds since the epoch. */
  readonly day: number;
  /** Rises with every change; 0 before the first. */
  readonly version: number;
  readonly held: readonly Held[];
}

const dynamodb = new DynamoDBClient({});

/** The begins of the UTC days that a span touches. */
export function daysOf({ from, to }: Span): number[] {
  const first = Math.floor(from / DAY) * DAY;
  return Array.from({ length: Math.max(0, Math.ceil((to - first) / DAY)) }, (_, i) => first + i * DAY);
}

/** What is held at a time, each part once: entries of several days stand on several pages. */
export function heldOn(pages: readonly Page[], now: number): Held[] {
  return pages.flatMap(({ day, held }) => held.filter(({ expires }) => expires > now).flatMap(entry => {
    const part = within(entry, { from: day, to: day + DAY });
    return part ? [{ ...entry, ...part }] : [];
  }));
}

export async function readPages(table: string, book: string, days: readonly number[]): Promise<Page[]> {
  return Promise.all(days.map(async day => {
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: table, Key: key(book, day), ConsistentRead: true }));
    return { day, version: Number(Item?.['version']?.N ?? 0), held: Object.entries(Item?.['held']?.M ?? {}).map(([id, entry]) => entryOf(id, entry)) };
  }));
}

/** What is to become of an entry: another one in its place, or nothing, or what it was. */
export type Decision = Held | 'remove' | 'keep';

/**
 * Changes one entry of a book, on all days that it touches or shall touch, or on none. Whoever changed one of these days
 * meanwhile makes it look again. `own` is the entry as it stands, if it stands on all of its days; `others` are parts of days.
 */
export async function changeEntry(
  table: string, book: string, id: string, span: Span, now: number, decide: (own: Held | undefined, others: readonly Held[]) => Decision,
): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) {
    const pages = await readPages(table, book, daysOf(span));
    const found = pages.flatMap(({ held }) => held).find(entry => entry.id === id);
    const known = new Set(pages.map(({ day }) => day));
    pages.push(...await readPages(table, book, found ? daysOf(found).filter(day => !known.has(day)) : []));
    const isWhole = found && daysOf(found).every(day => pages.some(page => page.day === day && page.held.some(entry => entry.id === id)));
    const decision = decide(isWhole ? found : undefined, heldOn(pages, now).filter(entry => entry.id !== id));
    if (decision === 'keep' || isWhole && decision !== 'remove' && isSame(found, decision)) return;
    const days = decision === 'remove' ? [] : daysOf(decision);
    const changed = pages.filter(({ day, held }) => days.includes(day) || held.some(entry => entry.id === id)).map(page => ({
      ...page,
      // entries that ran out go with the next change of their day
      held: [...page.held.filter(entry => entry.id !== id && entry.expires > now), ...decision !== 'remove' && days.includes(page.day) ? [decision] : []],
    }));
    if (changed.length === 0) return;
    if (changed.length > MOST_DAYS) throw new RangeError(`a reservation touches at most ${MOST_DAYS} days, got ${changed.length}`);
    try {
      await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: changed.map(page => ({ Put: putOf(table, book, page) })) }));
      return;
    } catch (error) {
      if (!isLostRace(error)) throw error;
    }
  }
  throw new LinkIsContended(`${book} was changed by others ${TURNS} times in a row, so nothing was changed: try again`);
}

/** What a move takes at its destination is told once, and stays as it is. */
const isSame = (one: Held, other: Held): boolean => one.from === other.from && one.to === other.to && one.rate === other.rate
  && one.expires >= other.expires && (one.takes === undefined) === (other.takes === undefined) && written(one.steps) === written(other.steps);

/** The transaction met another one, or came after it. What else cancels a transaction is thrown on. */
function isLostRace(error: unknown): boolean {
  return error instanceof TransactionCanceledException
    && (error.CancellationReasons ?? []).every(({ Code }) => Code === 'None' || Code === 'ConditionalCheckFailed' || Code === 'TransactionConflict');
}

function key(book: string, day: number): { pk: { S: string } } {
  return { pk: { S: `link#${book}#${new Date(day * 1000).toISOString().slice(0, 10)}` } };
}

function putOf(table: string, book: string, { day, version, held }: Page): Put {
  return {
    TableName: table,
    Item: {
      ...key(book, day),
      version: { N: `${version + 1}` },
      held: { M: Object.fromEntries(held.map(entry => [entry.id, attributeOf(entry)])) },
      ttl: { N: `${day + DAY + FORGET_AFTER}` },
    },
    ...version === 0 ? { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': 'pk' } } : {
      ConditionExpression: '#version = :version',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':version': { N: `${version}` } },
    },
  };
}

function attributeOf({ from, to, rate, expires, steps, takes }: Held): AttributeValue {
  const slots = written(steps);
  return { M: { ...numbers({ from, to, rate, expires }), ...slots !== '' && { steps: { S: slots } }, ...takes && { takes: attributeOfTakes(takes) } } };
}

/** In one word each: an item has room for the steps of many. */
const written = (steps: readonly RateFrom[] = []): string => steps.map(({ at, rate }) => `${at}:${rate}`).join(' ');

function stepsIn(text: string): RateFrom[] {
  return text.split(' ').filter(word => word !== '').map(word => {
    const [at, rate] = word.split(':');
    return { at: Number(at), rate: Number(rate) };
  });
}

function attributeOfTakes({ instanceId, outpostArn, type, gib }: Takes): AttributeValue {
  return { M: { instanceId: { S: instanceId }, outpostArn: { S: outpostArn }, type: { S: type }, gib: { M: numbers(gib) } } };
}

function numbers(values: Readonly<Record<string, number>>): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { N: `${value}` }]));
}

function entryOf(id: string, { M }: AttributeValue): Held {
  const number = (name: string): number => Number(M?.[name]?.N);
  const takes = M?.['takes']?.M;
  const steps = M?.['steps']?.S;
  return {
    id, from: number('from'), to: number('to'), rate: number('rate'), expires: number('expires'),
    ...steps !== undefined && { steps: stepsIn(steps) }, ...takes && { takes: takesOf(takes) },
  };
}

function takesOf({ instanceId, outpostArn, type, gib }: Record<string, AttributeValue>): Takes {
  return {
    instanceId: instanceId?.S ?? '', outpostArn: outpostArn?.S ?? '', type: type?.S ?? '',
    gib: Object.fromEntries(Object.entries(gib?.M ?? {}).map(([name, value]) => [name, Number(value.N)])),
  };
}
