import { Token } from 'aws-cdk-lib';

/**
 * Which instances may be moved, and which existing ones may be moved to.
 */
export class MovableInstances {
  /**
   * Any instance that carries this tag; a target that is launched gets it with the other tags of its source.
   *
   * Whoever may tag instances then decides what can be moved: restrict `ec2:CreateTags` and `ec2:DeleteTags` on this key.
   *
   * @param key the tag's key, at most 128 characters, not starting with `aws:`, and no token
   * @param value the tag's value, at most 256 characters
   */
  public static tagged(key: string, value: string): MovableInstances {
    // it stands in the names of condition keys, which CloudFormation can not compose
    if (Token.isUnresolved(key)) throw new Error('the tag key of movable instances must be known at synthesis, got a token: only the value may be one');
    if (key.length < 1 || key.length > 128 || key.toLowerCase().startsWith('aws:')) {
      throw new Error(`the tag key of movable instances must have 1 to 128 characters and not start with 'aws:', got '${key}'`);
    }
    if (!Token.isUnresolved(value) && value.length > 256) {
      throw new Error(`the tag value of movable instances must have at most 256 characters, got ${value.length}`);
    }
    return new MovableInstances({ key, value });
  }

  private constructor(
    /** @internal */
    public readonly _tag: { readonly key: string; readonly value: string },
  ) {}
}
