import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { lambdaSteps } from '../private/lambda-step';
import { renewLease } from '../private/lease';
import { madeBy } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { ShellDocument } from '../private/shell-document';
import { Allow, COMMAND_OUTPUT, describeEc2 } from '../private/statement';
import { attachWithVolumeKeys } from '../private/volume-keys';
import { fenceDocument } from '../private/volume-documents';
import { reserveVolumes } from './reservations';
import { CloneSourceProps } from './source-rights';

export interface SharedVolumesProps {
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  readonly encryptionKey?: kms.IKeyRef;
  readonly volumeKeys: kms.IKeyRef[];
  readonly source: CloneSourceProps;
  /** Has the source reserve what is shared. */
  readonly reserve: ShellDocument;
  /** Mounts what is shared. */
  readonly mountReadOnly: ShellDocument;
  /** Reads `$plan`, `$instanceIds` and `$lease`; `$shares` is set when it is over. */
  readonly then: sfn.IChainable;
}

/** An agent answers in seconds, and in minutes when its instance has just booted. */
const LONGEST_WAIT = Duration.minutes(15);

/**
 * Fence clones → Are clones fenced → (Reserve shared volumes → Are volumes reserved) → Attach shared volumes → Are shared volumes attached →
 * Mount shared volumes → Are shared volumes mounted: clones that read what the source goes on writing. Whatever fails, the clones go, and with
 * them their attachments.
 */
export function shareVolumes(scope: Construct, props: SharedVolumesProps): sfn.State {
  const { owner, ledger } = props;
  const arns = new Ec2Arns(scope);
  const step = lambdaSteps(scope, { folder: 'shared-volumes', owner, encryptionKey: props.encryptionKey });
  const fence = fenceDocument(scope);
  const mount = props.mountReadOnly;
  const tell = (documentArn: string): Allow[] => [
    { actions: ['ssm:SendCommand'], on: [documentArn], because: 'runs this one document' },
    { actions: ['ssm:SendCommand'], on: [arns.instances], where: madeBy(owner), because: 'and only on clones of this construct' },
  ];

  const fenceClones = step('Fence clones', {
    input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', documentName: fence.documentName },
    assign: { commands: '{% $states.result.Payload.commands %}', ...BEGIN_WAIT },
    allow: tell(fence.documentArn),
    // the agent of a clone registers some time after the instance has passed its checks
    retry: ['InvalidInstanceId'],
  });

  const areFenced = step('Are clones fenced', {
    input: { commands: '{% $commands %}', lease: '{% $lease %}' },
    assign: { ...LOOKED, clonesFenced: '{% $states.result.Payload.fenced %}' },
    allow: [COMMAND_OUTPUT, renewLease(ledger)],
  });

  const attach = step('Attach shared volumes', {
    input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}' },
    assign: BEGIN_WAIT,
    allow: [
      { actions: ['ec2:AttachVolume'], on: [arns.instances], where: madeBy(owner), because: 'attaches only to clones of this construct' },
      {
        actions: ['ec2:AttachVolume'], on: [arns.namedVolumes], where: { StringEquals: { 'ec2:VolumeType': 'io2' } },
        because: 'a shared volume is the source\'s and need not carry the tag of its instance; only io2 can be shared',
      },
      ...attachWithVolumeKeys(props.volumeKeys),
    ],
  });

  const areAttached = step('Are shared volumes attached', {
    input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', lease: '{% $lease %}', since: '{% $since %}' },
    assign: { ...LOOKED, sharesAttached: '{% $states.result.Payload.attached %}' },
    allow: [describeEc2('Volumes'), renewLease(ledger)],
  });

  const mountShared = step('Mount shared volumes', {
    input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', documentName: mount.documentName },
    assign: { commands: '{% $states.result.Payload.commands %}', ...BEGIN_WAIT },
    allow: tell(mount.documentArn),
    retry: ['InvalidInstanceId'],
  });

  const areMounted = step('Are shared volumes mounted', {
    input: { plan: '{% $plan %}', commands: '{% $commands %}', lease: '{% $lease %}' },
    assign: { ...LOOKED, shares: '{% $states.result.Payload.shares %}', sharesMounted: '{% $states.result.Payload.mounted %}' },
    allow: [COMMAND_OUTPUT, renewLease(ledger)],
  });

  const bounded = { atMost: LONGEST_WAIT };
  poll(scope, { look: areMounted, question: 'Shared volumes mounted?', until: '{% $sharesMounted %}', then: props.then, wait: 'Wait for mounts', ...bounded });
  mountShared.next(areMounted);
  poll(scope, { look: areAttached, question: 'Shared volumes attached?', until: '{% $sharesAttached %}', then: mountShared, wait: 'Wait for shared volumes', ...bounded });
  attach.next(areAttached);
  poll(scope, { look: areFenced, question: 'Clones fenced?', until: '{% $clonesFenced %}', then: reserveVolumes(scope, { ...props, then: attach }), wait: 'Wait for fence', ...bounded });
  fenceClones.next(areFenced);
  return fenceClones;
}
