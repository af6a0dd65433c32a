import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { DefineStep } from '../private/lambda-step';
import { renewLease } from '../private/lease';
import { madeBy, taggedFor, tagOnCreate, takenBy } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { onSource } from '../private/source-place';
import { describeEc2 } from '../private/statement';
import { CloneSourceProps, readUefiData } from './source-rights';

export interface MakeImageProps {
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  readonly source: CloneSourceProps;
  readonly step: DefineStep;
  readonly wait: { readonly atMost: Duration; readonly since: string };
  /** What comes when instances can be launched from `$imageId`. */
  readonly then: sfn.IChainable;
  /** Where snapshots are taken anew, by the other route. */
  readonly again: sfn.IChainable;
}

/** Make image → Is image ready; an image that would bill the clone wrongly → Discard image, and once more by CreateImage. */
export function makeImage(scope: Construct, props: MakeImageProps): sfn.State {
  const { owner, ledger, source, step } = props;
  const arns = new Ec2Arns(scope);

  const make = step('Make image', {
    input: { plan: '{% $plan %}', route: '{% $route %}', attempt: '{% $attempt %}', snapshots: '{% $snapshots %}', imageId: '{% $imageId %}' },
    assign: { imageId: '{% $states.result.Payload.imageId %}', ...BEGIN_WAIT },
    allow: [
      describeEc2('Images'),
      { actions: ['ec2:RegisterImage'], on: [arns.images], where: taggedFor(owner), because: 'a new image has no id yet; it carries the owner tag' },
      { actions: ['ec2:RegisterImage'], on: [arns.snapshots], where: madeBy(owner), because: 'registers only snapshots of this construct' },
      tagOnCreate(owner, [arns.images], 'RegisterImage'),
      ...onSource(source, [readUefiData(source)]),
    ],
    retry: ['InvalidAMIName.Duplicate'],
  });

  const isReady = step('Is image ready', {
    input: { plan: '{% $plan %}', route: '{% $route %}', imageId: '{% $imageId %}', lease: '{% $lease %}', since: '{% $since %}' },
    assign: { ...LOOKED, imageState: '{% $states.result.Payload.state %}' },
    allow: [describeEc2('Images'), renewLease(ledger)],
    retry: ['InvalidAMIID.NotFound'],
  });

  const discardImage = step('Discard image', {
    input: { imageId: '{% $imageId %}', attempt: '{% $attempt %}' },
    assign: { route: '{% $states.result.Payload.route %}', attempt: '{% $attempt + 1 %}', snapshots: [], imageId: null, freezing: null },
    allow: [
      describeEc2('Snapshots'),
      { actions: ['ec2:DeregisterImage'], on: [arns.images], where: takenBy(owner), because: 'the image would bill the clone wrongly' },
      { actions: ['ec2:DeleteSnapshot'], on: [arns.snapshots], where: takenBy(owner), because: 'CreateImage takes its own snapshots' },
    ],
    retry: ['InvalidSnapshot.InUse'],
  });

  poll(scope, { look: isReady, question: 'Image ready?', until: "{% $imageState = 'available' %}", then: props.then, wait: 'Wait for image', ...props.wait })
    .when(sfn.Condition.jsonata("{% $imageState = 'wrong-platform' %}"), discardImage.next(props.again));
  make.next(isReady);
  return make;
}
