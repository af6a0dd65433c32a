import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Traffic } from '../private/cut-over';
import { LaunchTargets } from '../private/launch-like';
import { MovedHosts } from '../private/marks';
import { ReplicationDocuments } from '../private/replication-documents';
import { type ReplicationNetwork } from '../private/replication-ports';

export interface SyncWorkflowProps extends LaunchTargets, Traffic {
  readonly owner: string;
  /** The instances that may take part, as source or target. */
  readonly hosts: MovedHosts & { readonly tag: { readonly key: string; readonly value: string } };
  readonly ledger: dynamodb.ITable;
  readonly documents: ReplicationDocuments;
  /** By which users judge a target themselves. */
  readonly verifyDocuments: ssm.IDocumentRef[];
  /** Lets the two instances reach each other while they replicate. */
  readonly network?: ReplicationNetwork;
  /** Started when an execution that asked for it fails after the switch. */
  readonly fallBackMachine: sfn.StateMachine;
  readonly notificationTopic?: sns.ITopic;
  readonly timeout: Duration;
  readonly approvalTimeout: Duration;
  /** Price per unit, for the plan. */
  readonly prices: Record<string, number>;
  readonly encryptionKey?: kms.IKeyRef;
}
