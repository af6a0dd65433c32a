import * as kms from 'aws-cdk-lib/aws-kms';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { lambdaSteps } from '../private/lambda-step';
import { madeBy } from '../private/ownership';
import { describeEc2 } from '../private/statement';

export interface VerifyClonesProps {
  readonly owner: string;
  readonly encryptionKey?: kms.IKeyRef;
  /** The ARN of the execution that everything belongs to, as a JSONata expression. */
  readonly execution?: string;
  /** The scope of another machine of the construct, whose handlers serve here where steps are the same. */
  readonly sharedHandlers?: Construct;
}

/** Reads `$plan`, `$instanceIds`, `$snapshots` and `$failures`, sets `$clones` and `$failures`. */
export function verifyClones(scope: Construct, props: VerifyClonesProps): tasks.LambdaInvoke {
  return lambdaSteps(scope, { folder: 'clone', ...props })('Verify clones', {
    input: {
      plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', snapshots: '{% $snapshots %}', failures: '{% $failures %}',
      since: '{% $states.context.State.EnteredTime %}',
    },
    assign: { clones: '{% $states.result.Payload.clones %}', failures: '{% $states.result.Payload.failures %}' },
    allow: [
      describeEc2('Instances', 'InstanceCreditSpecifications', 'Volumes'),
      { actions: ['ec2:DescribeInstanceAttribute'], on: [new Ec2Arns(scope).instances], where: madeBy(props.owner), because: 'reads the shutdown behaviour of clones; of other instances it might tell user data' },
    ],
    // tags and source/destination checks that were set a moment ago may show late, and a difference undoes the clones
    retry: ['CloneDiffersFromPlan'],
  });
}
