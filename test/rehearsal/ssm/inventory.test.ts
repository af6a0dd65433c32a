import { DescribeDocumentCommand, DescribeInstanceInformationCommand, GetDocumentCommand } from '@aws-sdk/client-ssm';
import { service } from '../../../rehearsal/cloud/ssm';
import { closeRegions, document, region } from './region';

afterEach(closeRegions);

describe('DescribeInstanceInformation', () => {
  test('tells the managed instances and whether their agents answer', async () => {
    const { account, client, instanceId, guest } = await region();
    const { instanceId: unmanaged } = account.ec2.addInstance({});
    const { InstanceInformationList } = await client.send(new DescribeInstanceInformationCommand({}));
    expect(InstanceInformationList).toMatchObject([{
      InstanceId: instanceId, PingStatus: 'Online', PlatformType: 'Linux', ResourceType: 'EC2Instance', AgentVersion: guest.agentVersion,
    }]);
    guest.online = false;
    const asked = await client.send(new DescribeInstanceInformationCommand({ Filters: [{ Key: 'InstanceIds', Values: [instanceId, unmanaged] }] }));
    expect(asked.InstanceInformationList).toMatchObject([{ InstanceId: instanceId, PingStatus: 'ConnectionLost' }]);
  });

  test('gives pages', async () => {
    const { account, client } = await region();
    for (let n = 0; n < 6; n++) account.ec2.addInstance({ profile: 'managed' });
    const first = await client.send(new DescribeInstanceInformationCommand({ MaxResults: 5 }));
    const second = await client.send(new DescribeInstanceInformationCommand({ MaxResults: 5, NextToken: first.NextToken }));
    expect([first.InstanceInformationList?.length, second.InstanceInformationList?.length, second.NextToken]).toEqual([5, 2, undefined]);
    await expect(client.send(new DescribeInstanceInformationCommand({ MaxResults: 4 }))).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('refuses filters that it does not know', async () => {
    const { client } = await region();
    await expect(client.send(new DescribeInstanceInformationCommand({ Filters: [{ Key: 'tag:Name', Values: ['x'] }] })))
      .rejects.toMatchObject({ name: 'InvalidFilterKey' });
  });
});

describe('documents', () => {
  test('are described and read by name and ARN, version by version', async () => {
    const { account, client } = await region();
    account.ssm.putDocument('Script', document('true'));
    account.ssm.putDocument('Script', document('false', { Id: { type: 'String', default: 'x' } }));
    const { Document } = await client.send(new DescribeDocumentCommand({ Name: account.arn('ssm', 'document/Script') }));
    expect(Document).toMatchObject({
      Name: 'Script', DocumentVersion: '2', LatestVersion: '2', DocumentType: 'Command', Status: 'Active', SchemaVersion: '2.2',
      Parameters: [{ Name: 'Id', Type: 'String', DefaultValue: 'x' }],
    });
    const { Content } = await client.send(new GetDocumentCommand({ Name: 'Script', DocumentVersion: '1' }));
    expect(JSON.parse(Content ?? '')).toEqual(document('true'));
    await expect(client.send(new GetDocumentCommand({ Name: 'Test-Document-1' }))).rejects.toMatchObject({
      name: 'InvalidDocument', message: 'Document with name Test-Document-1 does not exist.',
    });
  });

  test.each<[string, object | string, string]>([
    ['not JSON', '{', 'InvalidDocumentContent'],
    ['another schema', { ...document('true'), schemaVersion: '0.3' }, 'InvalidDocumentContent'],
    ['unknown fields', { ...document('true'), files: {} }, 'InvalidDocumentContent'],
    ['a pattern that Go does not know', document('true', { Id: { type: 'String', allowedPattern: '^(?!root)' } }), 'InvalidDocumentContent'],
    ['an interpolationType that does not exist', document('true', { Id: { type: 'String', interpolationType: 'ENV' } }), 'InvalidDocumentContent'],
    ['more than 64 KB', document('#'.repeat(65_536)), 'MaxDocumentSizeExceeded'],
  ])('are refused with %s', async (_, content, name) => {
    const { account } = await region();
    expect(() => account.ssm.putDocument('Script', content)).toThrow(expect.objectContaining({ name }) as Error);
  });
});

test('SendCommand is decided on the document and on each instance, with their tags', async () => {
  const { account } = await region();
  account.ssm.putDocument('Script', document('true'), { team: 'storage' });
  const { instanceId } = account.ec2.addInstance({ profile: 'managed', tags: { clonable: 'yes' } });
  expect(service.needs.SendCommand?.({ DocumentName: 'Script', InstanceIds: [instanceId] }, account)).toEqual([
    {
      action: 'ssm:SendCommand', resource: 'arn:aws:ssm:us-east-1:111122223333:document/Script',
      context: { 'aws:ResourceTag/team': 'storage', 'ssm:resourceTag/team': 'storage' },
    },
    {
      action: 'ssm:SendCommand', resource: `arn:aws:ec2:us-east-1:111122223333:instance/${instanceId}`,
      context: expect.objectContaining({ 'aws:ResourceTag/clonable': 'yes', 'ssm:resourceTag/clonable': 'yes' }) as object,
    },
  ]);
  expect(Object.keys(service.needs).sort()).toEqual(Object.keys(service.operations).sort());
});
