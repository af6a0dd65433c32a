import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { lambdaSteps } from '../private/lambda-step';
import { CLONE_TAG, EXPIRES_TAG, madeBy, onlyTags } from '../private/ownership';
import { describeEc2 } from '../private/statement';
import { expiryOf, LifetimeWorkflowProps } from './expire-workflow';

export interface ScheduleExpiryProps extends LifetimeWorkflowProps {
  /** The machine that removes a clone. */
  readonly expire: sfn.IStateMachine;
  /** The ARN of the execution that everything belongs to, as a JSONata expression. */
  readonly execution?: string;
  /** The scope of another machine of the construct, whose handlers serve here where steps are the same. */
  readonly sharedHandlers?: Construct;
  readonly then: sfn.IChainable;
}

/** Expires? → Schedule expiry, before the clones are finished. Reads `$plan` and `$clones`, sets `$expiresAt`. */
export function scheduleExpiry(scope: Construct, props: ScheduleExpiryProps): sfn.Choice {
  const { owner, schedules, expire, encryptionKey, execution, sharedHandlers, then } = props;
  const arns = new Ec2Arns(scope);
  const step = lambdaSteps(scope, { folder: 'lifetime', owner, encryptionKey, execution, sharedHandlers });
  const schedule = step('Schedule expiry', {
    input: {
      clones: '{% $clones %}', expireAfter: '{% $plan.expireAfter %}', from: '{% $states.context.State.EnteredTime %}',
      expiry: expiryOf(schedules, expire.stateMachineArn),
    },
    assign: { expiresAt: '{% $states.result.Payload.expiresAt %}' },
    allow: [
      describeEc2('Volumes', 'NetworkInterfaces'),
      { actions: ['ec2:CreateTags'], on: [arns.instances], where: onlyTags(madeBy(owner), EXPIRES_TAG), because: 'a clone says when it is to be removed' },
      { actions: ['ec2:CreateTags'], on: [arns.volumes, arns.networkInterfaces], where: onlyTags(madeBy(owner), CLONE_TAG), because: 'what was launched with a clone says with which it goes' },
      ...schedules.manage('a clone that expires has a schedule', 'CreateSchedule'),
    ],
    retry: ['InternalServerException', 'InvalidInstanceID.NotFound', 'InvalidVolume.NotFound', 'InvalidNetworkInterfaceID.NotFound'],
  });
  return sfn.Choice.jsonata(scope, 'Expires?')
    .when(sfn.Condition.jsonata('{% $plan.expireAfter != null %}'), schedule.next(then))
    .otherwise(then);
}
