import { Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { HostCommand } from './host-command';
import { lambdaSteps } from './lambda-step';
import { Allow } from './statement';

/** A document that takes longer is no look at an instance that everybody waits for. */
const AT_MOST = Duration.minutes(15);

export interface VerifyByDocumentProps {
  readonly owner: string;
  readonly encryptionKey?: kms.IKeyRef;
  readonly documents: ssm.IDocumentRef[];
  /** The right to send documents to the instances. */
  readonly on: Allow[];
  /** The target, as a JSONata expression. */
  readonly instanceId: string;
  /** How long the pause may take: `{ sourceInstanceId, maxDowntime, deadline, pausedAt }`; null: not limited. */
  readonly limit: string | null;
  readonly then: sfn.IChainable;
}

/** What executions may name as `verifyDocument`. */
export function documentNames(documents: ssm.IDocumentRef[]): string[] {
  return documents.map(({ documentRef }) => documentRef.documentName);
}

/**
 * [ Verify by document → Is verified by document, until it has run ]: the user's own judgement of a target, before anything leads to it.
 * Reads `$request.verifyDocument`; without documents there is nothing of it.
 */
export function verifyByDocument(scope: Construct, { documents, limit, then, ...props }: VerifyByDocumentProps): sfn.IChainable {
  if (documents.length === 0) return then;
  const step = lambdaSteps(scope, { folder: 'verification', owner: props.owner, encryptionKey: props.encryptionKey });
  const stack = Stack.of(scope);
  const documentName = '{% $request.verifyDocument %}';
  const verify = new HostCommand(scope, step, props.on, 'Verify by document', {
    look: 'Is verified by document',
    document: {
      documentName, documentArn: documentNames(documents).map(resourceName => stack.formatArn({ service: 'ssm', resource: 'document', resourceName })),
    },
    input: { instanceId: props.instanceId },
    judge: { documentName, limit },
    // it may have several steps
    reads: 'ssm:ListCommandInvocations',
    atMost: AT_MOST,
  });
  return sfn.Choice.jsonata(scope, 'Verify by a document?')
    .when(sfn.Condition.jsonata('{% $request.verifyDocument != null %}'), verify.next(then))
    .otherwise(then);
}
