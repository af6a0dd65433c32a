/** The values of condition keys in one authorization decision; a key with several values is a list. */
export type ConditionContext = Readonly<Record<string, string | readonly string[]>>;

/** One decision that AWS takes before it answers a call: may this role take this action on this resource? */
export interface Need {
  /** Such as `ec2:RunInstances`. */
  readonly action: string;
  /** The resource's ARN; `*` where the action knows no resources. */
  readonly resource: string;
  /** The condition keys that AWS fills for this action and resource. */
  readonly context?: ConditionContext;
}

type Tags = Readonly<Record<string, string>>;

/** The condition keys that carry the tags which a resource has. */
export function resourceTags(tags: Tags, ...servicePrefixes: string[]): ConditionContext {
  return Object.fromEntries(Object.entries(tags).flatMap(([key, value]) =>
    ['aws', ...servicePrefixes].map(prefix => [`${prefix}:ResourceTag/${key}`, value])));
}

/** The condition keys that carry the tags which a request gives. */
export function requestTags(tags: Tags): ConditionContext {
  if (Object.keys(tags).length === 0) return {};
  return {
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': Object.keys(tags),
  };
}
