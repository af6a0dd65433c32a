import { Stack, Validations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { Allow } from './statement';

/**
 * Acknowledges cdk-nag's finding that a statement names resources by a wildcard, with the statement's own reason.
 *
 * Only these very resources are acknowledged: another wildcard on the same role is still found.
 */
export function acknowledgeWildcards(role: IConstruct, allowed: readonly Allow[]): void {
  const known = acknowledge(role, allowed);
  // what lies in another stack is referred to in another way once the app is whole, which it is when its constructs are validated
  role.node.addValidation({
    validate: () => {
      acknowledge(role, allowed, known);
      return [];
    },
  });
}

/** Tells the ARNs that are acknowledged then, without those that were known before. */
function acknowledge(role: IConstruct, allowed: readonly Allow[], known: ReadonlySet<string> = new Set()): ReadonlySet<string> {
  const reasons = new Map<string, Set<string>>();
  for (const { on, because } of allowed) {
    for (const arn of on.map(value => flat(Stack.of(role).resolve(value))).filter(value => value.includes('*') && !known.has(value))) {
      reasons.set(arn, (reasons.get(arn) ?? new Set()).add(because));
    }
  }
  Validations.of(role).acknowledge(...[...reasons].map(([arn, because]) => ({
    id: `AwsSolutions-IAM5[Resource::${arn}]`,
    reason: [...because].join('; '),
  })));
  return new Set(reasons.keys());
}

/** Writes an ARN the way cdk-nag names it in a finding's id: references in angle brackets. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const [intrinsic, argument] = Object.entries(value as Record<string, unknown>)[0]!;
  switch (intrinsic) {
    case 'Ref': return `<${argument}>`;
    case 'Fn::ImportValue': return flat(argument);
    case 'Fn::GetAtt': return `<${(argument as string[]).join('.')}>`;
    case 'Fn::Join': {
      const [delimiter, parts] = argument as [string, unknown[]];
      return parts.map(flat).join(delimiter);
    }
    default: return JSON.stringify(value);
  }
}
