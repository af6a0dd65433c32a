import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { attempt, MESSAGE } from '../private/attempt';
import { Ec2Arns } from '../private/ec2-arns';
import { DefineStep } from '../private/lambda-step';
import { removeLitter } from '../private/litter';
import { Replication } from '../private/replication';
import { replicationPorts } from '../private/replication-ports';
import { rollBack } from '../private/roll-back';
import { tell } from './outcome';

export interface UndoProps {
  readonly owner: string;
  readonly replication: Replication;
  readonly ports: ReturnType<typeof replicationPorts>;
  /** What comes when nothing of the execution is left, and `$outcome` tells so. */
  readonly then: sfn.IChainable;
}

/**
 * [ Undo preparations ] → Roll back: nothing is left on the hosts, nor of what was made. Reads `$outcome`, `$rollBack`, `$replication` and
 * `$sourceFinalized`. What made nothing on the hosts yet begins with `rolledBack`, what made nothing at all with `reported`.
 */
export function undo(scope: Construct, step: DefineStep, { owner, replication, ports, then }: UndoProps) {
  const reported = tell(scope, 'Report roll back').next(then);
  const rolledBack = rollBack(scope, step, {
    sourceInstanceId: '{% $request.sourceInstanceId %}',
    allow: removeLitter(new Ec2Arns(scope), owner, { groups: false }),
    then: reported,
  });
  // each part is undone whether the others can be or not
  const notUndone = (what: string): sfn.CatchProps => ({
    assign: { problems: `{% $append($problems, [{'id': $session, 'type': '${what}', 'reason': $states.errorOutput.Error & ': ' & ${MESSAGE}}]) %}` },
  });
  const closePorts = ports.close('Close ports again', sfn.Pass.jsonata(scope, 'Undone', { outputs: { problems: '{% $problems %}' } }));
  const undoTarget = replication.undo('target').addCatch(closePorts, notUndone('preparations on the target')).next(closePorts);
  const undoSource = replication.undo('source').addCatch(undoTarget, notUndone('preparations on the source')).next(undoTarget);
  const undone = attempt(scope, 'Undo preparations', {
    // a source that fell back was finalized: it has left the replication already; before hosts match nothing is done on them
    of: sfn.Pass.jsonata(scope, 'Begin to undo', { assign: { problems: [] } }).next(sfn.Choice.jsonata(scope, 'What was prepared?')
      .when(sfn.Condition.jsonata('{% $replication = null %}'), closePorts)
      .when(sfn.Condition.jsonata('{% $sourceFinalized %}'), undoTarget)
      .otherwise(undoSource)),
    assign: { notUndone: '{% $states.result[0].problems %}' },
    then: rolledBack,
    failing: {
      notUndone: "{% [{'id': $session, 'type': 'replication', 'reason': 'the preparations could not be undone: ' & $states.errorOutput.Error}] %}",
    },
    otherwise: rolledBack,
  });
  return { undone, rolledBack, reported };
}
