import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { IsolatedProfile, LaunchTargets } from '../private/launch-like';
import { ShellDocument } from '../private/shell-document';
import { IdentityDocuments } from './identity';
import { Lifetime } from './lifetime';
import { ShareAlarms } from './share-alarms';
import { CloneSourceProps } from './source-rights';
import { WarmUpDocuments } from './warm-up';

/** After which clones are handed over although their volumes are cold. */
export const WARM_UP_SHARE = 0.85;

export interface CloneWorkflowProps extends LaunchTargets {
  readonly owner: string;
  /** The instances that may be cloned. */
  readonly source: CloneSourceProps;
  readonly ledger: dynamodb.ITable;
  readonly lifetime: Lifetime;
  readonly notificationTopic?: sns.ITopic;
  /** How long an execution may take: whatever waits too long is rolled back before. */
  readonly timeout: Duration;
  /** Price per unit, for the plan. */
  readonly prices: Record<string, number>;
  /** The most that the clones of an execution may cost; null: no limit. */
  readonly maxCost: number | null;
  /** Address ranges that isolated clones may speak HTTPS to; empty: as the VPC has it. */
  readonly isolationEgress: string[];
  /** The profile of clones in isolation. */
  readonly isolated: IsolatedProfile;
  readonly identityDocuments: IdentityDocuments;
  readonly warmUpDocuments: WarmUpDocuments;
  readonly alarms: ShareAlarms;
  /** Has the source reserve what its clones share, or give it back. */
  readonly reserve: ShellDocument;
  /** The scope of the machine whose handler has it given back for all. */
  readonly releasedBy: Construct;
  /** Mounts what clones share with their source. */
  readonly mountReadOnly: ShellDocument;
  /** Mounts what they write to. */
  readonly joinCluster: ShellDocument;
  readonly encryptionKey?: kms.IKey;
  /** The scope of another machine of the construct, whose handlers serve here where steps are the same. */
  readonly sharedHandlers?: Construct;
}
