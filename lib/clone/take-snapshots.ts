import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { freezeDocument, thawDocument } from '../private/filesystem-documents';
import { DefineStep, Patience } from '../private/lambda-step';
import { takenBy } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { isElsewhere } from '../private/source-place';
import { COMMAND_OUTPUT, describeEc2 } from '../private/statement';
import { CloneSourceProps, createSnapshots, sendToSource } from './source-rights';
import { MAY_FALL_BACK, VolumeCopies } from './volume-copies';
import { vssSnapshots } from './vss-snapshots';

/** After so long the instance thaws by itself: longer than Patience.SHORT retries, as short as a service can bear. */
const THAW_AFTER = Duration.seconds(60);

/**
 * The document may take minutes to write out what is in memory, and freezes only then: who did not wait for it would leave a source that
 * stands still for nobody. The handler ends the wait before.
 */
const FROZEN_WITHIN = Duration.minutes(10);

export interface TakeSnapshotsProps {
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  readonly source: CloneSourceProps;
  readonly step: DefineStep;
  /** Where it begins; decided here. */
  readonly freezeFirst: sfn.Choice;
  /** The way by copies, which are taken while filesystems are frozen as well. */
  readonly copies: VolumeCopies;
  /** What comes when snapshots were taken. */
  readonly then: sfn.State;
}

/**
 * Freeze first? → Freeze filesystems → Copy volumes, or Snapshot volumes, or both → Thaw filesystems; Windows: Take VSS snapshots. Whatever fails
 * between, filesystems are thawed before anything else.
 */
export function takeSnapshots(scope: Construct, props: TakeSnapshotsProps): void {
  const { owner, source, step, freezeFirst, copies, then: areReady } = props;
  const there = new Ec2Arns(scope, source.region);
  const freeze = freezeDocument(scope);
  const thaw = thawDocument(scope);
  const copying = '$plan.copying';

  const freezeFilesystems = step('Freeze filesystems', {
    input: { plan: '{% $plan %}', documentName: freeze.documentName, attempt: '{% $attempt %}', seconds: THAW_AFTER.toSeconds() },
    assign: { commandId: '{% $states.result.Payload.commandId %}', ...BEGIN_WAIT },
    allow: sendToSource(source, freeze.documentArn),
  });

  const areFrozen = step('Are filesystems frozen', {
    input: { instanceId: '{% $plan.sourceInstanceId %}', commandId: '{% $commandId %}', polls: '{% $polls %}' },
    assign: { ...LOOKED, freezing: '{% $states.result.Payload.freeze %}', filesystemsFrozen: '{% $states.result.Payload.frozen %}' },
    allow: [COMMAND_OUTPUT],
    retry: ['InvocationDoesNotExist'],
    patience: Patience.SHORT,
  });

  const snapshotVolumes = step('Snapshot volumes', {
    input: { plan: '{% $plan %}', route: '{% $route %}', attempt: '{% $attempt %}' },
    assign: { snapshots: '{% $states.result.Payload.snapshots %}', imageId: '{% $states.result.Payload.imageId %}', ...BEGIN_WAIT },
    allow: [
      ...(source.role ? [] : [describeEc2('Snapshots', 'Images')]),
      ...createSnapshots(scope, owner, source, { actions: ['ec2:DeleteSnapshot'], on: [there.snapshots], where: takenBy(owner), because: 'CreateSnapshots has no client token: a repeated call is undone' }),
    ],
    retry: ['SnapshotCreationPerVolumeRateExceeded', 'ConcurrentSnapshotLimitExceeded', 'ConcurrentCreateImageNoRebootLimitExceeded', 'IncorrectState', 'SnapshotsNotVisible', 'InvalidAMIName.Duplicate'],
    patience: Patience.SHORT,
  });

  const thawFilesystems = step('Thaw filesystems', {
    input: { instanceId: '{% $plan.sourceInstanceId %}', documentName: thaw.documentName, attempt: '{% $attempt %}' },
    assign: { commandId: '{% $states.result.Payload.commandId %}', ...BEGIN_WAIT },
    allow: sendToSource(source, thaw.documentArn),
  });

  const areThawed = step('Are filesystems thawed', {
    input: {
      plan: '{% $plan %}', commandId: '{% $commandId %}', attempt: '{% $attempt %}', polls: '{% $polls %}',
      freeze: '{% $freezing %}', copies: '{% $copies %}', verify: '{% $failure = null %}',
    },
    assign: { ...LOOKED, frozenInterval: '{% $states.result.Payload.interval %}', filesystemsThawed: '{% $states.result.Payload.thawed %}' },
    allow: [COMMAND_OUTPUT, describeEc2('Snapshots')],
    retry: ['InvocationDoesNotExist'],
  });

  const snapshotsTaken = sfn.Choice.jsonata(scope, 'Snapshots taken?')
    .when(sfn.Condition.jsonata('{% $failure = null and $plan.snapshotting %}'), areReady)
    .when(sfn.Condition.jsonata('{% $failure = null %}'), copies.areReady)
    .when(sfn.Condition.jsonata(`{% ${copying} and ${MAY_FALL_BACK} %}`), copies.fallBack)
    .otherwise(sfn.Fail.jsonata(scope, 'No snapshots', {
      error: '{% $failure.Error %}', cause: "{% $exists($failure.Cause) ? $failure.Cause : '' %}",
    }));
  poll(scope, { look: areThawed, question: 'Filesystems thawed?', until: '{% $filesystemsThawed %}', then: snapshotsTaken, wait: 'Wait for thaw', atMost: Duration.minutes(10) });
  thawFilesystems.next(areThawed);
  const thawNow = sfn.Choice.jsonata(scope, 'Thaw now?')
    .when(sfn.Condition.jsonata('{% $plan.freeze %}'), thawFilesystems)
    .otherwise(snapshotsTaken);
  snapshotVolumes.next(thawNow);
  copies.copy.next(sfn.Choice.jsonata(scope, 'Snapshot the others?')
    .when(sfn.Condition.jsonata('{% $plan.snapshotting %}'), snapshotVolumes)
    .otherwise(thawNow));
  poll(scope, { look: areFrozen, question: 'Filesystems frozen?', until: `{% $filesystemsFrozen and $not(${copying}) %}`, then: snapshotVolumes, wait: 'Wait for freeze', atMost: FROZEN_WITHIN, tooLong: thawNow })
    .when(sfn.Condition.jsonata('{% $filesystemsFrozen %}'), copies.copy);
  freezeFilesystems.next(areFrozen);
  // whatever happens from here to the snapshots, the filesystems are thawed before anything else
  for (const state of [freezeFilesystems, areFrozen, snapshotVolumes, copies.copy]) {
    state.addCatch(thawNow, { assign: { failure: '{% $states.errorOutput %}', ...BEGIN_WAIT } });
  }
  // the first failure is the one to tell; the timer on the instance thaws what the command could not
  for (const state of [thawFilesystems, areThawed]) {
    state.addCatch(snapshotsTaken, { assign: { failure: '{% $failure = null ? $states.errorOutput : $failure %}' } });
  }
  freezeFirst.when(sfn.Condition.jsonata('{% $plan.freeze %}'), freezeFilesystems);
  // no document reaches into another Region or account: sources there are neither frozen, which is refused, nor do they take snapshots themselves
  if (!isElsewhere(source)) freezeFirst.when(sfn.Condition.jsonata('{% $plan.vss %}'), vssSnapshots(scope, { ...props, step, then: areReady }));
  freezeFirst.when(sfn.Condition.jsonata(`{% ${copying} %}`), copies.copy)
    .otherwise(snapshotVolumes);
}
