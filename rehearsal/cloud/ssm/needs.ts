import type { SendCommandCommandInput } from '@aws-sdk/client-ssm';
import type { ConditionContext, Need } from '../../iam/need';
import type { Account } from '../account';
import type { Needs } from '../service';

// Service Authorization Reference, "Actions, resources, and condition keys for AWS Systems Manager".

/**
 * SendCommand: resource types `document*` and `instance`, the latter with the ARN of EC2
 * (`arn:…:ec2:…:instance/…`); condition keys `aws:ResourceTag/${TagKey}` and `ssm:resourceTag/${TagKey}`.
 */
const sendCommand: Needs = ({ DocumentName = '', InstanceIds = [] }: SendCommandCommandInput, account): Need[] => [
  { action: 'ssm:SendCommand', resource: account.ssm.documentArn(DocumentName), context: documentTags(account, DocumentName) },
  ...InstanceIds.map(id => ({
    action: 'ssm:SendCommand',
    resource: account.arn('ec2', `instance/${id}`),
    context: tagKeys((account.ec2.instances.get(id)?.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
  })),
];

/** DescribeDocument and GetDocument: resource type `document*`; condition key `ssm:DocumentType`. */
function ofDocument(action: string): Needs {
  return ({ Name = '' }: { Name?: string }, account): Need[] => [{
    action: `ssm:${action}`,
    resource: account.ssm.documentArn(Name),
    context: { ...documentTags(account, Name), 'ssm:DocumentType': 'Command' },
  }];
}

/** Actions for which the reference names no resource type. */
function ofNothing(action: string): Needs {
  return (): Need[] => [{ action: `ssm:${action}`, resource: '*' }];
}

export const needs: Readonly<Record<string, Needs>> = {
  SendCommand: sendCommand,
  GetCommandInvocation: ofNothing('GetCommandInvocation'),
  ListCommandInvocations: ofNothing('ListCommandInvocations'),
  CancelCommand: ofNothing('CancelCommand'),
  DescribeInstanceInformation: ofNothing('DescribeInstanceInformation'),
  DescribeDocument: ofDocument('DescribeDocument'),
  GetDocument: ofDocument('GetDocument'),
};

function documentTags({ ssm }: Account, nameOrArn: string): ConditionContext {
  return tagKeys(Object.entries(ssm.documents.get(nameOrArn.split('/').pop() ?? '')?.tags ?? {}));
}

/** SSM's own key is spelled with a small r. */
function tagKeys(tags: readonly (readonly [string, string])[]): ConditionContext {
  return Object.fromEntries(tags.flatMap(([key, value]) => [[`aws:ResourceTag/${key}`, value], [`ssm:resourceTag/${key}`, value]]));
}
