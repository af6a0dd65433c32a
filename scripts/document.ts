// Writes what the pages say of the machines from the machines themselves: the diagrams, the errors, the permissions.
// `npx tsx scripts/document.ts` rewrites the pages; with `--check` it only tells whether they are current.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { App, Bitrate, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Template } from 'aws-cdk-lib/assertions';
import { CloneSource, EdgeLocation, EdgeMigration, EdgeTunnel, InstanceClone, InstanceStoreSync, MobilityLedger, MovableInstances, RetirementResponse } from '../lib/index';
import { Fleet } from '../lib/migration/fleet';
import { Replay } from '../lib/migration/replay';
import { migrationBucket } from '../lib/private/migration-bucket';

interface State {
  readonly Type: string;
  readonly Next?: string | undefined;
  readonly Default?: string;
  readonly Choices?: { readonly Next: string }[];
  readonly Catch?: { readonly Next: string }[];
  readonly Branches?: Machine[];
  readonly End?: boolean;
}
interface Machine { readonly StartAt: string; readonly States: Record<string, State> }
interface Statement { readonly Action: string | string[]; readonly Resource: unknown; readonly Condition?: Record<string, Record<string, unknown>> }

const listed = <T>(value: T | T[]): T[] => Array.isArray(value) ? value : [value];

/** The machine as a Mermaid flowchart: questions are diamonds, steps that look until they see have double edges, failures go the dotted way. */
export function diagram(machine: Machine): string {
  const lines = ['flowchart TB'];
  const ids = new Map<string, string>();
  const id = (name: string): string => ids.get(name) ?? ids.set(name, name.replace(/[^A-Za-z]+(.)?/g, (_, next?: string) => next?.toUpperCase() ?? '')).get(name)!;
  const draw = (drawn: Machine, indent: string): void => {
    const { looks, machine: { StartAt, States } } = folded(drawn);
    for (const name of inOrder({ StartAt, States })) {
      const state = States[name]!;
      if (state.Branches) {
        lines.push(`${indent}subgraph ${id(name)} ["${name}"]`);
        state.Branches.forEach(branch => draw(branch, `${indent}  `));
        lines.push(`${indent}end`);
      } else {
        lines.push(`${indent}${id(name)}${looks.has(name) ? `[["${name}"]]` : shape(name, state.Type)}`);
      }
      for (const target of successors(state)) lines.push(`${indent}${id(name)} --> ${id(target)}`);
      for (const target of failures(state)) lines.push(`${indent}${id(name)} -. fails .-> ${id(target)}`);
    }
  };
  draw(machine, '  ');
  return ['```mermaid', ...lines, '```'].join('\n');
}

/** Makes one of each loop of looking, asking and waiting; that it ends when it takes too long goes without saying. */
function folded({ StartAt, States }: Machine): { looks: ReadonlySet<string>; machine: Machine } {
  const left: Record<string, State> = { ...States };
  const looks = new Set<string>();
  const waits = new Map<string, string>();
  for (const [wait, { Type, Next: look }] of Object.entries(States)) {
    const question = Type === 'Wait' && look !== undefined && States[look]?.Type === 'Task' ? States[look]!.Next : undefined;
    if (look === undefined || question === undefined || States[question]?.Type !== 'Choice' || !successors(States[question]!).includes(wait)) continue;
    const tooLong = `${wait}: too long`;
    const onward = successors(States[question]!).filter(target => target !== wait && target !== tooLong);
    looks.add(look);
    waits.set(wait, look);
    left[look] = { ...States[look]!, Next: undefined, Choices: onward.map(Next => ({ Next })) };
    for (const gone of [wait, question, tooLong]) delete left[gone];
  }
  // who comes to a wait from elsewhere comes to what looks after it
  const after = <T extends { readonly Next?: string }>(one: T): T => ({ ...one, ...one.Next !== undefined && { Next: waits.get(one.Next) ?? one.Next } });
  const redirected = (state: State): State => ({ ...after(state), Choices: state.Choices?.map(after), Catch: state.Catch?.map(after) });
  return { looks, machine: { StartAt, States: Object.fromEntries(Object.entries(left).map(([name, state]) => [name, redirected(state)])) } };
}

const shape = (name: string, type: string): string =>
  type === 'Choice' ? `{"${name}"}` : type === 'Wait' ? `(("${name}"))` : type === 'Task' ? `["${name}"]` : `(["${name}"])`;

const successors = (state: State): string[] =>
  [...new Set([...(state.Choices ?? []).map(choice => choice.Next), state.Next, state.Default])].filter(target => target !== undefined);
const failures = (state: State): string[] => [...new Set((state.Catch ?? []).map(({ Next }) => Next))];

/** The states in the order in which an execution meets them. */
function inOrder({ StartAt, States }: Machine): string[] {
  const order = [StartAt];
  for (const name of order) {
    for (const target of [...successors(States[name]!), ...failures(States[name]!)]) if (!order.includes(target)) order.push(target);
  }
  return order;
}

/** The own error classes that these folders of lambda/ raise: name and advice, as their TSDoc says. */
export function errors(folders: readonly string[], elsewhere: readonly string[] = []): string {
  const raised = raisedIn(folders);
  for (const name of elsewhere) {
    // a name that nobody raises any more would hide nothing, and nobody would see it
    if (!raised.delete(name)) throw new Error(`${name} is raised by none of ${folders.join(', ')}: it need not be left out`);
  }
  const rows = [...readFileSync('lambda/shared/errors.ts', 'utf8').matchAll(/\/\*\*\s*((?:(?!\*\/)[\s\S])*)\*\/\s*export class (\w+) extends/g)]
    .map(([, comment, name]) => ({ name: name!, text: comment!.replace(/\s*\*\s?/g, ' ').replace(/\s+/g, ' ').trim() }))
    .filter(({ name }) => raised.has(name));
  return ['| error | what to do |', '| --- | --- |', ...rows.map(({ name, text }) => `| \`${name}\` | ${text.replaceAll('|', '\\|')} |`)].join('\n');
}

/** The names after `new` in the handlers of the folders and in all that they import. */
function raisedIn(folders: readonly string[]): Set<string> {
  const files = folders.flatMap(folder => readdirSync(`lambda/${folder}`).map(file => `lambda/${folder}/${file}`));
  const raised = new Set<string>();
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    for (const [name] of text.matchAll(/\b[A-Z]\w+(?=\b)/g)) raised.add(name);
    for (const [, imported] of text.matchAll(/from '(\.[^']+)'/g)) {
      const path = `${join(dirname(file), imported!)}.ts`;
      if (!path.endsWith('shared/errors.ts') && existsSync(path) && !files.includes(path)) files.push(path);
    }
  }
  return raised;
}

/** What each step's role may do, as the template says. */
export function permissions(resources: Record<string, { Type: string; Properties: Record<string, unknown> }>): string {
  const rows: string[] = [];
  for (const { Type, Properties } of Object.values(resources)) {
    if (Type !== 'AWS::Lambda::Function') continue;
    const role = (Properties.Role as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0];
    const statements = (resources[role]!.Properties.Policies as { PolicyDocument: { Statement: Statement[] } }[])
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Action }) => !listed(Action).every(action => action.startsWith('logs:')));
    const step = String(Properties.Description).replace(/^Step '(.*)'$/, '$1');
    if (statements.length === 0) rows.push(`| ${step} | nothing | | |`);
    for (const statement of statements) rows.push(`| ${step} | ${cell(listed(statement.Action))} | ${cell(listed(statement.Resource).map(resourceName))} | ${cell(conditions(statement))} |`);
  }
  // several machines take leases
  return ['| step | may | on | where |', '| --- | --- | --- | --- |', ...new Set(rows)].join('\n');
}

const cell = (values: string[]): string => [...new Set(values)].map(value => `\`${value}\``).join(' ');

function resourceName(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const text = JSON.stringify(resource);
  const name = /:(execution):/.exec(text)?.[1] ?? /:([a-z-]+)[/:](?:vol-)?\*"\]\]/.exec(text)?.[1];
  if (name) return `${name}/*`;
  if (/StateMachine|Machine[0-9A-F]{8}/.test(text)) return 'the machine';
  if (/ShareAlarms/.test(text)) return 'the alarms of shares';
  if (/SchedulesGroup/.test(text)) return 'the schedule group';
  if (/SchedulesRole/.test(text)) return 'the role of schedules';
  const aws = /::document\/([\w-]+)/.exec(text)?.[1];
  if (aws) return aws;
  const folder = /"\/([a-z]+)\/\*"/.exec(text)?.[1];
  if (/Bucket/.test(text)) return folder ? `the bucket, ${folder}/*` : 'the bucket';
  if (/document\/[a-z]/.test(text)) return 'verifyDocuments';
  if (/Document/.test(text)) return 'the document';
  if (/:subnet\//.test(text)) return 'the subnets of locations';
  if (/Table|Ledger/.test(text)) return 'the ledger';
  if (/Key/.test(text)) return 'volumeKeys';
  if (/Topic/.test(text)) return 'notificationTopic';
  if (/hostedzone/.test(text)) return 'hostedZones';
  if (/Group/.test(text)) return 'targetGroups';
  if (/IsolatedRole/.test(text)) return 'the role of isolated clones';
  if (/Role/.test(text)) return 'passableRoles';
  throw new Error(`no name for the resource ${text}`);
}

function conditions({ Condition = {} }: Statement): string[] {
  return Object.entries(Condition).flatMap(([operator, keys]) => Object.entries(keys).map(([key, value]) => {
    const values = listed(value).map(item => typeof item !== 'string' ? key === 'ec2:Vpc' ? 'vpc' : 'EC2 in this Region' : /:.*\//.test(item) ? 'this construct' : item);
    return `${key} ${operator === 'Null' ? (values[0] === 'true' ? 'absent' : 'present') : `= ${[...new Set(values)].join(' or ')}`}`;
  }));
}

interface Page {
  readonly path: string;
  /** A stack in which the construct has all that it can be given. */
  readonly define: (stack: Stack) => void;
  /** The folders of the handlers. */
  readonly folders: readonly string[];
  /** Errors of what these handlers share with others, that can not come where there is no such input. */
  readonly elsewhere?: readonly string[];
  /** The machines to draw, by part of the page: the beginning of the logical id. */
  readonly diagrams: Readonly<Record<string, string>>;
}

/** Of a pause that is limited: moves to the edge alone say by how much. */
const LATE = ['DowntimeExceeded', 'DeadlineMissed'];
/** Of what only clones can be asked for: another account, warm volumes, a freeze by their own steps. */
const CLONING = [
  'NotFromOtherAccount', 'SourceRoleNotAssumable', 'SnapshotsNotShareable', 'WarmUpNotPossible', 'InitializationRateNotPossible', 'SourceNotManagedBySsm', 'FreezeNeedsLinux',
];

const judging = (stack: Stack): ssm.IDocumentRef[] => [ssm.CfnDocument.fromDocumentName(stack, 'Judge', 'orders-are-served')];

export const PAGES: readonly Page[] = [
  {
    path: 'docs/clone.md',
    folders: ['clone', 'launch-like', 'lease', 'janitor', 'volume-copies', 'shared-volumes', 'own-volume', 'lifetime'],
    elsewhere: LATE,
    diagrams: { diagram: 'CloneMachine' },
    define: stack => {
      new InstanceClone(stack, 'Clone', {
        source: CloneSource.tagged('clonable', 'yes'),
        notificationTopic: new sns.Topic(stack, 'Topic'),
        passableRoles: [new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') })],
        volumeKeys: [new kms.Key(stack, 'Key')],
      });
    },
  },
  {
    path: 'docs/sync.md',
    folders: ['sync', 'replication', 'verification', 'cut-over', 'launch-like', 'lease', 'janitor', 'triggers'],
    elsewhere: [...LATE, ...CLONING],
    diagrams: { 'diagram': 'SyncMachine', 'fall-back': 'SyncFallBackMachine' },
    define: stack => {
      new InstanceStoreSync(stack, 'Sync', {
        instances: MovableInstances.tagged('movable', 'yes'),
        vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-0123456789abcdef0', availabilityZones: ['a'] }),
        notificationTopic: new sns.Topic(stack, 'Topic'),
        passableRoles: [new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') })],
        volumeKeys: [new kms.Key(stack, 'Key')],
        targetGroups: [new elbv2.CfnTargetGroup(stack, 'Group')],
        hostedZones: [route53.HostedZone.fromHostedZoneId(stack, 'Zone', 'Z0123456789ABCDEFGHIJ')],
        verifyDocuments: judging(stack),
        onRetirement: RetirementResponse.plan(),
      });
    },
  },
  {
    path: 'docs/migration-fleet.md',
    folders: ['fleet', 'instance-metrics'],
    elsewhere: ['SnapshotsNotShareable', 'VolumeStrategyRefused'],
    diagrams: { diagram: 'FleetMachine' },
    define: stack => {
      const instance = new sfn.StateMachine(stack, 'InstanceMachine', { definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Succeed(stack, 'Moved')) });
      new Fleet(stack, 'Fleet', {
        owner: 'docs', ledger: new MobilityLedger(stack, 'Ledger').table, bucket: migrationBucket(stack), locations: [], tag: { key: '', value: '' },
        instanceMachine: instance, volumeKeys: [], replicates: true, notificationTopic: new sns.Topic(stack, 'Topic'), approvalTimeout: Duration.days(1),
      });
    },
  },
  {
    path: 'docs/migration-replay.md',
    folders: ['replay', 'instance-metrics'],
    diagrams: { diagram: 'ReplayMachine' },
    define: stack => { new Replay(stack, 'Replay', { owner: 'docs', bucket: migrationBucket(stack), locations: [] }); },
  },
  {
    path: 'docs/migration.md',
    folders: ['migration', 'verification', 'cut-over', 'launch-like', 'lease', 'janitor'],
    elsewhere: CLONING,
    diagrams: { diagram: 'MigrationMachine' },
    define: stack => {
      const outpostId = 'op-0123456789abcdef0';
      const instances = MovableInstances.tagged('movable', 'yes');
      // two such constructs are too many resources for one stack, as everywhere
      const other = new Stack(stack.node.root, 'Blocks');
      const ledger = new MobilityLedger(other, 'Ledger');
      const blocks = new InstanceStoreSync(other, 'Sync', { instances, ledger, verifyDocuments: judging(other) });
      new EdgeMigration(stack, 'Migration', {
        instances, ledger, blocks, verifyDocuments: judging(stack),
        locations: [EdgeLocation.outpost('factory', {
          subnet: ec2.Subnet.fromSubnetId(stack, 'Subnet', 'subnet-0123456789abcdef0'),
          outpostArn: `arn:aws:outposts:us-east-1:111122223333:outpost/${outpostId}`,
          tunnels: [EdgeTunnel.outpostServiceLink(stack, 'ServiceLink', { outpostId, capacity: Bitrate.gbps(1) })],
        })],
        notificationTopic: new sns.Topic(stack, 'Topic'),
        passableRoles: [new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') })],
        volumeKeys: [new kms.Key(stack, 'Key')],
        targetGroups: [new elbv2.CfnTargetGroup(stack, 'Group')],
        hostedZones: [route53.HostedZone.fromHostedZoneId(stack, 'Zone', 'Z0123456789ABCDEFGHIJ')],
      });
    },
  },
];

/** A page with each generated part replaced. */
export function regenerate({ define, folders, elsewhere, diagrams }: Page, page: string): string {
  const stack = new Stack(new App(), 'Docs');
  define(stack);
  const resources = Template.fromStack(stack).toJSON().Resources as Record<string, { Type: string; Properties: Record<string, unknown> }>;
  const definitionOf = (prefix: string): Machine => {
    const [, machine] = Object.entries(resources).find(([id, { Type }]) => Type === 'AWS::StepFunctions::StateMachine' && id.startsWith(prefix))!;
    return JSON.parse((machine.Properties.DefinitionString as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1].map(part => typeof part === 'string' ? part : 'x').join('')) as Machine;
  };
  const parts: Record<string, string> = {
    ...Object.fromEntries(Object.entries(diagrams).map(([part, prefix]) => [part, diagram(definitionOf(prefix))])),
    errors: errors(folders, elsewhere),
    permissions: permissions(resources),
  };
  return Object.entries(parts).reduce((text, [name, content]) =>
    text.replace(new RegExp(`(<!-- ${name}: [^\\n]*-->\\n)[\\s\\S]*?(<!-- /${name} -->)`), (_, open, close) => `${open}${content}\n${close}`), page);
}

if (require.main === module) {
  for (const page of PAGES) {
    const text = readFileSync(page.path, 'utf8');
    const current = regenerate(page, text);
    if (!process.argv.includes('--check')) {
      writeFileSync(page.path, current);
    } else if (text !== current) {
      console.error(`${page.path} is not what the machines say; run: npx tsx scripts/document.ts`);
      process.exitCode = 1;
    }
  }
}
