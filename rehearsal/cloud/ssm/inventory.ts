import { createHash } from 'node:crypto';
import type {
  DescribeDocumentCommandInput, DescribeInstanceInformationCommandInput, DocumentDescription, GetDocumentCommandInput, InstanceInformation,
} from '@aws-sdk/client-ssm';
import type { Account } from '../account';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import type { DocumentRecord } from './state';

/** The managed instances, whether their agents answer or not. */
export function describeInstanceInformation(input: DescribeInstanceInformationCommandInput, { account }: Call): object {
  const { Filters, InstanceInformationFilterList, MaxResults, NextToken: token } = input;
  if (Filters && InstanceInformationFilterList) {
    throw new AwsError('InvalidInstanceInformationFilterValue', 'Filters and InstanceInformationFilterList can not be given together');
  }
  if (MaxResults !== undefined && (MaxResults < 5 || MaxResults > 50)) {
    throw new AwsError('ValidationException', `1 validation error detected: Value '${MaxResults}' at 'maxResults' failed to satisfy constraint: `
      + 'Member must be between 5 and 50');
  }
  const filters = [
    ...Filters ?? [],
    ...(InstanceInformationFilterList ?? []).map(({ key, valueSet }) => ({ Key: key, Values: valueSet })),
  ].map(({ Key = '', Values = [] }) => ({ values: Values, valueOf: filterable(Key) }));
  const found = [...account.ec2.instances.keys()].flatMap(id => managed(account, id))
    .filter(each => filters.every(({ values, valueOf }) => values.includes(valueOf(each) ?? '')));
  const { page, NextToken } = paginate(found, each => each.InstanceId ?? '', { MaxResults: MaxResults ?? 10, NextToken: token }, { most: 50 });
  return { InstanceInformationList: page, ...(NextToken && { NextToken }) };
}

function filterable(key: string): (each: InstanceInformation) => string | undefined {
  switch (key) {
    case 'InstanceIds': return each => each.InstanceId;
    case 'PingStatus': return each => each.PingStatus;
    case 'PlatformTypes': return each => each.PlatformType;
    case 'AgentVersion': return each => each.AgentVersion;
    case 'ResourceType': return each => each.ResourceType;
    default: throw new AwsError('InvalidFilterKey', `the rehearsal's DescribeInstanceInformation knows no filter ${key}`);
  }
}

function managed({ ec2, ssm, clock }: Account, instanceId: string): InstanceInformation[] {
  const instance = ec2.get(ec2.instances, instanceId);
  const guest = ssm.guest(instanceId);
  const since = ec2.instanceModels.get(instanceId)?.runningSince;
  if (!guest.managed || instance.State.Name === 'terminated' || since === undefined) return [];
  return [{
    InstanceId: instanceId,
    PingStatus: guest.reachable ? 'Online' : 'ConnectionLost',
    // the agent pings every five minutes
    LastPingDateTime: new Date(guest.reachable ? clock.now() - (clock.now() - since) % 300_000 : since),
    AgentVersion: guest.agentVersion,
    IsLatestVersion: false,
    PlatformType: guest.platform,
    PlatformName: guest.platform === 'Linux' ? 'Amazon Linux' : 'Microsoft Windows Server 2022 Datacenter',
    PlatformVersion: guest.systemVersion,
    ResourceType: 'EC2Instance',
    IPAddress: instance.PrivateIpAddress ?? '',
    ComputerName: instance.PrivateDnsName ?? '',
    SourceId: instanceId,
    SourceType: 'AWS::EC2::Instance',
  }];
}

export function describeDocument({ Name = '', DocumentVersion }: DescribeDocumentCommandInput, { account }: Call): { Document: DocumentDescription } {
  const record = account.ssm.document(Name);
  const { index, content, document } = versionOf(record, DocumentVersion);
  return {
    Document: {
      Name: record.name,
      Owner: account.accountId,
      CreatedDate: new Date(record.createdAt),
      Status: 'Active',
      DocumentVersion: String(index),
      ...(document.description !== undefined && { Description: document.description }),
      Parameters: Object.entries(document.parameters).map(([name, each]) => ({
        Name: name, Type: each.type, Description: each.description ?? '', ...(each.default !== undefined && { DefaultValue: each.default }),
      })),
      PlatformTypes: ['Linux', 'MacOS'],
      DocumentType: 'Command',
      DocumentFormat: 'JSON',
      SchemaVersion: '2.2',
      LatestVersion: String(record.versions.length),
      DefaultVersion: String(record.versions.length),
      Hash: createHash('sha256').update(content).digest('hex'),
      HashType: 'Sha256',
      Tags: Object.entries(record.tags).map(([Key, Value]) => ({ Key, Value })),
    },
  };
}

export function getDocument({ Name = '', DocumentVersion, DocumentFormat }: GetDocumentCommandInput, { account }: Call): object {
  if (DocumentFormat !== undefined && DocumentFormat !== 'JSON') throw new AwsError('NotEmulated', `the rehearsal's GetDocument knows no ${DocumentFormat}`, 501);
  const record = account.ssm.document(Name);
  const { index, content } = versionOf(record, DocumentVersion);
  return {
    Name: record.name, CreatedDate: new Date(record.createdAt), DocumentVersion: String(index), Status: 'Active', Content: content,
    DocumentType: 'Command', DocumentFormat: 'JSON',
  };
}

function versionOf(record: DocumentRecord, wanted = '$DEFAULT') {
  const index = wanted.startsWith('$') ? record.versions.length : Number(wanted);
  const version = record.versions[index - 1];
  if (!version) throw new AwsError('InvalidDocumentVersion', `Document version ${wanted} of ${record.name} does not exist.`);
  return { index, ...version };
}
