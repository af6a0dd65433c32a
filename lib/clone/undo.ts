import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { DefineStep } from '../private/lambda-step';
import { removeLitter } from '../private/litter';
import { rollBack } from '../private/roll-back';
import { ShellDocument } from '../private/shell-document';
import { Lifetime } from './lifetime';
import { releaseReservations } from './reservations';
import { CloneSourceProps } from './source-rights';

export interface UndoProps {
  readonly owner: string;
  readonly encryptionKey?: kms.IKeyRef;
  readonly source: CloneSourceProps;
  /** Has the source give back what it reserved. */
  readonly reserve: ShellDocument;
  /** The scope of the machine whose handler does that. */
  readonly releasedBy: Construct;
  readonly lifetime: Lifetime;
  readonly step: DefineStep;
  /** What comes when everything that is not finished has been removed, and `$outcome` tells so. */
  readonly then: sfn.IChainable;
}

/** Roll back, until everything that the execution made and did not finish is gone; reads `$outcome` and `$rollBack`. */
export function undo(scope: Construct, { owner, encryptionKey, source, reserve, releasedBy, lifetime, step, then }: UndoProps): sfn.State {
  const reportRollBack = sfn.Pass.jsonata(scope, 'Report roll back', {
    assign: {
      outcome: {
        succeeded: false,
        error: '{% $outcome.error %}',
        // a cause holds 32,768 characters: long lists are cut, and their length told
        cause: "{% $string({'message': $substring($outcome.message, 0, 8000), 'removed': [$rollBack.removed[[0..149]]], 'removedInAll': $rollBack.removedInAll, "
          + "'leftOver': [$rollBack.leftOver[[0..29]]], 'leftOverInAll': $rollBack.leftOverInAll}) %}",
      },
    },
  });
  reportRollBack.next(then);
  // clones of a fleet that failed are removed in the same way, and change nothing for the others
  const reportFailed = sfn.Pass.jsonata(scope, 'Report failed clones', {
    assign: { outcome: "{% $merge([$outcome, {'output': $merge([$outcome.output, {'leftOver': [$outcome.output.leftOver[$not(id in $rollBack.removed.id)], $rollBack.leftOver]}])}]) %}" },
  });
  reportFailed.next(then);
  const told = sfn.Choice.jsonata(scope, 'Others succeeded?')
    .when(sfn.Condition.jsonata('{% $outcome.succeeded %}'), reportFailed)
    .otherwise(reportRollBack);
  // nothing is reserved before there are clones
  const release = releaseReservations(scope, {
    owner, encryptionKey, source, reserve, releasedBy, sourceInstanceId: '{% $request.sourceInstanceId %}',
    when: "{% $count($request.volumes.*[reservation = 'write-exclusive']) > 0 and $count($rollBack.removed[type = 'instance']) > 0 %}",
    report: leftOver => ({
      rollBack: `{% ($left := ${leftOver}; $merge([$rollBack, {'leftOver': $append($rollBack.leftOver, $left), 'leftOverInAll': $rollBack.leftOverInAll + $count($left)}])) %}`,
    }),
    then: told,
  });
  return rollBack(scope, step, {
    sourceInstanceId: '{% $request.sourceInstanceId %}',
    input: { scheduleGroup: lifetime.schedules.groupName },
    allow: removeLitter(new Ec2Arns(scope), owner, { schedules: lifetime.schedules, source }),
    // so EventBridge Scheduler says that it is busy
    retry: ['InternalServerException'],
    then: release,
    failed: told,
  });
}
