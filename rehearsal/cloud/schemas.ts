import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as ebs from '@aws-sdk/client-ebs';
import * as ec2 from '@aws-sdk/client-ec2';
import * as elbv2 from '@aws-sdk/client-elastic-load-balancing-v2';
import * as iam from '@aws-sdk/client-iam';
import * as route53 from '@aws-sdk/client-route-53';
import * as s3 from '@aws-sdk/client-s3';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as quotas from '@aws-sdk/client-service-quotas';
import * as sfn from '@aws-sdk/client-sfn';
import * as sns from '@aws-sdk/client-sns';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from './service';

/** How a service spells requests and answers, and the client whose schemas say what is in them. */
export interface Wire {
  /** The service's id in this account: the one of its endpoint variable. */
  readonly id: string;
  /** The service's name in the scope of a signature: how the server knows which service is meant. */
  readonly signingName: string;
  readonly protocol: 'ec2' | 'query' | 'json' | 'rest-json' | 'rest-xml';
  /** Namespace of XML answers. */
  readonly xmlNamespace?: string;
  /** JSON 1.0 or 1.1. */
  readonly jsonVersion?: '1.0' | '1.1';
  /** A JSON service that used to speak the query protocol tells its old error codes in a header. */
  readonly queryCompatible?: boolean;
  /** The first part of a path is the bucket, though the service's model has it in the host's name. */
  readonly bucketInPath?: boolean;
  readonly client: Readonly<Record<string, unknown>>;
}

// Protocols and namespaces are those of the clients' runtimeConfig.shared.js, in the versions that package.json pins.
const wires: readonly Wire[] = [
  { id: 'EC2', signingName: 'ec2', protocol: 'ec2', xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/', client: ec2 },
  { id: 'IAM', signingName: 'iam', protocol: 'query', xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/', client: iam },
  { id: 'STS', signingName: 'sts', protocol: 'query', xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/', client: sts },
  { id: 'AUTO_SCALING', signingName: 'autoscaling', protocol: 'query', xmlNamespace: 'http://autoscaling.amazonaws.com/doc/2011-01-01/', client: autoScaling },
  { id: 'SNS', signingName: 'sns', protocol: 'query', xmlNamespace: 'http://sns.amazonaws.com/doc/2010-03-31/', client: sns },
  {
    id: 'ELASTIC_LOAD_BALANCING_V2', signingName: 'elasticloadbalancing', protocol: 'query',
    xmlNamespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/', client: elbv2,
  },
  { id: 'ROUTE_53', signingName: 'route53', protocol: 'rest-xml', xmlNamespace: 'https://route53.amazonaws.com/doc/2013-04-01/', client: route53 },
  { id: 'S3', signingName: 's3', protocol: 'rest-xml', xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/', bucketInPath: true, client: s3 },
  { id: 'EBS', signingName: 'ebs', protocol: 'rest-json', client: ebs },
  { id: 'SSM', signingName: 'ssm', protocol: 'json', jsonVersion: '1.1', client: ssm },
  { id: 'DYNAMODB', signingName: 'dynamodb', protocol: 'json', jsonVersion: '1.0', client: dynamodb },
  { id: 'SFN', signingName: 'states', protocol: 'json', jsonVersion: '1.0', client: sfn },
  { id: 'SERVICE_QUOTAS', signingName: 'servicequotas', protocol: 'json', jsonVersion: '1.1', client: quotas },
  { id: 'SCHEDULER', signingName: 'scheduler', protocol: 'rest-json', client: scheduler },
  { id: 'CLOUDWATCH', signingName: 'monitoring', protocol: 'json', jsonVersion: '1.0', queryCompatible: true, client: cloudwatch },
];

/** The wire of a service by its id (`EC2`, `SERVICE_QUOTAS`). */
export function wireOf(serviceId: string): Wire {
  const wire = wires.find(({ id }) => id === serviceId);
  if (!wire) throw new AwsError('NotEmulated', `the rehearsal has no service ${serviceId}`, 501);
  return wire;
}

/** The wire of a service by the name that its requests are signed for. */
export function wireSignedFor(signingName: string): Wire | undefined {
  return wires.find(wire => wire.signingName === signingName);
}

export interface OperationSchemas {
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
}

// An operation is exported as `<Operation>$`, the tuple [9, namespace, name, traits, input, output].
type OperationTuple = readonly [9, string, string, unknown, SchemaRef, SchemaRef];
type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

export interface HttpOperation { readonly operation: string; readonly method: string; readonly path: string }

/** What is looked up with every request. */
const operations = new Map<Wire, readonly HttpOperation[]>();
const queryNames = new Map<Wire, readonly string[]>();

/** How each operation of a REST service is asked for, by the `http` trait of its schema. */
export function httpOperations(wire: Wire): readonly HttpOperation[] {
  return remembered(operations, wire, () => Object.values(wire.client).filter(isOperation).flatMap(([, , operation, traits]) => {
    const { http } = traits as { http?: readonly [method: string, path: string, status: number] };
    return http ? [{ operation, method: http[0], path: http[1] }] : [];
  }));
}

/** The query parameters by which paths of a service tell its operations apart. */
export function fixedQueryNames(wire: Wire): readonly string[] {
  return remembered(queryNames, wire, () => httpOperations(wire).flatMap(({ path }) => [...new URLSearchParams(path.split('?')[1] ?? '').keys()]));
}

function remembered<T>(known: Map<Wire, T>, wire: Wire, find: () => T): T {
  const found = known.get(wire) ?? find();
  known.set(wire, found);
  return found;
}

/** The schemas of an operation's input and output, or undefined where the service has no such operation. */
export function operationSchemas(wire: Wire, operation: string): OperationSchemas | undefined {
  const exported = wire.client[`${operation}$`];
  if (!isOperation(exported)) return undefined;
  return { input: NormalizedSchema.of(exported[4]), output: NormalizedSchema.of(exported[5]) };
}

/**
 * The schema of an error that the service models, by its name or by the code that it has in the query protocol (IAM answers
 * `NoSuchEntity` where the model says NoSuchEntityException). EC2 models none.
 */
export function errorSchema(wire: Wire, code: string): NormalizedSchema | undefined {
  const errors = Object.values(wire.client).filter(isError).map(exported => NormalizedSchema.of(exported));
  return errors.find(schema => schema.getName() === code) ?? errors.find(schema => queryCode(schema) === code);
}

function queryCode(schema: NormalizedSchema): unknown {
  const { awsQueryError } = schema.getMergedTraits() as { awsQueryError?: readonly [code: string, status: number] };
  return awsQueryError?.[0];
}

function isError(exported: unknown): exported is Extract<SchemaRef, readonly unknown[]> {
  return Array.isArray(exported) && exported[0] === -3;
}

function isOperation(exported: unknown): exported is OperationTuple {
  return Array.isArray(exported) && exported[0] === 9;
}

/** How many of a structure's members are required; the clients put those first. */
export function requiredMembers(schema: NormalizedSchema): string[] {
  const definition = schema.getSchema();
  const count = Array.isArray(definition) && typeof definition[6] === 'number' ? definition[6] : 0;
  const names: string[] = [];
  for (const [name] of schema.structIterator()) {
    if (names.length === count) break;
    names.push(name);
  }
  return names;
}
