import type {
  ChangeResourceRecordSetsRequest, ChangeResourceRecordSetsResponse, GetChangeRequest, GetChangeResponse, ListResourceRecordSetsRequest,
  ListResourceRecordSetsResponse,
} from '@aws-sdk/client-route-53';
import { AwsError, type Call } from '../service';
import { applied } from './changes';
import { sortKey } from './state';

/** "A request can't contain more than 1000 ResourceRecord elements … When the value of the Action element is UPSERT, each is counted twice." */
const mostRecords = 1000;
/** "The sum of the number of characters (including spaces) in all Value elements in a request can't exceed 32,000 characters", likewise. */
const mostCharacters = 32_000;
/** "If you specify a value greater than 300 … Route 53 returns only the first 300" (API reference, ListResourceRecordSets). */
const mostItems = 300;

export function changeResourceRecordSets(input: ChangeResourceRecordSetsRequest, { account }: Call): ChangeResourceRecordSetsResponse {
  const zone = account.route53.zone(input.HostedZoneId);
  const { Changes: changes = [], Comment: comment } = input.ChangeBatch ?? {};
  if (changes.length === 0) throw new AwsError('InvalidInput', 'Invalid XML ; a change batch must hold at least one change');
  for (const { Action: action, ResourceRecordSet: set } of changes) {
    if (!['CREATE', 'DELETE', 'UPSERT'].includes(String(action))) throw new AwsError('InvalidInput', `Invalid XML ; unknown action '${action}'`);
    if (set?.TrafficPolicyInstanceId !== undefined) throw new AwsError('NotEmulated', 'the rehearsal knows no traffic policies', 501);
  }
  const values = changes.flatMap(({ Action: action, ResourceRecordSet: set }) =>
    (set?.ResourceRecords ?? []).flatMap(({ Value: value = '' }) => action === 'UPSERT' ? [value, value] : [value]));
  const { records, problems } = applied(zone, changes);
  if (values.length > mostRecords) problems.push(`Number of records limit of ${mostRecords} exceeded.`);
  if (values.reduce((sum, value) => sum + value.length, 0) > mostCharacters) problems.push(`Number of characters limit of ${mostCharacters} exceeded.`);
  if (problems.length > 0) throw new AwsError('InvalidChangeBatch', `[${problems.join(', ')}]`, 400, { messages: problems });
  zone.records = records;
  return { ChangeInfo: account.route53.submit(comment) };
}

export function listResourceRecordSets(input: ListResourceRecordSetsRequest, { account }: Call): ListResourceRecordSetsResponse {
  const { StartRecordName: name, StartRecordType: type, StartRecordIdentifier: identifier } = input;
  if (type !== undefined && name === undefined || identifier !== undefined && type === undefined) {
    throw new AwsError('InvalidInput', 'The input is not valid: a type needs a name, and an identifier a type.');
  }
  const zone = account.route53.zone(input.HostedZoneId);
  const all = [...zone.records.values()].map(record => ({ record, key: [sortKey(record.Name), record.Type, record.SetIdentifier ?? ''] as const }))
    .sort((a, b) => compare(a.key, b.key));
  const from = [name === undefined ? '' : sortKey(name), type ?? '', identifier ?? ''] as const;
  const found = all.filter(({ key }) => compare(key, from) >= 0);
  const size = Math.min(Number(input.MaxItems ?? mostItems), mostItems);
  const next = found[size]?.record;
  return {
    ResourceRecordSets: found.slice(0, size).map(({ record }) => record),
    IsTruncated: next !== undefined,
    MaxItems: size,
    ...next && {
      NextRecordName: next.Name, NextRecordType: next.Type, ...next.SetIdentifier !== undefined && { NextRecordIdentifier: next.SetIdentifier },
    },
  };
}

export function getChange({ Id: id }: GetChangeRequest, { account }: Call): GetChangeResponse {
  return { ChangeInfo: account.route53.change(id) };
}

function compare(a: readonly string[], b: readonly string[]): number {
  const index = a.findIndex((part, at) => part !== b[at]);
  return index < 0 ? 0 : a[index]! < b[index]! ? -1 : 1;
}
