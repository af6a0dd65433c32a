import { Stack } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { describeExecutions } from '../private/executions';
import { DefineStep } from '../private/lambda-step';
import { leaseItems } from '../private/lease';
import { markHosts } from '../private/marks';
import { RATE_LIMIT_TAG } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { RESERVING, reservationItems } from '../private/reservations';
import { describeEc2 } from '../private/statement';
import { groupGate } from './gate';
import type { MigrationWorkflowProps } from './workflow-props';

/**
 * [ group ] → Hand over → Is replicated, until every block is on the target and compared: another machine moves the instance, and follows its own phases.
 * Ends with `{ replicating, hosts, volumes, lease, reservation, pauseSeconds, preCopy, verified, traffic }`.
 */
export function replicate(scope: Construct, step: DefineStep, machine: sfn.StateMachine, props: MigrationWorkflowProps): sfn.IChainable {
  const { hosts, ledger, locations, timeout } = props;
  const table = ledger.tableName;
  const handOver = step('Hand over', {
    input: { plan: '{% $plan %}', session: '{% $session %}', table, reservation: '{% $held %}', stateMachineArn: machine.stateMachineArn },
    assign: { handedTo: '{% $states.result.Payload.replicating %}', ...BEGIN_WAIT },
    allow: [
      { actions: ['states:StartExecution'], on: [machine.stateMachineArn], because: 'replication is the work of a machine of its own' },
      leaseItems(ledger, ['UpdateItem'], 'that machine takes the lease on the instance'),
    ],
  });
  const isReplicated = step('Is replicated', {
    input: { plan: '{% $plan %}', replicating: '{% $handedTo %}', table, reservation: '{% $held %}', locations, pace: '{% $pace %}', since: '{% $since %}' },
    assign: { ...LOOKED, pace: '{% $states.result.Payload.pace %}', held: '{% $states.result.Payload.reservation %}', over: '{% $states.result.Payload.replicated %}', ended: '{% $states.result.Payload.ended %}', result: '{% $states.result.Payload %}' },
    allow: [
      describeEc2('Instances'),
      describeExecutions(scope, [nameIn(scope, machine)], 'reads how it ended', props.replicationKey),
      leaseItems(ledger, ['UpdateItem'], 'takes the lease on the instance back'),
      {
        actions: ['cloudwatch:GetMetricData', 'cloudwatch:ListMetrics'], on: ['*'],
        because: 'sees what others send over the link; CloudWatch has no resource-level permissions for reading metrics',
      },
      // the rate at which blocks go beside what others send
      markHosts(hosts, RATE_LIMIT_TAG),
      reservationItems(ledger, RESERVING, 'holds the link until the last block is over'),
    ],
    // another execution that takes the instance in between has to give it back first
    retry: ['LinkIsContended', 'InstanceIsLeased'],
  });
  poll(scope, {
    look: isReplicated, question: 'Replicated?', until: '{% $over %}', wait: 'Wait for blocks', atMost: timeout,
    then: sfn.Pass.jsonata(scope, 'Blocks replicated', { outputs: "{% $merge([$result, {'replicating': $handedTo}]) %}" }),
  }).when(sfn.Condition.jsonata('{% $ended != null %}'), sfn.Fail.jsonata(scope, 'Replication ended', { error: '{% $ended.error %}', cause: '{% $ended.message %}' }));
  // who can not look knows nothing of who serves: the replication goes on, or has ended, by itself
  isReplicated.addCatch(sfn.Fail.jsonata(scope, 'Replication out of sight', {
    error: 'ReplicationUnfinished',
    cause: "{% 'What became of ' & $handedTo & ' could not be read (' & $states.input.Error & '): look at it. It goes on, or has ended, by itself; look which instance serves' %}",
  }));
  handOver.next(isReplicated);
  const together = groupGate(scope, step, {
    ledger, reservation: '{% $held %}', takenAt: null, then: handOver, assign: { held: '{% $states.result.Payload.reservation %}' },
    names: {
      choice: 'Handed over with others?', announce: 'Announce hand-over', look: 'Is group ready for hand-over', question: 'Group ready for hand-over?',
      wait: 'Wait for group before hand-over',
    },
  });
  return sfn.Pass.jsonata(scope, 'Begin replication', { assign: { held: '{% $reservation %}', pace: null } }).next(together);
}

/** The machine's name; that of another stack is exported here already, so that cdk-nag's finding can be acknowledged by the very ARN. */
function nameIn(scope: Construct, machine: sfn.StateMachine): string {
  const other = Stack.of(machine);
  return other === Stack.of(scope) ? machine.stateMachineName : other.exportValue(machine.stateMachineName);
}
