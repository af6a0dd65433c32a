import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { lambdaSteps } from '../private/lambda-step';
import { leaseSteps } from '../private/lease';
import { CLONE_TAG, CREATED_BY_TAG, EXPIRES_TAG, finishedBy, takenBy } from '../private/ownership';
import { Schedules } from '../private/schedules';
import { describeEc2 } from '../private/statement';
import { releaseReservations, ReservationsProps } from './reservations';
import { ShareAlarms } from './share-alarms';

export interface LifetimeWorkflowProps {
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  readonly schedules: Schedules;
  readonly encryptionKey?: kms.IKeyRef;
}

export interface ExpireWorkflowProps extends LifetimeWorkflowProps, Pick<ReservationsProps, 'source' | 'reserve'> {
  readonly alarms: ShareAlarms;
}

/** What a step is told of schedules, besides the machine that they start. */
export const expiryOf = (schedules: Schedules, stateMachineArn: string): Record<string, string> =>
  ({ group: schedules.groupName, stateMachineArn, roleArn: schedules.role.roleArn });

/** Somebody clones the clone: it is removed when that is over. */
const BETWEEN_TRIES = Duration.minutes(15);

/** Acquire lease (when it is free) → [ Check expiry → Remove clone (until nothing is left) → Release reservations ] → Release lease. */
export function expireWorkflow(scope: Construct, { owner, ledger, schedules, alarms, source, reserve, encryptionKey }: ExpireWorkflowProps): sfn.IChainable {
  const arns = new Ec2Arns(scope);
  const step = lambdaSteps(scope, { folder: 'lifetime', owner, encryptionKey });
  const lease = leaseSteps(scope, { owner, ledger, encryptionKey, instanceId: '{% $instanceId %}' });
  const because = 'removes what this construct made and finished, and what says itself that its time has come';

  const checkExpiry = step('Check expiry', {
    input: { instanceId: '{% $instanceId %}', createdBy: '{% $createdBy %}', expiry: expiryOf(schedules, '{% $states.context.StateMachine.Id %}') },
    assign: { expired: '{% $states.result.Payload.expired %}', reservedBy: '{% $states.result.Payload.reservedBy %}', polls: 0, removed: [] },
    allow: [
      describeEc2('Instances'),
      ...schedules.manage('a clone that was extended while its schedule was not gets it again', 'CreateSchedule', 'UpdateSchedule'),
    ],
    retry: ['InternalServerException'],
  });

  const removeClone = step('Remove clone', {
    input: {
      instanceId: '{% $instanceId %}', createdBy: '{% $createdBy %}', scheduleGroup: schedules.groupName, alarmPrefix: alarms.prefix,
      polls: '{% $polls %}', removed: '{% $removed %}',
    },
    assign: {
      polls: '{% $polls + 1 %}', removed: '{% $states.result.Payload.removed %}', leftOver: '{% $states.result.Payload.leftOver %}',
      gone: '{% $states.result.Payload.done %}', waitSeconds: '{% $states.result.Payload.waitSeconds %}',
    },
    allow: [
      describeEc2('Instances', 'Snapshots', 'Volumes', 'NetworkInterfaces'),
      { actions: ['ec2:ModifyInstanceAttribute', 'ec2:TerminateInstances'], on: [arns.instances], where: finishedBy(owner, EXPIRES_TAG), because },
      { actions: ['ec2:DeleteVolume'], on: [arns.volumes], where: finishedBy(owner, CLONE_TAG), because },
      { actions: ['ec2:DeleteNetworkInterface'], on: [arns.networkInterfaces], where: finishedBy(owner, CLONE_TAG), because },
      {
        actions: ['ec2:DeleteSnapshot'], on: [arns.snapshots], because: 'the last clone of an execution takes the snapshots along that were kept',
        where: { ...takenBy(owner), Null: { ...takenBy(owner)!.Null, [`aws:ResourceTag/${CREATED_BY_TAG}`]: 'false' } },
      },
      ...schedules.manage('the schedule goes with its clone', 'DeleteSchedule'),
      alarms.find('what watched its shares'), alarms.manage('goes with it', 'DeleteAlarms'),
    ],
    retry: ['InternalServerException'],
  });

  const wait = sfn.Wait.jsonata(scope, 'Wait for termination', { time: sfn.WaitTime.seconds('{% $waitSeconds %}') });
  const removed = sfn.Pass.jsonata(scope, 'Report removal', { outputs: { instanceId: '{% $instanceId %}', expired: true, removed: '{% $removed %}' } });
  const left = sfn.Fail.jsonata(scope, 'Clone left', {
    error: 'CloneNotRemoved',
    cause: "{% 'These resources of ' & $instanceId & ' could not be removed; remove them by hand: ' & $substring($string($leftOver), 0, 20000) %}",
  });
  const told = sfn.Choice.jsonata(scope, 'Anything left?')
    .when(sfn.Condition.jsonata('{% $count($leftOver) = 0 %}'), removed)
    .otherwise(left);
  const release = releaseReservations(scope, {
    owner, encryptionKey, source, reserve, when: '{% $reservedBy != null %}', sourceInstanceId: '{% $reservedBy %}',
    report: more => ({ leftOver: `{% $append($leftOver, ${more}) %}` }), then: told,
  });
  removeClone.next(sfn.Choice.jsonata(scope, 'Removed?')
    .when(sfn.Condition.jsonata('{% $gone %}'), release)
    .otherwise(wait.next(removeClone)));
  const spared = sfn.Pass.jsonata(scope, 'Report life', {
    outputs: { instanceId: '{% $instanceId %}', expired: false, expiresAt: '{% $states.input.expiresAt %}', removed: [] },
  });
  checkExpiry.next(sfn.Choice.jsonata(scope, 'Expired?')
    .when(sfn.Condition.jsonata('{% $expired %}'), removeClone)
    .otherwise(spared));

  const body = leased(scope, { lease, body: checkExpiry, name: 'Expire clone' });
  const waitForLease = sfn.Wait.jsonata(scope, 'Wait for lease', { time: sfn.WaitTime.duration(BETWEEN_TRIES) });
  lease.acquire.addCatch(waitForLease.next(lease.acquire), { errors: ['InstanceIsLeased'] });
  return sfn.Pass.jsonata(scope, 'Begin', {
    assign: { instanceId: '{% $states.input.instanceId %}', createdBy: '{% $states.input.createdBy %}' },
  }).next(lease.acquire).next(body);
}

export interface LeasedProps {
  readonly lease: ReturnType<typeof leaseSteps>;
  readonly body: sfn.IChainable;
  readonly name: string;
}

/** Work under the lease, which is given back whatever comes of it; then the work's output, or its error. */
export function leased(scope: Construct, { lease, body, name }: LeasedProps): sfn.Parallel {
  const failed = sfn.Fail.jsonata(scope, `${name}: failed`, { error: '{% $outcome.error %}', cause: '{% $outcome.cause %}' });
  const succeeded = sfn.Succeed.jsonata(scope, `${name}: done`, { outputs: '{% $outcome.output %}' });
  const finish = sfn.Choice.jsonata(scope, `${name}: succeeded?`)
    .when(sfn.Condition.jsonata('{% $outcome.succeeded %}'), succeeded)
    .otherwise(failed);
  lease.release.next(finish);
  // a lease that could not be given back expires by itself
  lease.release.addCatch(finish);
  const work = sfn.Parallel.jsonata(scope, name, { assign: { outcome: { succeeded: true, output: '{% $states.result[0] %}' } }, outputs: {} }).branch(body);
  work.addCatch(lease.release, {
    assign: { outcome: { succeeded: false, error: '{% $states.errorOutput.Error %}', cause: "{% $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : '' %}" } },
    outputs: {},
  });
  work.next(lease.release);
  return work;
}
