import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { isKnown } from './private/known';

/**
 * The keys of another account that sources are in.
 */
export interface CloneSourceAccountOptions {
  /**
   * The customer managed keys there that encrypt the volumes of sources. Their policies have to admit this account, as `CloneSourceAccess` lets them.
   *
   * @default - those given to `inRegion`, if any
   */
  readonly volumeKeys?: kms.IKeyRef[];

  /**
   * The customer managed key there under which snapshots are copied before they are shared, where they can not be shared as they are: those that
   * the default key `aws/ebs` encrypts. Its policy has to admit this account, too.
   *
   * @default - none: sources with such volumes are refused
   */
  readonly sharingKey?: kms.IKeyRef;
}

/** Where sources are that are in another account. */
interface SourceAccount {
  readonly accountId: string;
  readonly roleArn: string;
  readonly sharingKey?: kms.IKeyRef;
}

/**
 * Which instances may be cloned.
 */
export class CloneSource {
  /**
   * Any instance that carries this tag.
   *
   * Whoever may tag instances then decides what can be cloned: restrict `ec2:CreateTags` and `ec2:DeleteTags` on this key.
   *
   * @param key the tag's key, at most 128 characters, not starting with `aws:`, and no token
   * @param value the tag's value, at most 256 characters
   */
  public static tagged(key: string, value: string): CloneSource {
    // it stands in the names of condition keys, which CloudFormation can not compose
    if (Token.isUnresolved(key)) throw new Error('the tag key of a clone source must be known at synthesis, got a token: only the value may be one');
    if (key.length < 1 || key.length > 128 || key.toLowerCase().startsWith('aws:')) {
      throw new Error(`the tag key of a clone source must have 1 to 128 characters and not start with 'aws:', got '${key}'`);
    }
    if (!Token.isUnresolved(value) && value.length > 256) {
      throw new Error(`the tag value of a clone source must have at most 256 characters, got ${value.length}`);
    }
    return new CloneSource(undefined, { key, value });
  }

  /**
   * Only this instance.
   *
   * @param instance the instance, such as an `ec2.Instance`
   */
  public static instance(instance: ec2.IInstanceRef): CloneSource {
    return new CloneSource(instance.instanceRef.instanceId);
  }

  private constructor(
    /** @internal */
    public readonly _instanceId?: string,
    /** @internal */
    public readonly _tag?: { readonly key: string; readonly value: string },
    /** @internal */
    public readonly _region?: string,
    /** @internal */
    public readonly _keys: kms.IKeyRef[] = [],
    /** @internal */
    public readonly _account?: SourceAccount,
  ) {}

  /**
   * The same instances, in another Region of the account: the construct stands where the clones shall be, and fetches them from there.
   *
   * @param region the Region of the instances, such as `eu-west-1`
   * @param volumeKeys the customer managed keys there that encrypt their volumes; none unless given
   */
  public inRegion(region: string, volumeKeys: kms.IKeyRef[] = []): CloneSource {
    if (!Token.isUnresolved(region) && !/^[a-z]+(-[a-z]+)+-\d+$/.test(region)) {
      throw new Error(`the Region of a clone source must be like 'eu-west-1', got '${region}'`);
    }
    return new CloneSource(this._instanceId, this._tag, region, [...this._keys, ...volumeKeys], this._account);
  }

  /**
   * The same instances, in another account: the construct stands where the clones shall be, and fetches them from there by a role in that account,
   * which `CloneSourceAccess` makes there.
   *
   * @param accountId the account of the instances
   * @param role the role there, which trusts this account with the owner of the construct as its external id
   * @param options the keys there
   */
  public inAccount(accountId: string, role: iam.IRoleRef, options: CloneSourceAccountOptions = {}): CloneSource {
    if (isKnown(accountId) && !/^\d{12}$/.test(accountId)) {
      throw new Error(`the account of a clone source must have 12 digits, got '${accountId}'`);
    }
    const { roleArn } = role.roleRef;
    const keys = [...this._keys, ...options.volumeKeys ?? []];
    return new CloneSource(this._instanceId, this._tag, this._region, keys, { accountId, roleArn, sharingKey: options.sharingKey });
  }
}
