import type { Account } from '../cloud/account';
import type { TableSpec } from '../cloud/dynamodb/state';
import type { Encryption } from '../cloud/s3/state';
import type { FunctionConfiguration } from '../functions/lambda';
import type { Json, JsonObject } from '../json';
import { UnknownTemplate } from '../template';
import type { MachineConfiguration } from './machines';

/** Refuses properties that the rehearsal neither models nor may ignore. */
export function onlyKnown(where: string, properties: JsonObject, ...known: readonly string[]): void {
  for (const key of Object.keys(properties)) {
    if (!known.includes(key)) throw new UnknownTemplate(where, `the rehearsal does not know the property ${key}`);
  }
}

export function tagsOf(tags: Json | undefined): Record<string, string> {
  return Object.fromEntries(((tags ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]));
}

/** A function's properties, resolved; `assets` finds the folder of its code. */
export function functionConfiguration(
  where: string, name: string, properties: JsonObject, assets: ReadonlyMap<string, string>,
): FunctionConfiguration {
  onlyKnown(where, properties, 'Code', 'Handler', 'Runtime', 'Role', 'Timeout', 'MemorySize', 'Environment', 'FunctionName', 'LoggingConfig', 'TracingConfig',
    // change nothing that a handler could notice here
    'Architectures', 'Description', 'Tags', 'KmsKeyArn', 'VpcConfig', 'EphemeralStorage', 'ReservedConcurrentExecutions', 'RuntimeManagementConfig');
  const { Code: code, Handler: handler, Runtime: runtime, Role: role, Timeout: timeout = 3, MemorySize: memory = 128 } = properties;
  const key = String((code as JsonObject).S3Key);
  const root = assets.get(key);
  if (root === undefined) throw new UnknownTemplate(where, `its code is no asset of the app: ${JSON.stringify(code)}`);
  if (!/^nodejs\d+\.x$/.test(String(runtime))) throw new UnknownTemplate(where, `the rehearsal runs Node.js only, not ${String(runtime)}`);
  const { Variables: variables = {} } = (properties.Environment ?? {}) as { Variables?: Record<string, string> };
  return {
    root,
    handler: String(handler),
    runtime: String(runtime),
    roleArn: String(role),
    timeoutSeconds: Number(timeout),
    memoryMb: Number(memory),
    environment: Object.fromEntries(Object.entries(variables).map(([variable, value]) => [variable, String(value)])),
    logGroup: String((properties.LoggingConfig as JsonObject | undefined)?.LogGroup ?? `/aws/lambda/${name}`),
    tracing: (properties.TracingConfig as JsonObject | undefined)?.Mode === 'Active',
  };
}

type MachineText = Pick<MachineConfiguration, 'roleArn' | 'definition' | 'tags' | 'logging' | 'tracing' | 'keyArn'>;

export function machineConfiguration(where: string, properties: JsonObject): MachineText {
  onlyKnown(where, properties, 'DefinitionString', 'Definition', 'RoleArn', 'StateMachineName', 'StateMachineType', 'LoggingConfiguration',
    'TracingConfiguration', 'EncryptionConfiguration', 'Tags');
  const { StateMachineType: type = 'STANDARD', DefinitionString: text, Definition: object } = properties;
  if (type !== 'STANDARD') throw new UnknownTemplate(where, `the rehearsal runs standard workflows only, not ${String(type)}`);
  const encryption = properties.EncryptionConfiguration as JsonObject | undefined;
  return {
    roleArn: String(properties.RoleArn),
    definition: object ?? JSON.parse(String(text)) as Json,
    tags: tagsOf(properties.Tags),
    logging: ((properties.LoggingConfiguration as JsonObject | undefined)?.Level ?? 'OFF') !== 'OFF',
    tracing: (properties.TracingConfiguration as JsonObject | undefined)?.Enabled === true,
    ...(encryption?.KmsKeyId !== undefined && { keyArn: String(encryption.KmsKeyId) }),
  };
}

interface Attribute {
  readonly AttributeName: string;
  readonly AttributeType: 'S' | 'N' | 'B';
  readonly KeyType: 'HASH' | 'RANGE';
}

/** A table's properties; streams, throughput and encryption change nothing that a handler could notice here. */
export function tableSpec(where: string, name: string, properties: JsonObject): TableSpec {
  onlyKnown(where, properties, 'TableName', 'KeySchema', 'AttributeDefinitions', 'GlobalSecondaryIndexes', 'Tags', 'BillingMode', 'ProvisionedThroughput',
    'SSESpecification', 'PointInTimeRecoverySpecification', 'DeletionProtectionEnabled', 'TimeToLiveSpecification', 'StreamSpecification', 'Replicas',
    'OnDemandThroughput', 'ContributorInsightsSpecification', 'ResourcePolicy', 'TableClass', 'WriteProvisionedThroughputSettings', 'WarmThroughput');
  const { KeySchema: schema, AttributeDefinitions: definitions, GlobalSecondaryIndexes: indexes } = properties;
  const types = new Map((definitions as unknown as Attribute[]).map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]));
  const keys = (list: Json) => {
    const key = (kind: string) => {
      const found = (list as unknown as Attribute[]).find(({ KeyType }) => KeyType === kind)?.AttributeName;
      return found === undefined ? undefined : { name: found, type: types.get(found)! };
    };
    const sortKey = key('RANGE');
    return { partitionKey: key('HASH')!, ...(sortKey && { sortKey }) };
  };
  return {
    name,
    ...keys(schema!),
    ...(indexes !== undefined && {
      indexes: (indexes as { IndexName: string; KeySchema: Json }[]).map(({ IndexName, KeySchema }) => ({ name: IndexName, ...keys(KeySchema) })),
    }),
    tags: tagsOf(properties.Tags),
  };
}

/** What a bucket encrypts objects by; S3's own keys if the template does not say. */
export function bucketEncryption(account: Account, { BucketEncryption: encryption }: JsonObject): Encryption {
  const [rule] = ((encryption as JsonObject | undefined)?.ServerSideEncryptionConfiguration ?? []) as
    { ServerSideEncryptionByDefault?: { SSEAlgorithm: string; KMSMasterKeyID?: string } }[];
  const { SSEAlgorithm: algorithm, KMSMasterKeyID: key } = rule?.ServerSideEncryptionByDefault ?? { SSEAlgorithm: 'AES256' };
  if (algorithm !== 'aws:kms') return { algorithm: 'AES256' };
  return { algorithm, ...key !== undefined && { keyArn: key.startsWith('arn:') ? key : account.arn('kms', `key/${key}`) } };
}
