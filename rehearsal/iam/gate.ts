import type { Decision, Gate } from '../cloud/gate';
import type { Principal } from '../cloud/service';
import type { Clock } from '../clock';
import { evaluate, type Grant } from './evaluate';
import type { JsonObject } from '../json';
import type { ConditionContext, Need } from './need';
import { readPolicy, type Statement } from './policy';
import { type Granted, Usage } from './usage';

/** A statement and how reports call it. */
export interface LabelledStatement {
  readonly statement: Statement;
  /** Its Sid, or how its template spells it. */
  readonly label: string;
}

/** A role as far as decisions need it. */
export interface RoleRecord {
  readonly arn: string;
  readonly roleId: string;
  /** Its construct path without the stack: one name for one construct in all apps. */
  readonly label: string;
  readonly statements: readonly LabelledStatement[];
  readonly boundary?: readonly Statement[];
  readonly tags?: Readonly<Record<string, string>>;
}

/** Decides by the policies of the deployed roles, and remembers which statements were needed. */
export class PolicyGate implements Gate {
  readonly usage = new Usage();
  private readonly roles = new Map<string, RoleRecord>();
  private readonly labels = new Map<Statement, Granted>();
  private readonly visitors = new Set<string>();
  private denials: Statement[] = [];

  constructor(private readonly clock: Clock, private readonly accountId: string, private readonly region: string) {}

  /** Sets a role's policies, those of an earlier deployment forgotten. */
  put(role: RoleRecord): void {
    this.roles.set(role.arn, role);
    for (const { statement, label: written } of role.statements) {
      const label = this.placeless(written);
      this.labels.set(statement, { role: role.label, statement: label, action: '', resource: '' });
      if (statement.effect !== 'Allow') continue;
      for (const action of statement.actions ?? [`not ${statement.notActions!.join(', ')}`]) {
        for (const resource of statement.resources ?? [`not ${statement.notResources!.join(', ')}`]) {
          this.usage.grant({ role: role.label, statement: label, action, resource: this.placeless(resource) });
        }
      }
    }
  }

  /** A role that was not deployed: it is decided like any other, and not counted. */
  admit({ arn, roleId, policies }: { readonly arn: string; readonly roleId: string; readonly policies: readonly JsonObject[] }): void {
    if (this.knows(arn)) return;
    this.visitors.add(arn);
    const statements = policies.flatMap(document => readPolicy(arn, document)).map(statement => ({ statement, label: '' }));
    this.roles.set(arn, { arn, roleId, label: arn, statements });
  }

  remove(roleArn: string): void {
    this.roles.delete(roleArn);
  }

  knows(roleArn: string): boolean {
    return this.roles.has(roleArn) && !this.visitors.has(roleArn);
  }

  role(roleArn: string): RoleRecord | undefined {
    return this.roles.get(roleArn);
  }

  /** Statements of a service control policy, which the organisation lays on the whole account; only denials count. */
  deny(statements: readonly JsonObject[]): void {
    const read = readPolicy('service control policy', { Version: '2012-10-17', Statement: [...statements] });
    if (!read.every(({ effect }) => effect === 'Deny')) throw new Error('a service control policy of the rehearsal must only deny');
    this.denials = [...this.denials, ...read];
  }

  decide(principal: Principal, need: Need): Decision {
    if (principal.roleArn === undefined) return { allowed: true };
    const role = this.roles.get(principal.roleArn);
    if (!role) throw new Error(`no policies are known of ${principal.roleArn}`);
    const verdict = evaluate(
      { identity: role.statements.map(({ statement }) => statement), boundary: role.boundary, account: this.denials },
      { ...need, context: { ...this.globalContext(principal, role, need), ...need.context } },
    );
    if (!verdict.allowed) return verdict;
    for (const grant of verdict.grants) this.note(grant);
    return { allowed: true };
  }

  private note({ statement, action, resource }: Grant): void {
    const granted = this.labels.get(statement);
    if (granted) this.usage.use({ ...granted, action, resource: this.placeless(resource) });
  }

  /**
   * A text of a policy without what differs from app to app and from place to place: account, Region, partition, and the
   * hash of the code in a version's logical id. The same grant then counts as one in all rehearsals.
   */
  private placeless(text: string): string {
    return text.replaceAll(this.accountId, '<account>').replaceAll(this.region, '<region>').replace(/arn:aws(-us-gov|-cn)?:/g, 'arn:<partition>:')
      .replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1');
  }

  /** IAM user guide, "AWS global condition context keys": those that every request of a role carries. */
  private globalContext({ roleArn, callerArn, instanceArn }: Principal, { roleId, tags = {} }: RoleRecord, { resource }: Need): ConditionContext {
    const session = callerArn.split('/').at(-1)!;
    const owner = resource.split(':')[4];
    return {
      'aws:PrincipalArn': roleArn!,
      'aws:PrincipalAccount': this.accountId,
      'aws:PrincipalType': 'AssumedRole',
      'aws:userid': `${roleId}:${session}`,
      'aws:RequestedRegion': this.region,
      'aws:SecureTransport': 'true',
      'aws:ViaAWSService': 'false',
      'aws:PrincipalIsAWSService': 'false',
      'aws:CurrentTime': this.clock.timestamp(),
      'aws:EpochTime': String(Math.floor(this.clock.now() / 1000)),
      ...(instanceArn && { 'ec2:SourceInstanceARN': instanceArn }),
      ...(owner && { 'aws:ResourceAccount': owner }),
      ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
    };
  }
}
