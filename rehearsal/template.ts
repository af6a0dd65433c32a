import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from './json';

/** A resource as its template writes it. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly condition?: string;
  /** The path of its construct, such as `Clone/Workflow/Resource`, without the stack; the logical id where none is recorded. */
  readonly path: string;
  /** Stays in the account when the stack lets go of it. */
  readonly retained: boolean;
}

export interface Stack {
  readonly name: string;
  readonly resources: readonly Resource[];
  readonly parameters: Readonly<Record<string, JsonObject>>;
  readonly mappings: Readonly<Record<string, JsonObject>>;
  readonly conditions: Readonly<Record<string, Json>>;
  readonly outputs: Readonly<Record<string, JsonObject>>;
  /** Where the files of assets lie, by the object key that the template names. */
  readonly assets: ReadonlyMap<string, string>;
  /** The constructs of the stack and of those nested in it. */
  readonly constructs: readonly NotedConstruct[];
  /** Where it is to be deployed, if its app says so. */
  readonly environment?: Environment;
}

export interface Environment {
  readonly account: string;
  /** `unknown-region` where the app leaves it to who deploys it. */
  readonly region: string;
}

/** A construct that became a resource, as its assembly tells. */
export interface NotedConstruct {
  /** Without the stack that the assembly knows. */
  readonly path: string;
  readonly logicalId: string;
}

/** A synthesized app: its stacks in the order of deployment. */
export interface Assembly {
  readonly directory: string;
  readonly stacks: readonly Stack[];
}

/** A template or assembly with something in it that the rehearsal does not know. */
export class UnknownTemplate extends Error {
  constructor(where: string, problem: string) {
    super(`${where}: ${problem}`);
    this.name = 'UnknownTemplate';
  }
}

interface Artifact {
  readonly type: string;
  readonly properties?: { templateFile?: string; stackName?: string; file?: string; directoryName?: string };
  readonly dependencies?: readonly string[];
  readonly displayName?: string;
  /** `aws://111122223333/us-east-1`, either of them `unknown-account` or `unknown-region`. */
  readonly environment?: string;
  readonly metadata?: Metadata;
  readonly additionalMetadataFile?: string;
}

/** What CDK noted of constructs, by their paths. */
type Metadata = Readonly<Record<string, readonly { readonly type: string; readonly data?: Json }[]>>;

interface AssetManifest {
  readonly files: Readonly<Record<string, {
    readonly source: { readonly path?: string; readonly packaging?: string; readonly executable?: readonly string[] };
    readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
  }>>;
}

const IGNORED_ARTIFACTS = new Set(['cdk:tree', 'cdk:feature-flag-report']);

/** Reads what `cdk synth` wrote: the stacks of the app and of its stages. */
export function readAssembly(directory: string): Assembly {
  const manifest = readJson(join(directory, 'manifest.json')) as unknown as { artifacts: Record<string, Artifact> };
  const assets = new Map<string, string>();
  const stacks: Stack[] = [];
  const done = new Set<string>();
  const visit = (id: string) => {
    const artifact = manifest.artifacts[id];
    if (!artifact || done.has(id)) return;
    done.add(id);
    artifact.dependencies?.forEach(visit);
    const { type, properties = {} } = artifact;
    if (type === 'cdk:asset-manifest') {
      for (const [key, path] of readAssets(directory, properties.file!)) assets.set(key, path);
    } else if (type === 'aws:cloudformation:stack') {
      const template = readJson(join(directory, properties.templateFile!));
      const stack = readTemplate(properties.stackName ?? id, template, { assets, constructs: constructsOf(directory, id, artifact) });
      const [, account = '', region = ''] = /^aws:\/\/(\d{12})\/([a-z0-9-]+)$/.exec(artifact.environment ?? '') ?? [];
      stacks.push(account === '' ? stack : { ...stack, environment: { account, region } });
    } else if (type === 'cdk:cloud-assembly') {
      stacks.push(...readAssembly(join(directory, properties.directoryName!)).stacks);
    } else if (!IGNORED_ARTIFACTS.has(type)) {
      throw new UnknownTemplate(directory, `unknown artifact ${id} of type ${type}`);
    }
  };
  // assets first: a stack names them, but does not always depend on their manifest
  const ids = Object.keys(manifest.artifacts);
  ids.filter(id => manifest.artifacts[id]!.type === 'cdk:asset-manifest').forEach(visit);
  ids.forEach(visit);
  return { directory, stacks };
}

export interface Surroundings {
  /** Files of assets, by object key. */
  readonly assets?: ReadonlyMap<string, string>;
  readonly constructs?: readonly NotedConstruct[];
  /** Of a nested stack: the path of its construct. */
  readonly within?: string;
}

/** What was read of nested stacks: whoever asks for an output asks for the stack, and an app may be deployed many times. */
const nestedStacks = new WeakMap<Resource, { readonly name: string; readonly key: string; readonly stack: Stack }>();

/** The template of a stack that is a resource of another, by the key of its asset. */
export function readNested({ name, assets, constructs }: Stack, resource: Resource, nestedName: string, key: string): Stack {
  const known = nestedStacks.get(resource);
  if (known?.name === nestedName && known.key === key) return known.stack;
  const { logicalId, path } = resource;
  const file = assets.get(key);
  if (file === undefined) throw new UnknownTemplate(`${name} ${logicalId}`, `its template is no asset of the app: ${key}`);
  const stack = readTemplate(nestedName, readJson(file), { assets, constructs, within: path.replace(/\.NestedStack\/[^/]*$/, '') });
  nestedStacks.set(resource, { name: nestedName, key, stack });
  return stack;
}

/** A template by itself, as a test may write it, or with what its assembly tells. */
export function readTemplate(name: string, template: Json, { assets = new Map(), constructs = [], within }: Surroundings = {}): Stack {
  // two nested stacks may have the same logical ids
  const own = within === undefined ? constructs : constructs.filter(({ path }) => path.startsWith(`${within}/`));
  const paths = new Map(own.map(({ logicalId, path }) => [logicalId, path]));
  const known = new Set([
    'AWSTemplateFormatVersion', 'Description', 'Metadata', 'Parameters', 'Mappings', 'Conditions', 'Resources', 'Outputs',
    'Rules', // CDK's check of the bootstrap version
  ]);
  const sections = asObject(name, template);
  for (const section of Object.keys(sections)) if (!known.has(section)) throw new UnknownTemplate(name, `unknown section ${section}`);
  const section = (key: string) => asObject(name, sections[key] ?? {});
  return {
    name,
    resources: Object.entries(section('Resources')).map(([logicalId, resource]) => readResource(name, logicalId, asObject(name, resource), paths)),
    parameters: section('Parameters') as Record<string, JsonObject>,
    mappings: section('Mappings') as Record<string, JsonObject>,
    conditions: section('Conditions'),
    outputs: section('Outputs') as Record<string, JsonObject>,
    assets,
    constructs,
  };
}

const RESOURCE_KEYS = new Set([
  'Type', 'Properties', 'Metadata', 'Condition', 'DependsOn', 'DeletionPolicy', 'UpdateReplacePolicy', 'UpdatePolicy',
]);

function readResource(stack: string, logicalId: string, resource: JsonObject, paths: ReadonlyMap<string, string>): Resource {
  for (const key of Object.keys(resource)) {
    if (!RESOURCE_KEYS.has(key)) throw new UnknownTemplate(`${stack} ${logicalId}`, `unknown attribute ${key}`);
  }
  const { Type: type, Properties: properties = {}, Condition: condition, DeletionPolicy: policy, Metadata: metadata } = resource;
  if (typeof type !== 'string') throw new UnknownTemplate(`${stack} ${logicalId}`, 'has no Type');
  const path = metadata && asObject(logicalId, metadata)['aws:cdk:path'];
  return {
    logicalId,
    type,
    properties: asObject(logicalId, properties),
    // the path stands in the template only if `cdk synth` was told to put it there
    path: paths.get(logicalId) ?? (typeof path === 'string' ? path.split('/').slice(1).join('/') : logicalId),
    retained: policy === 'Retain' || policy === 'RetainExceptOnCreate',
    ...(typeof condition === 'string' && { condition }),
  };
}

/** The constructs of a stack, noted in the manifest or in a file of their own. */
function constructsOf(directory: string, id: string, { displayName = id, metadata, additionalMetadataFile: file }: Artifact): NotedConstruct[] {
  const noted = metadata ?? (file === undefined ? {} : readJson(join(directory, file)) as unknown as Metadata);
  const prefix = `/${displayName}/`;
  return Object.entries(noted).flatMap(([path, entries]) => entries
    .filter(({ type }) => type === 'aws:cdk:logicalId')
    .map(({ data }) => ({ logicalId: String(data), path: path.startsWith(prefix) ? path.slice(prefix.length) : path.slice(1) })));
}

function readAssets(directory: string, file: string): [string, string][] {
  const { files } = readJson(join(directory, file)) as unknown as AssetManifest;
  return Object.values(files).flatMap(({ source, destinations }) => {
    if (source.path === undefined) throw new UnknownTemplate(file, 'an asset made by a command is not supported');
    const path = join(directory, source.path);
    return Object.values(destinations).map(({ objectKey }): [string, string] => [objectKey, path]);
  });
}

function readJson(file: string): Json {
  if (!existsSync(file)) throw new UnknownTemplate(file, 'there is no such file');
  return JSON.parse(readFileSync(file, 'utf8')) as Json;
}

function asObject(where: string, value: Json): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnknownTemplate(where, 'expected an object');
  return value;
}
