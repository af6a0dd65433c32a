/** Route 53 through its real client: records, batches, changes on their way. */
import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { readXml } from '../../../rehearsal/cloud/codecs/xml-reader';
import { connect, type Connection } from './clients';

let connection: Connection;
let HostedZoneId: string;
const a = (Name: string, ...addresses: string[]) => ({ Name, Type: 'A' as const, TTL: 60, ResourceRecords: addresses.map(Value => ({ Value })) });

beforeEach(async () => {
  connection = await connect({ region: 'eu-central-1' });
  HostedZoneId = connection.account.route53.addHostedZone('Example.com', [a('db.example.com', '10.0.0.1'), a('web.eu.example.com.', '10.0.0.2')]);
});
afterEach(() => connection.close());

const send = (operation: string, input: object) => connection.send('ROUTE_53', operation, input);
const change = (...Changes: Change[]) => send('ChangeResourceRecordSets', { HostedZoneId, ChangeBatch: { Changes, Comment: 'a test' } });
const upsert = (ResourceRecordSet: object): Change => ({ Action: 'UPSERT', ResourceRecordSet: ResourceRecordSet as ResourceRecordSet });
async function records(input: object = {}): Promise<string[]> {
  const { ResourceRecordSets } = await send('ListResourceRecordSets', { HostedZoneId, ...input }) as { ResourceRecordSets: ResourceRecordSet[] };
  return ResourceRecordSets.map(each => [each.Name, each.Type, each.SetIdentifier, each.ResourceRecords?.map(({ Value }) => Value).join(' ')]
    .filter(part => part !== undefined).join(' ')).filter(each => !/ (NS|SOA) /.test(each));
}

test('an UPSERT replaces the record, and the change is on its way for a while', async () => {
  const { ChangeInfo } = await change(upsert(a('DB.example.com', '10.0.0.9', '10.0.0.8'))) as { ChangeInfo: { Id: string } };
  expect(ChangeInfo).toEqual({ Id: expect.stringMatching(/^\/change\/C[0-9A-F]+$/), Status: 'PENDING', SubmittedAt: new Date('2026-01-05T09:00:00Z'), Comment: 'a test' });
  expect(await records()).toEqual(['db.example.com. A 10.0.0.9 10.0.0.8', 'web.eu.example.com. A 10.0.0.2']);
  const status = async () => (await send('GetChange', { Id: ChangeInfo.Id }) as { ChangeInfo: { Status: string } }).ChangeInfo.Status;
  expect(await status()).toBe('PENDING');
  await connection.account.clock.advance(60_000);
  expect(await status()).toBe('INSYNC');
  await expect(send('GetChange', { Id: 'C0' })).rejects.toMatchObject({ name: 'NoSuchChange', $metadata: { httpStatusCode: 404 } });
});

test('a batch is made whole or not at all', async () => {
  const before = await records();
  await expect(change(upsert(a('db.example.com', '10.0.0.9')), { Action: 'CREATE', ResourceRecordSet: a('web.eu.example.com', '10.0.0.3') }))
    .rejects.toMatchObject({
      name: 'InvalidChangeBatch', message: '[Tried to create resource record set [name=\'web.eu.example.com.\', type=\'A\'] but it already exists]',
    });
  expect(await records()).toEqual(before);
  await change({ Action: 'DELETE', ResourceRecordSet: a('db.example.com', '10.0.0.1') }, { Action: 'CREATE', ResourceRecordSet: { ...a('db.example.com', 'x.example.com'), Type: 'CNAME' } });
  expect(await records()).toEqual(['db.example.com. CNAME x.example.com', 'web.eu.example.com. A 10.0.0.2']);
});

test.each<[string, Change, string]>([
  ['another zone', upsert(a('example.org', '10.0.0.1')), 'is not permitted in zone example.com.'],
  ['a name that only ends alike', upsert(a('anexample.com', '10.0.0.1')), 'is not permitted in zone'],
  ['no address', upsert(a('x.example.com', 'localhost')), 'ARRDATAIllegalIPv4Address'],
  ['no value', upsert({ ...a('x.example.com'), TTL: 60 }), 'but found none'],
  ['no TTL', upsert({ Name: 'x.example.com', Type: 'A', ResourceRecords: [{ Value: '10.0.0.1' }] }), 'but found none'],
  ['an alias with values', upsert({ ...a('x.example.com', '10.0.0.1'), AliasTarget: { HostedZoneId: 'Z2', DNSName: 'lb', EvaluateTargetHealth: true } }), 'found more than one'],
  ['a CNAME beside a record', upsert({ ...a('db.example.com', 'x.'), Type: 'CNAME' }), 'conflicting RRSet of type A'],
  ['a CNAME at the apex', upsert({ ...a('example.com', 'x.'), Type: 'CNAME' }), 'not permitted at apex'],
  ['a weight without a name', upsert({ ...a('w.example.com', '10.0.0.1'), Weight: 1 }), 'SetIdentifier'],
  ['a weighted beside a plain record', upsert({ ...a('db.example.com', '10.0.0.2'), Weight: 1, SetIdentifier: 'b' }), 'other RRSets exist'],
  ['deleting what is not there', { Action: 'DELETE', ResourceRecordSet: a('no.example.com', '10.0.0.1') }, 'but it was not found'],
  ['deleting other values', { Action: 'DELETE', ResourceRecordSet: a('db.example.com', '10.0.0.2') }, 'do not match the current values'],
  ['the same value twice', upsert(a('x.example.com', '10.0.0.1', '10.0.0.1')), 'Duplicate Resource Record'],
])('refused: %s', async (_, wrong, message) => {
  await expect(change(wrong)).rejects.toMatchObject({ name: 'InvalidChangeBatch', message: expect.stringContaining(message) });
});

test('weighted records and aliases', async () => {
  await change(...['a', 'b'].map(SetIdentifier => upsert({ ...a('w.example.com', '10.0.0.1'), Weight: 10, SetIdentifier })),
    upsert({ Name: 'lb.example.com', Type: 'A', AliasTarget: { HostedZoneId: '/hostedzone/Z2', DNSName: 'lb.amazonaws.com.', EvaluateTargetHealth: false } }));
  expect(await records({ StartRecordName: 'lb.example.com', StartRecordType: 'A' })).toEqual(['lb.example.com. A', 'w.example.com. A a 10.0.0.1', 'w.example.com. A b 10.0.0.1']);
  expect(connection.account.route53.zone(HostedZoneId).records.get('lb.example.com. A ')!.AliasTarget).toMatchObject({ HostedZoneId: 'Z2' });
});

test('records are sorted by their labels from the right, and come in pages', async () => {
  await change(upsert(a('a.web.eu.example.com', '10.0.0.5')), upsert(a('eu.example.com', '10.0.0.6')), upsert(a('f.example.com', '10.0.0.7')));
  const all: string[] = [];
  let from = {};
  for (let pages = 0; ; pages++) {
    expect(pages).toBeLessThan(10);
    const page = await send('ListResourceRecordSets', { HostedZoneId, MaxItems: 2, ...from }) as {
      ResourceRecordSets: ResourceRecordSet[]; IsTruncated: boolean; NextRecordName?: string; NextRecordType?: string; MaxItems: number;
    };
    expect(page.MaxItems).toBe(2);
    all.push(...page.ResourceRecordSets.map(each => `${each.Name} ${each.Type}`));
    if (!page.IsTruncated) break;
    from = { StartRecordName: page.NextRecordName, StartRecordType: page.NextRecordType };
  }
  expect(all).toEqual(['example.com. NS', 'example.com. SOA', 'db.example.com. A', 'eu.example.com. A', 'web.eu.example.com. A', 'a.web.eu.example.com. A', 'f.example.com. A']);
  await expect(records({ StartRecordType: 'A' })).rejects.toMatchObject({ name: 'InvalidInput' });
});

test('limits of a batch; an unknown zone; a denial', async () => {
  const many = Array.from({ length: 501 }, (_, n) => upsert(a(`n${n}.example.com`, '10.0.0.1')));
  await expect(change(...many)).rejects.toMatchObject({ name: 'InvalidChangeBatch', message: expect.stringContaining('limit of 1000') });
  await change(...many.slice(1));
  await expect(change()).rejects.toMatchObject({ name: 'InvalidInput' });
  await expect(send('ListResourceRecordSets', { HostedZoneId: 'ZNONE' })).rejects.toMatchObject({ name: 'NoSuchHostedZone', $metadata: { httpStatusCode: 404 } });
  connection.account.gate = { decide: () => ({ allowed: false }) };
  await expect(send('ListResourceRecordSets', { HostedZoneId })).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
});

test.each(['', 'text', '<a>', '<a></b>', '<a/><b/>', '<!DOCTYPE a><a/>', '<a>&x;</a>', '<a b=c/>'])('not read as XML: %s', xml => {
  expect(() => readXml(xml)).toThrow();
});
