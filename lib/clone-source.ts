import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';

/**
 * Which instances may be cloned.
 */
export class CloneSource {
  /**
   * Any instance that carries this tag.
   *
   * Whoever may tag instances then decides what can be cloned: restrict `ec2:CreateTags` and `ec2:DeleteTags` on this key.
   *
   * @param key the tag's key, at most 128 characters, not starting with `aws:`
   * @param value the tag's value, at most 256 characters
   */
  public static tagged(key: string, value: string): CloneSource {
    if (!Token.isUnresolved(key) && (key.length < 1 || key.length > 128 || key.toLowerCase().startsWith('aws:'))) {
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
  ) {}

  /**
   * The same instances, in another Region of the account: the construct stands where the clones shall be, and fetches them from there.
   *
   * @param region the Region of the instances, such as `eu-west-1`
   * @param volumeKeys the customer managed keys there that encrypt their volumes; none unless given
   */
  public inRegion(region: string, volumeKeys: kms.IKeyRef[] = []): CloneSource {
    if (!Token.isUnresolved(region) && !/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region)) {
      throw new Error(`the Region of a clone source must be like 'eu-west-1', got '${region}'`);
    }
    return new CloneSource(this._instanceId, this._tag, region, volumeKeys);
  }
}
