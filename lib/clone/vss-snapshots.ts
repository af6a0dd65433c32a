import { Duration, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { DefineStep, Patience } from '../private/lambda-step';
import { renewLease } from '../private/lease';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { Allow, describeEc2 } from '../private/statement';

/**
 * AWS's own document. AWSEC2-VssInstallAndSnapshot, which AWS recommends, would install or update software on the source, which is to notice
 * nothing of its clone.
 */
const DOCUMENT = 'AWSEC2-CreateVssSnapshot';

export interface VssSnapshotsProps {
  readonly step: DefineStep;
  readonly ledger: dynamodb.ITable;
  /** The instances that may be cloned. */
  readonly source: { readonly arns: string[]; readonly where?: Allow['where'] };
  /** Finds the snapshots as if CreateSnapshots had made them. */
  readonly then: sfn.IChainable;
}

/** Take VSS snapshots → Are VSS snapshots taken, until they are: Windows freezes, snapshots and thaws by itself, and nothing has to be thawed after it. */
export function vssSnapshots(scope: Construct, { step, ledger, source, then }: VssSnapshotsProps): sfn.IChainable {
  // Amazon's documents have no account in their ARN (Systems Manager user guide, "Actions, resources, and condition keys")
  const documentArn = Stack.of(scope).formatArn({ service: 'ssm', account: '', resource: 'document', resourceName: DOCUMENT });
  const listCommands: Allow = { actions: ['ssm:ListCommandInvocations'], on: ['*'], because: 'command invocations have no resource-level permissions' };
  const take = step('Take VSS snapshots', {
    input: { plan: '{% $plan %}', documentName: DOCUMENT, attempt: '{% $attempt %}', began: '{% $states.context.Execution.StartTime %}' },
    assign: { commandId: '{% $states.result.Payload.commandId %}', looks: 0, ...BEGIN_WAIT },
    allow: [
      listCommands,
      { actions: ['ssm:SendCommand'], on: [documentArn], because: 'runs this one document of AWS' },
      { actions: ['ssm:SendCommand'], on: source.arns, where: source.where, because: 'and only on what may be cloned' },
    ],
    // its first retry waits a whole second, after which an earlier command is seen
    patience: Patience.SHORT,
  });
  const areTaken = step('Are VSS snapshots taken', {
    input: {
      plan: '{% $plan %}', commandId: '{% $commandId %}', attempt: '{% $attempt %}', lease: '{% $lease %}', polls: '{% $polls %}', looks: '{% $looks %}',
    },
    assign: {
      ...LOOKED, looks: '{% $states.result.Payload.looks %}', snapshots: '{% $states.result.Payload.snapshots %}',
      vssTaken: '{% $states.result.Payload.taken %}',
    },
    allow: [
      listCommands,
      describeEc2('Snapshots'),
      renewLease(ledger),
    ],
  });
  // the handler ends the wait in time
  poll(scope, { look: areTaken, question: 'VSS snapshots taken?', until: '{% $vssTaken %}', then, wait: 'Wait for VSS', atMost: Duration.minutes(30) });
  return take.next(areTaken);
}
