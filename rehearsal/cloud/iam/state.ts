import type { InstanceProfile, Role } from '@aws-sdk/client-iam';
import type { Json, JsonObject } from '../../json';
import type { Account } from '../account';
import { AwsError, type Principal } from '../service';
import { managedPolicies } from './managed-policies';

type Known = 'RoleName' | 'Arn' | 'RoleId' | 'Path';
export type RoleRecord = Omit<Role, Known> & { [key in Known]: string };
export type InstanceProfileRecord = Omit<InstanceProfile, 'Roles'> & { Roles: RoleRecord[] };

export interface RoleSpec {
  readonly name: string;
  /** `/` unless told otherwise. */
  readonly path?: string;
  /** The trust policy. */
  readonly trust?: Json;
  readonly permissionsBoundary?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The roles and instance profiles of the account. What the roles may do is the gate's business. */
export class Iam {
  readonly roles = new Map<string, RoleRecord>();
  readonly instanceProfiles = new Map<string, InstanceProfileRecord>();

  private readonly attached = new Map<string, JsonObject[]>();

  constructor(private readonly account: Account) {}

  addRole({ name, path = '/', trust, permissionsBoundary, tags = {} }: RoleSpec): RoleRecord {
    const role: RoleRecord = {
      RoleName: name,
      Path: path,
      RoleId: this.uniqueId('AROA'),
      Arn: this.arn(`role${path}${name}`),
      CreateDate: new Date(this.account.clock.now()),
      AssumeRolePolicyDocument: JSON.stringify(trust ?? {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      }),
      MaxSessionDuration: 3600,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      ...(permissionsBoundary && {
        PermissionsBoundary: { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn: permissionsBoundary },
      }),
    };
    this.roles.set(name, role);
    return role;
  }

  /** Attaches one of AWS's policies to a role that was not deployed. */
  attachRolePolicy(roleName: string, policy: keyof typeof managedPolicies): void {
    this.attached.set(this.role(roleName).RoleName, [...this.attachedTo(roleName), managedPolicies[policy]]);
  }

  attachedTo(roleName: string): readonly JsonObject[] {
    return this.attached.get(roleName) ?? [];
  }

  /** An instance profile holds one role at most. */
  addInstanceProfile(name: string, roleName?: string, path = '/'): InstanceProfileRecord {
    const profile: InstanceProfileRecord = {
      InstanceProfileName: name,
      Path: path,
      InstanceProfileId: this.uniqueId('AIPA'),
      Arn: this.arn(`instance-profile${path}${name}`),
      CreateDate: new Date(this.account.clock.now()),
      Roles: roleName === undefined ? [] : [this.role(roleName)],
      Tags: [],
    };
    this.instanceProfiles.set(name, profile);
    return profile;
  }

  role(name: string): RoleRecord {
    const role = this.roles.get(name);
    if (!role) throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
    return role;
  }

  instanceProfile(name: string): InstanceProfileRecord {
    const profile = this.instanceProfiles.get(name);
    if (!profile) throw new AwsError('NoSuchEntity', `Instance Profile ${name} cannot be found.`, 404);
    return profile;
  }

  /** The role that a caller has taken on. */
  roleOf({ roleArn }: Principal): RoleRecord | undefined {
    return [...this.roles.values()].find(({ Arn }) => Arn === roleArn);
  }

  /** IAM is global: its ARNs name no Region. */
  arn(resource: string): string {
    return `arn:${this.account.partition}:iam::${this.account.accountId}:${resource}`;
  }

  private uniqueId(prefix: string): string {
    return prefix + this.account.random.hex(17).toUpperCase();
  }
}
