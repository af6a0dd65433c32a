import { flag, isRecord, listOf, matching, oneOf, problem, unknownField } from '../request/rules';
import type { TrafficRecord, TrafficRequest } from './request';

/** Through what the construct may lead traffic elsewhere. */
export interface Admitted {
  readonly targetGroupArns: readonly string[];
  readonly hostedZoneIds: readonly string[];
  /** Whether there is a topic through which somebody can be asked. */
  readonly approvable: boolean;
}

const MOST = 20;
const RECORD_FIELDS = ['hostedZoneId', 'name', 'type'];
const zone = matching(/^(\/hostedzone\/)?Z[A-Z0-9]{1,31}$/, 'the id of a hosted zone like "Z0123456789ABCDEFGHIJ"');
const name = matching(/^((\*|\\052)\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?$/,
  'the whole name of a record, like "db.example.com"');
const type = oneOf('A', 'AAAA', 'CNAME');
const elasticIps = listOf(matching(/^eipalloc-([0-9a-f]{8}|[0-9a-f]{17})$/, ''), 0, MOST, 'allocation ids like "eipalloc-0123456789abcdef0"');
const targetGroups = listOf(value => (typeof value === 'string' ? undefined : ''), 0, MOST, 'ARNs of target groups');

/** Says what is wrong with `traffic`; nothing may be named that the construct was not given. */
export function trafficProblems(traffic: unknown, { targetGroupArns, hostedZoneIds, approvable }: Admitted): string[] {
  const fields: readonly (keyof TrafficRequest)[] = ['targetGroupArns', 'records', 'elasticIps', 'callback'];
  if (!isRecord(traffic)) return [problem('traffic', traffic, `an object with ${fields.join(', ')}`)];
  const { targetGroupArns: groups = [], records = [], elasticIps: addresses = [], callback = false } = traffic;
  const wrongCallback = flag(callback) ?? (callback && !approvable ? 'false, because the construct has no `notificationTopic` to ask anybody through' : undefined);
  const wrongGroups = targetGroups(groups);
  const wrongAddresses = elasticIps(addresses);
  return [
    ...Object.keys(traffic).filter(field => !fields.some(known => known === field)).map(field => unknownField(`traffic.${field}`, fields)),
    ...wrongGroups === undefined ? (groups as readonly string[]).flatMap((group, index) => admitted(`traffic.targetGroupArns[${index}]`, group, targetGroupArns, 'targetGroups'))
      : [problem('traffic.targetGroupArns', groups, wrongGroups)],
    ...wrongCallback === undefined ? [] : [problem('traffic.callback', callback, wrongCallback)],
    ...wrongAddresses === undefined ? [] : [problem('traffic.elasticIps', addresses, wrongAddresses)],
    ...Array.isArray(records) && records.length <= MOST
      ? records.flatMap((record, index) => recordProblems(`traffic.records[${index}]`, record, hostedZoneIds.map(zoneId)))
      : [problem('traffic.records', records, `a list of at most ${MOST} records like {"hostedZoneId": "Z…", "name": "db.example.com", "type": "A"}`)],
  ];
}

function recordProblems(path: string, record: unknown, zones: readonly string[]): string[] {
  if (!isRecord(record)) return [problem(path, record, `an object with ${RECORD_FIELDS.join(', ')}`)];
  const rules = { hostedZoneId: zone, name, type };
  const problems = [
    ...Object.keys(record).filter(field => !RECORD_FIELDS.includes(field)).map(field => unknownField(`${path}.${field}`, RECORD_FIELDS)),
    ...Object.entries(rules).flatMap(([field, rule]) => {
      const value = field === 'type' ? record[field] ?? 'A' : record[field];
      const allowed = rule(value);
      return allowed === undefined ? [] : [problem(`${path}.${field}`, value, allowed)];
    }),
  ];
  return problems.length > 0 ? problems : admitted(`${path}.hostedZoneId`, zoneId(String(record['hostedZoneId'])), zones, 'hostedZones');
}

function admitted(path: string, value: string, allowed: readonly string[], prop: string): string[] {
  if (allowed.includes(value)) return [];
  return [problem(path, value, allowed.length === 0 ? `nothing, for the construct was given no \`${prop}\`` : `${allowed.join(' or ')} (the construct's \`${prop}\`)`)];
}

/** Once it is known to be right. */
export function normalisedTraffic(traffic: Partial<TrafficRequest> | undefined): TrafficRequest {
  const { targetGroupArns = [], records = [], elasticIps: addresses = [], callback = false } = traffic ?? {};
  return {
    targetGroupArns,
    records: records.map(record => ({ hostedZoneId: zoneId(record.hostedZoneId), name: recordName(record.name), type: (record as Partial<TrafficRecord>).type ?? 'A' })),
    elasticIps: addresses,
    callback,
  };
}

function zoneId(id: string): string {
  return id.replace(/^\/hostedzone\//, '');
}

/** As Route 53 lists names: in lower case, absolute, the asterisk as an octal escape (developer guide, "DomainNameFormat"). */
function recordName(given: string): string {
  const lower = given.toLowerCase();
  return `${lower.endsWith('.') ? lower : `${lower}.`}`.replace(/^\*/, '\\052');
}
