import type { Service } from '../service';
import { deleteItem, getItem, putItem, updateItem } from './items';
import { needs } from './needs';
import { query } from './query';
import { transactWriteItems } from './transact';

/** DynamoDB: items of tables, with expressions. */
export const service: Service = {
  id: 'DYNAMODB',
  operations: {
    GetItem: getItem, PutItem: putItem, UpdateItem: updateItem, DeleteItem: deleteItem, Query: query, TransactWriteItems: transactWriteItems,
  },
  needs,
};
