import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Account } from '../account';
import { AwsError } from '../service';
import { bytesOf, canonical, checked, checkedItem, invalid, type Item, order, typeOf } from './values';

/** A key of a table or index: attribute names and their types. */
export interface KeySpec {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

export interface IndexSpec {
  readonly name: string;
  readonly partitionKey: KeySpec;
  readonly sortKey?: KeySpec;
}

export interface TableSpec {
  readonly name: string;
  readonly partitionKey: KeySpec;
  readonly sortKey?: KeySpec;
  /** Global secondary indexes; all attributes are projected. */
  readonly indexes?: readonly IndexSpec[];
  readonly tags?: Readonly<Record<string, string>>;
}

// "The maximum item size in DynamoDB is 400 KB"
const largestItem = 400 * 1024;

/** A table and what is in it. */
export class Table {
  private readonly items = new Map<string, Item>();

  constructor(readonly spec: TableSpec, readonly arn: string) {}

  get keys(): readonly KeySpec[] {
    return this.spec.sortKey ? [this.spec.partitionKey, this.spec.sortKey] : [this.spec.partitionKey];
  }

  /** A copy of the item with this key. */
  get(key: Item): Item | undefined {
    const item = this.items.get(this.place(key));
    return item && structuredClone(item);
  }

  put(item: Item): void {
    if (bytesOf(item) > largestItem) throw invalid('Item size has exceeded the maximum allowed size');
    this.items.set(this.place(item), structuredClone(item));
  }

  delete(key: Item): void {
    this.items.delete(this.place(key));
  }

  /** All items, for those who look into the account from outside. */
  all(): Item[] {
    return structuredClone([...this.items.values()]);
  }

  /** What is in an index (or the table itself) under a partition key, in the order of the sort key. */
  partition(index: IndexSpec | TableSpec, value: AttributeValue): Item[] {
    const { partitionKey, sortKey } = index;
    const wanted = canonical(value);
    const found = [...this.items.values()].filter(item => item[partitionKey.name] && canonical(item[partitionKey.name]!) === wanted
      && (!sortKey || item[sortKey.name]));
    if (sortKey) found.sort((a, b) => order(a[sortKey.name]!, b[sortKey.name]!) ?? 0);
    return structuredClone(found);
  }

  index(name: string | undefined): IndexSpec | TableSpec {
    if (name === undefined) return this.spec;
    const index = this.spec.indexes?.find(each => each.name === name);
    if (!index) throw invalid(`The table does not have the specified index: ${name}`);
    return index;
  }

  /** The key of an item that is to be written. */
  keyOf(item: Item): Item {
    return Object.fromEntries(this.keys.map(({ name, type }) => {
      const value = item[name];
      if (!value) throw invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`);
      if (typeOf(value) !== type) {
        throw invalid(`One or more parameter values were invalid: Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`);
      }
      checkKeyValue(name, value);
      return [name, value];
    }));
  }

  /** A key as a request gives it: exactly the key attributes. */
  checkedKey(key: Item): Item {
    const names = Object.keys(key);
    if (names.length !== this.keys.length || this.keys.some(({ name, type }) => !key[name] || typeOf(key[name]) !== type)) {
      throw invalid('The provided key element does not match the schema');
    }
    for (const name of names) checkKeyValue(name, key[name]!);
    return checkedItem(key);
  }

  /** An item as a request gives it. */
  checkedItem(item: Item): Item {
    const result = checkedItem(item);
    this.keyOf(result);
    for (const { partitionKey, sortKey } of this.spec.indexes ?? []) {
      for (const key of sortKey ? [partitionKey, sortKey] : [partitionKey]) {
        const value = result[key.name];
        if (value && typeOf(value) !== key.type) {
          throw invalid(`One or more parameter values were invalid: Type mismatch for Index Key ${key.name} Expected: ${key.type} Actual: ${typeOf(value)}`);
        }
      }
    }
    return result;
  }

  private place(item: Item): string {
    return this.keys.map(({ name }) => canonical(checked(item[name]!))).join(' ');
  }
}

function checkKeyValue(name: string, value: AttributeValue): void {
  if (value.S === '' || value.B?.byteLength === 0) {
    throw invalid('One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain '
      + `an empty ${value.S === '' ? 'string' : 'binary'} value. Key: ${name}`);
  }
}

/** The tables of the account. */
export class DynamoDb {
  readonly tables = new Map<string, Table>();

  constructor(private readonly account: Account) {}

  addTable(spec: TableSpec): Table {
    const table = new Table(spec, this.arn(spec.name));
    this.tables.set(spec.name, table);
    return table;
  }

  /** The table of a name or ARN. */
  table(nameOrArn: string): Table {
    const table = this.tables.get(tableName(nameOrArn));
    if (!table) throw new AwsError('ResourceNotFoundException', 'Requested resource not found');
    return table;
  }

  arn(nameOrArn: string): string {
    return this.account.arn('dynamodb', `table/${tableName(nameOrArn)}`);
  }
}

function tableName(nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn.slice(nameOrArn.indexOf('table/') + 'table/'.length) : nameOrArn;
}
