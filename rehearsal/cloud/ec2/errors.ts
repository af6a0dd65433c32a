import { AwsError } from '../service';

/** Kinds of resources, as their NotFound errors name them. Those marked "rec" were seen in recorded answers. */
const notFoundForms = {
  instance: ['InvalidInstanceID.NotFound', (id: string) => `The instance ID '${id}' does not exist`],
  volume: ['InvalidVolume.NotFound', (id: string) => `The volume '${id}' does not exist.`], // rec
  snapshot: ['InvalidSnapshot.NotFound', (id: string) => `The snapshot '${id}' does not exist.`], // rec
  image: ['InvalidAMIID.NotFound', (id: string) => `The image id '[${id}]' does not exist`],
  subnet: ['InvalidSubnetID.NotFound', (id: string) => `The subnet ID '${id}' does not exist`], // rec
  vpc: ['InvalidVpcID.NotFound', (id: string) => `The vpc ID '${id}' does not exist`],
  securityGroup: ['InvalidGroup.NotFound', (id: string) => `The security group '${id}' does not exist`],
  networkInterface: ['InvalidNetworkInterfaceID.NotFound', (id: string) => `The networkInterface ID '${id}' does not exist`], // rec
  keyPair: ['InvalidKeyPair.NotFound', (name: string) => `The key pair '${name}' does not exist`],
  address: ['InvalidAllocationID.NotFound', (id: string) => `The allocation ID '${id}' does not exist`], // rec
  placementGroup: ['InvalidPlacementGroup.Unknown', (name: string) => `The Placement Group '${name}' is unknown.`],
} as const;

export type Kind = keyof typeof notFoundForms;

export function notFound(kind: Kind, id: string): AwsError {
  const [code, message] = notFoundForms[kind];
  return new AwsError(code, message(id));
}

/** The record of an id, or the error by which AWS says that there is none. */
export function existing<T>(records: ReadonlyMap<string, T>, kind: Kind, id: string | undefined): T {
  const record = records.get(required(id, `${kind}Id`));
  if (!record) throw notFound(kind, id!);
  return record;
}

/** The error for ids that do not exist; of several instances it names all, as seen in getmoto/moto#4903, otherwise the first. */
export function allNotFound(kind: Kind, ids: readonly string[]): AwsError {
  if (kind === 'instance' && ids.length > 1) return new AwsError('InvalidInstanceID.NotFound', `The instance IDs '${ids.join(', ')}' do not exist`);
  return notFound(kind, ids[0]!);
}

/** The records of ids that must all exist. */
export function allExisting<T>(records: ReadonlyMap<string, T>, kind: Kind, ids: readonly string[]): T[] {
  const missing = ids.filter(id => !records.has(id));
  if (missing.length > 0) throw allNotFound(kind, missing);
  return ids.map(id => records.get(id)!);
}

/** A parameter that must be there. */
export function required<T>(value: T | undefined, parameter: string): T {
  if (value === undefined || value === '') throw new AwsError('MissingParameter', `The request must contain the parameter ${parameter}`);
  return value;
}

export function invalidValue(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}

export function invalidCombination(message: string): AwsError {
  return new AwsError('InvalidParameterCombination', message);
}

/** An id is a prefix, a dash and hexadecimal digits: eight of old, seventeen since 2016. */
export function wellFormed(ids: readonly string[] | undefined, prefix: string, code: string): void {
  for (const id of ids ?? []) {
    if (!new RegExp(`^${prefix}-[0-9a-f]{8,17}$`).test(id)) throw new AwsError(code, `Invalid id: "${id}"`);
  }
}
