import { applicable } from './evaluate';
import type { Need } from './need';
import { readPolicy, type Statement } from './policy';

/**
 * Whether a resource's own policy (trust of a role, a key's policy) admits a role, by itself or by its account; the role's own policies
 * must allow the same (IAM user guide, "Cross-account policy evaluation logic").
 */
export function roleMay(policy: readonly Statement[], roleArn: string, need: Need): boolean {
  const account = roleArn.split(':')[4]!;
  const names = ['*', 'AWS:*', `AWS:${account}`, `AWS:${roleArn}`];
  const concerning = policy.filter(({ principals = [] }) => principals.some(principal =>
    names.includes(principal) || (principal.startsWith('AWS:arn:') && principal.endsWith(`:iam::${account}:root`))));
  const context = { 'aws:PrincipalArn': roleArn, 'aws:PrincipalAccount': account, ...need.context };
  const asked = { ...need, context };
  return applicable(concerning, 'Allow', asked).length > 0 && applicable(concerning, 'Deny', asked).length === 0;
}

/** Whether a resource's own policy (trust of a role, access to a topic) lets an AWS service do something. */
export function serviceMay(policy: readonly Statement[], service: string, need: Need): boolean {
  const concerns = ({ principals = [] }: Statement) => principals.some(principal =>
    principal === '*' || principal === 'AWS:*' || principal === 'Service:*' || sameService(principal, service));
  const concerning = policy.filter(concerns);
  return applicable(concerning, 'Allow', need).length > 0 && applicable(concerning, 'Deny', need).length === 0;
}

/** Whether a role's trust policy lets an AWS service take it on for one of its resources. */
export function mayAssume(roleName: string, trust: unknown, service: string, source: { readonly arn: string; readonly account: string }): boolean {
  const context = { 'aws:SourceArn': source.arn, 'aws:SourceAccount': source.account };
  // the resource of a trust policy is the role itself and is not written
  return serviceMay(readPolicy(`trust policy of ${roleName}`, trust, 'resource'), service, { action: 'sts:AssumeRole', resource: '*', context });
}

/** Some services have a principal for each Region, `states.us-east-1.amazonaws.com`, which stands for the same. */
function sameService(principal: string, service: string): boolean {
  const [, name] = /^Service:([a-z0-9-]+)(?:\.[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$/.exec(principal) ?? [];
  return name === service;
}
