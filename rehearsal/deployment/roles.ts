import type { Account } from '../cloud/account';
import type { LabelledStatement, PolicyGate } from '../iam/gate';
import { readPolicy, type Statement } from '../iam/policy';
import type { Json, JsonObject } from '../json';
import { UnknownTemplate } from '../template';

/** A policy's statements, and how the template spells them: resolved they differ from stack to stack. */
export interface PolicyText {
  readonly document: Json;
  readonly source: Json;
}

/** A role and what is attached to it, gathered from several resources. */
export interface RoleParts {
  readonly name: string;
  readonly arn: string;
  readonly roleId: string;
  readonly label: string;
  readonly properties: JsonObject;
  /** Inline ones, within the role or beside it. */
  readonly policies: readonly PolicyText[];
  /** Managed policies that say themselves which roles they are attached to. */
  readonly attached: readonly PolicyText[];
}

/** AWS's own policies that functions usually carry (AWS managed policy reference). */
const MANAGED: Readonly<Record<string, Json>> = {
  'service-role/AWSLambdaBasicExecutionRole': {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' }],
  },
};

const KNOWN = new Set([
  'AssumeRolePolicyDocument', 'Description', 'ManagedPolicyArns', 'MaxSessionDuration', 'Path', 'PermissionsBoundary', 'Policies', 'RoleName', 'Tags',
]);

/** Makes a role in the account and tells the gate its policies. */
export function putRole(account: Account, gate: PolicyGate, role: RoleParts, managed: ReadonlyMap<string, PolicyText>): void {
  const { name, arn, properties } = role;
  for (const key of Object.keys(properties)) if (!KNOWN.has(key)) throw new UnknownTemplate(role.label, `unknown property ${key} of a role`);
  const { ManagedPolicyArns: attached = [], PermissionsBoundary: boundary } = properties;
  const tags = Object.fromEntries(((properties.Tags ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]));
  const texts = [...role.policies, ...role.attached, ...(attached as string[]).map(policyArn => managedPolicy(role.label, policyArn, managed))];
  checkSize(role.label, 'inline', role.policies.map(({ document }) => document));
  checkSize(role.label, 'trust', [properties.AssumeRolePolicyDocument ?? null]);
  gate.put({
    arn, roleId: role.roleId, label: role.label, tags,
    statements: texts.flatMap(text => labelled(role.label, text)),
    ...(boundary !== undefined && { boundary: readPolicy(`boundary of ${role.label}`, managedPolicy(role.label, String(boundary), managed).document) }),
  });
  account.iam.addRole({
    name, tags,
    path: String(properties.Path ?? '/'),
    trust: properties.AssumeRolePolicyDocument ?? null,
    ...(boundary !== undefined && { permissionsBoundary: String(boundary) }),
  });
}

/**
 * IAM quotas: "Role inline policies: the total aggregate size can not exceed 10,240 characters", "Managed policies: 6,144",
 * a trust policy 2,048; "IAM does not count white space". CloudFormation would only tell in the middle of a deployment.
 */
export function checkSize(where: string, kind: 'inline' | 'managed' | 'trust', documents: readonly Json[]): void {
  const most = { inline: 10_240, managed: 6_144, trust: 2_048 }[kind];
  const size = documents.reduce<number>((sum, document) => sum + JSON.stringify(document).replace(/\s/g, '').length, 0);
  if (size > most) throw new UnknownTemplate(where, `its ${kind} policies have ${size} characters, and may have ${most}`);
}

function managedPolicy(role: string, arn: string, managed: ReadonlyMap<string, PolicyText>): PolicyText {
  const [, aws] = /^arn:[a-z-]+:iam::aws:policy\/(.+)$/.exec(arn) ?? [];
  const document = aws === undefined ? undefined : MANAGED[aws];
  const found = managed.get(arn) ?? (document === undefined ? undefined : { document, source: document });
  if (!found) throw new UnknownTemplate(role, `the managed policy ${arn} is not part of the app: give its document as one of managedPolicies`);
  return found;
}

function labelled(role: string, { document, source }: PolicyText): LabelledStatement[] {
  const statements = readPolicy(`policy of ${role}`, document);
  const { Statement: written } = source as { Statement: Json };
  const sources = Array.isArray(written) ? written : [written];
  return statements.map((statement, index) => ({ statement, label: labelOf(statement, sources[index]!) }));
}

function labelOf({ sid }: Statement, source: Json): string {
  return sid ?? JSON.stringify(source);
}
