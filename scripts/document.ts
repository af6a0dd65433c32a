// Writes what docs/clone.md says of the machine from the machine itself: the diagram, the errors, the permissions.
// `npx tsx scripts/document.ts` rewrites the page; with `--check` it only tells whether the page is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Template } from 'aws-cdk-lib/assertions';
import { CloneSource, InstanceClone } from '../lib/index';

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: { readonly Next: string }[];
  readonly Catch?: { readonly Next: string }[];
  readonly Branches?: Machine[];
  readonly End?: boolean;
}
interface Machine { readonly StartAt: string; readonly States: Record<string, State> }
interface Statement { readonly Action: string | string[]; readonly Resource: unknown; readonly Condition?: Record<string, Record<string, unknown>> }

const PAGE = 'docs/clone.md';
const listed = <T>(value: T | T[]): T[] => Array.isArray(value) ? value : [value];

/** The machine as a Mermaid flowchart: questions are diamonds, waits are round, failures go the dotted way. */
export function diagram(machine: Machine): string {
  const lines = ['flowchart TB'];
  const ids = new Map<string, string>();
  const id = (name: string): string => ids.get(name) ?? ids.set(name, name.replace(/[^A-Za-z]+(.)?/g, (_, next?: string) => next?.toUpperCase() ?? '')).get(name)!;
  const draw = ({ StartAt, States }: Machine, indent: string): void => {
    for (const name of inOrder({ StartAt, States })) {
      const state = States[name]!;
      if (state.Branches) {
        lines.push(`${indent}subgraph ${id(name)} ["${name}"]`);
        state.Branches.forEach(branch => draw(branch, `${indent}  `));
        lines.push(`${indent}end`);
      } else {
        lines.push(`${indent}${id(name)}${shape(name, state.Type)}`);
      }
      for (const target of successors(state)) lines.push(`${indent}${id(name)} --> ${id(target)}`);
      for (const target of failures(state)) lines.push(`${indent}${id(name)} -. fails .-> ${id(target)}`);
    }
  };
  draw(machine, '  ');
  return ['```mermaid', ...lines, '```'].join('\n');
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

/** The own error classes of the handlers: name and advice, as their TSDoc says. */
export function errors(source: string): string {
  const rows = [...source.matchAll(/\/\*\*\s*([\s\S]*?)\*\/\s*export (?:class (\w+) extends|const (\w+) =)/g)]
    .map(([, comment, className, constName]) => ({ name: className ?? constName!, text: comment!.replace(/\s*\*\s?/g, ' ').replace(/\s+/g, ' ').trim() }))
    .filter(({ name }) => /^[A-Z]/.test(name));
  return ['| error | what to do |', '| --- | --- |', ...rows.map(({ name, text }) => `| \`${name}\` | ${text.replaceAll('|', '\\|')} |`)].join('\n');
}

/** What each step's role may do, as the template says. */
export function permissions(resources: Record<string, { Type: string; Properties: Record<string, unknown> }>): string {
  const rows: string[] = [];
  for (const { Type, Properties } of Object.values(resources)) {
    if (Type !== 'AWS::Lambda::Function') continue;
    const role = (Properties.Role as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0];
    const statements = Object.values(resources)
      .filter(policy => policy.Type === 'AWS::IAM::Policy' && (policy.Properties.Roles as { Ref: string }[]).some(({ Ref }) => Ref === role))
      .flatMap(policy => (policy.Properties.PolicyDocument as { Statement: Statement[] }).Statement)
      .filter(({ Action }) => !listed(Action).every(action => action.startsWith('logs:')));
    const step = String(Properties.Description).replace(/^Step '(.*)'$/, '$1');
    if (statements.length === 0) rows.push(`| ${step} | nothing | | |`);
    for (const statement of statements) rows.push(`| ${step} | ${cell(listed(statement.Action))} | ${cell(listed(statement.Resource).map(resourceName))} | ${cell(conditions(statement))} |`);
  }
  return ['| step | may | on | where |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

const cell = (values: string[]): string => [...new Set(values)].map(value => `\`${value}\``).join(' ');

function resourceName(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const text = JSON.stringify(resource);
  const name = /:(execution):/.exec(text)?.[1] ?? /:([a-z-]+)[/:](?:vol-)?\*"\]\]/.exec(text)?.[1];
  if (name) return `${name}/*`;
  if (/Document/.test(text)) return 'the document';
  if (/Table|Ledger/.test(text)) return 'the ledger';
  if (/Key/.test(text)) return 'volumeKeys';
  if (/Topic/.test(text)) return 'notificationTopic';
  if (/Role/.test(text)) return 'passableRoles';
  throw new Error(`no name for the resource ${text}`);
}

function conditions({ Condition = {} }: Statement): string[] {
  return Object.entries(Condition).flatMap(([operator, keys]) => Object.entries(keys).map(([key, value]) => {
    const values = listed(value).map(item => typeof item !== 'string' ? 'EC2 in this Region' : /:.*\//.test(item) ? 'this construct' : item);
    return `${key} ${operator === 'Null' ? (values[0] === 'true' ? 'absent' : 'present') : `= ${[...new Set(values)].join(' or ')}`}`;
  }));
}

/** The page with each generated part replaced. */
export function regenerate(page: string): string {
  const stack = new Stack(new App(), 'Docs');
  new InstanceClone(stack, 'Clone', {
    source: CloneSource.tagged('clonable', 'yes'),
    notificationTopic: new sns.Topic(stack, 'Topic'),
    passableRoles: [new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') })],
    volumeKeys: [new kms.Key(stack, 'Key')],
  });
  const resources = Template.fromStack(stack).toJSON().Resources as Record<string, { Type: string; Properties: Record<string, unknown> }>;
  const [, machine] = Object.entries(resources).find(([id, { Type }]) => Type === 'AWS::StepFunctions::StateMachine' && id.startsWith('CloneMachine'))!;
  const definition = (machine.Properties.DefinitionString as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1].map(part => typeof part === 'string' ? part : 'x').join('');
  const parts: Record<string, string> = {
    diagram: diagram(JSON.parse(definition)),
    errors: errors(readFileSync('lambda/shared/errors.ts', 'utf8')),
    permissions: permissions(resources),
  };
  return Object.entries(parts).reduce((text, [name, content]) =>
    text.replace(new RegExp(`(<!-- ${name}: [^\\n]*-->\\n)[\\s\\S]*?(<!-- /${name} -->)`), (_, open, close) => `${open}${content}\n${close}`), page);
}

if (require.main === module) {
  const page = readFileSync(PAGE, 'utf8');
  const current = regenerate(page);
  if (process.argv.includes('--check')) {
    if (page !== current) {
      console.error(`${PAGE} is not what the machine says; run: npx tsx scripts/document.ts`);
      process.exitCode = 1;
    }
  } else {
    writeFileSync(PAGE, current);
  }
}
