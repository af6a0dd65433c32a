import { Token } from 'aws-cdk-lib';

/**
 * Whether a text is one already, and can be looked at: no token, and not what the CDK says in its first pass for what it has still to look up
 * (`dummy1a` for zones, `dummy-value-for-…` for parameters), in which an error would keep it from ever looking.
 */
export function isKnown(text: string): boolean {
  return !Token.isUnresolved(text) && !text.startsWith('dummy');
}
