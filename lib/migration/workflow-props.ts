import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Traffic } from '../private/cut-over';
import { LaunchTargets } from '../private/launch-like';
import { MovedHosts } from '../private/marks';
import { ShellDocument } from '../private/shell-document';

export interface MigrationWorkflowProps extends LaunchTargets, Traffic {
  readonly owner: string;
  readonly hosts: MovedHosts;
  /** What an instance must carry to be moved. */
  readonly tag: { readonly key: string; readonly value: string };
  /** The places, as handlers are told of them. */
  readonly locations: readonly object[];
  readonly ledger: dynamodb.ITable;
  /** What past fleets took of links lies here. */
  readonly bucket: s3.IBucket;
  /** By which users judge a target themselves. */
  readonly verifyDocuments: ssm.IDocumentRef[];
  /** Starts services: on the target, and on a source that serves again. */
  readonly startDocument: ShellDocument;
  readonly notificationTopic?: sns.ITopic;
  readonly timeout: Duration;
  readonly approvalTimeout: Duration;
  /** For how long a source may be held. */
  readonly longestHold: Duration;
  /** Replicates blocks from one instance to another; none: AWS moves all bytes. */
  readonly replicationMachine?: sfn.StateMachine;
  /** The VPC in which that opens the ports; none: they are open. */
  readonly replicationVpc?: ec2.IVPCRef;
  /** What encrypts that machine's executions. */
  readonly replicationKey?: kms.IKeyRef;
  /** Price per unit, for the plan. */
  readonly prices: Record<string, number>;
  readonly encryptionKey?: kms.IKeyRef;
}
