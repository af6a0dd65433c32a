import { roleMay } from '../../iam/resource-policy';
import type { Need } from '../../iam/need';
import type { Statement } from '../../iam/policy';
import type { Account } from '../account';
import { AwsError } from '../service';

/** A KMS key that EBS encrypts with, as far as EBS notices it. */
export interface Key {
  readonly arn: string;
  /** AWS's own key `aws/ebs`: its key policy lets everyone in the account use it through EC2. */
  readonly managedByAws: boolean;
  readonly aliases: readonly string[];
  /** Whom of other accounts it admits; in its own account it leaves that to IAM, as the default key policy does. */
  readonly policy: readonly Statement[];
  /** Disabled, pending deletion, or out of reach of EBS: shows only later, in what was made with it. */
  usable: boolean;
}

/** The KMS keys of the account. */
export class Keys {
  private readonly keys = new Map<string, Key>();

  constructor(private readonly account: Account) {}

  /** The key that EBS takes when none is named. */
  get managed(): Key {
    return this.find('alias/aws/ebs') ?? this.create({ alias: 'alias/aws/ebs', managedByAws: true });
  }

  /** Makes a key, or takes in one that exists elsewhere under its ARN. */
  create({ alias, arn, managedByAws = false, policy = [] }: { alias?: string; arn?: string; managedByAws?: boolean; policy?: readonly Statement[] } = {}): Key {
    const key: Key = {
      arn: arn ?? this.account.arn('kms', `key/${this.account.random.uuid()}`), managedByAws, aliases: alias ? [alias] : [], policy, usable: true,
    };
    this.keys.set(key.arn, key);
    return key;
  }

  /** By ARN, key id, alias or alias ARN: the four spellings that `KmsKeyId` takes. */
  find(name: string): Key | undefined {
    const direct = this.keys.get(name);
    if (direct) return direct;
    return [...this.keys.values()].find(key =>
      key.arn.endsWith(`:key/${name}`) || key.aliases.some(alias => name === alias || name.endsWith(`:${alias}`)));
  }

  disable(name: string): void {
    this.get(name).usable = false;
  }

  enable(name: string): void {
    this.get(name).usable = true;
  }

  private get(name: string): Key {
    const key = this.find(name);
    if (!key) throw new AwsError('NotFoundException', `Key '${name}' does not exist`);
    return key;
  }
}

/** Whether a key's own policy has nothing against the use that a role makes of it. */
export function keyAdmits({ arn, policy, managedByAws }: Key, roleArn: string | undefined, need: Need): boolean {
  if (roleArn === undefined || arn.split(':')[4] === roleArn.split(':')[4]) return true;
  // AWS's own keys admit their account alone, and their policies can not be changed
  return !managedByAws && roleMay(policy, roleArn, need);
}
