import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { DefineStep } from '../private/lambda-step';
import { removeLitter } from '../private/litter';
import { ShellDocument } from '../private/shell-document';
import { Lifetime } from './lifetime';
import { releaseReservations } from './reservations';
import { CloneSourceProps } from './source-rights';

/** What the variable `rollBack` is before `undo`. */
export const BEGIN_ROLL_BACK = { polls: 0, quiet: false, removed: [], removedInAll: 0, leftOver: [], leftOverInAll: 0 };

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
  const arns = new Ec2Arns(scope);

  const rollBack = step('Roll back', {
    input: {
      sourceInstanceId: '{% $request.sourceInstanceId %}', scheduleGroup: lifetime.schedules.groupName,
      polls: '{% $rollBack.polls %}', quiet: '{% $rollBack.quiet %}', removed: '{% $rollBack.removed %}', removedInAll: '{% $rollBack.removedInAll %}',
    },
    assign: { rollBack: "{% $merge([$states.result.Payload, {'polls': $rollBack.polls + 1}]) %}" },
    allow: removeLitter(arns, owner, { schedules: lifetime.schedules, source }),
  });

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
  const rolledBack = sfn.Choice.jsonata(scope, 'Rolled back?')
    .when(sfn.Condition.jsonata('{% $rollBack.done %}'), release)
    .otherwise(sfn.Wait.jsonata(scope, 'Wait for terminations', { time: sfn.WaitTime.seconds('{% $rollBack.waitSeconds %}') }).next(rollBack));
  rollBack.next(rolledBack);
  rollBack.addCatch(told, {
    assign: {
      rollBack: "{% $merge([$rollBack, {'leftOverInAll': 1, 'leftOver': [{'id': 'unknown', 'type': 'unknown', 'reason': 'the roll back itself failed: ' & $states.errorOutput.Error & '; the janitor goes on'}]}]) %}",
    },
  });
  return rollBack;
}
