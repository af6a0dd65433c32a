import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';

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
  ) {}
}
