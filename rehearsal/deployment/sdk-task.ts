import type { NormalizedSchema } from '@smithy/core/schema';
import { TaskFailure, type TaskRequest } from '../asl';
import type { Account } from '../cloud/account';
import { readJson, writeJson } from '../cloud/codecs/json';
import { operationSchemas, wireOf } from '../cloud/schemas';
import { AwsError, isRehearsals, type Principal } from '../cloud/service';
import type { Json, JsonObject } from '../json';

/** The account's service behind a name in a Resource, and the prefix of its errors: the SDK for Java's name of the service. */
const SERVICES: Readonly<Record<string, { readonly id: string; readonly prefix: string }>> = {
  cloudwatch: { id: 'CLOUDWATCH', prefix: 'CloudWatch' },
  dynamodb: { id: 'DYNAMODB', prefix: 'DynamoDb' },
  ec2: { id: 'EC2', prefix: 'Ec2' },
  iam: { id: 'IAM', prefix: 'Iam' },
  servicequotas: { id: 'SERVICE_QUOTAS', prefix: 'ServiceQuotas' },
  sfn: { id: 'SFN', prefix: 'Sfn' },
  sns: { id: 'SNS', prefix: 'Sns' },
  ssm: { id: 'SSM', prefix: 'Ssm' },
  sts: { id: 'STS', prefix: 'Sts' },
};

/** Services whose API spells members in lower camel case; machines spell them in Pascal case all the same. */
const LOWER_CAMEL = new Set(['SFN']);

/** Calls an AWS API for a machine: `aws-sdk:ec2:describeInstances`, and the optimised ones that only pass on, `sns:publish`. */
export async function callApi(
  account: Account, service: string, action: string, { resource, arguments: given }: TaskRequest, principal: Principal,
): Promise<Json> {
  const known = SERVICES[service];
  if (!known) throw new Error(`the rehearsal has no service ${service} for machines to call`);
  const operation = action[0]!.toUpperCase() + action.slice(1);
  const schemas = operationSchemas(wireOf(known.id), operation);
  if (!schemas) throw new Error(`${known.id} has no operation ${operation}`);
  const respelled = LOWER_CAMEL.has(known.id);
  const input = read(resource, schemas.input, respelled ? spell(given, lowerFirst) : given);
  try {
    const output = await account.call(known.id, operation, input, principal);
    const json = schemas.output.isUnitSchema() ? {} : writeJson(schemas.output, output, 'iso');
    return respelled ? spell(json, upperFirst) : json;
  } catch (error) {
    if (error instanceof AwsError && !isRehearsals(error.code)) throw serviceFailure(known.prefix, error, account.random.uuid());
    throw error;
  }
}

/** The arguments as the SDK's types have them (dates are ISO 8601 text in machines); what does not fit is the machine's mistake and must show. */
function read(resource: string, schema: NormalizedSchema, given: Json): object {
  try {
    return readJson(schema, given) as object;
  } catch (error) {
    throw new Error(`the arguments do not fit ${resource}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * The error's name as Step Functions gives it: the exception class of the SDK for Java. EC2 has but one class; the others
 * have one per modelled error and a general one for the rest, here for denials. Unverified against AWS beyond that.
 */
export function serviceFailure(prefix: string, { code, message, status }: AwsError, requestId: string): TaskFailure {
  const general = prefix === 'Ec2' || /^(AccessDenied|UnauthorizedOperation|AuthorizationError|Throttl)/.test(code);
  const name = general ? (prefix === 'StepFunctions' ? 'AWSStepFunctionsException' : `${prefix}Exception`) : code.endsWith('Exception') ? code : `${code}Exception`;
  return new TaskFailure(`${prefix}.${name}`, `${message} (Service: ${prefix}, Status Code: ${status}, Request ID: ${requestId})`);
}

function spell(value: Json, spelling: (name: string) => string): Json {
  if (Array.isArray(value)) return value.map(one => spell(one, spelling));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [spelling(key), spell(one, spelling)])) as JsonObject;
}

const lowerFirst = (name: string) => name[0]!.toLowerCase() + name.slice(1);
const upperFirst = (name: string) => name[0]!.toUpperCase() + name.slice(1);
