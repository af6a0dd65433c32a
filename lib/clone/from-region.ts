import { Aws, Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { DefineStep } from '../private/lambda-step';
import { renewLease } from '../private/lease';
import { taggedFor, tagOnCreate } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { Allow } from '../private/statement';
import { attachWithVolumeKeys, viaEc2 } from '../private/volume-keys';

export interface FromRegionProps {
  readonly step: DefineStep;
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  /** Where the source is. */
  readonly region: string;
  readonly source: { readonly keys: kms.IKeyRef[] };
  /** The keys here that copies may be encrypted with. */
  readonly volumeKeys: kms.IKeyRef[];
  readonly wait: { readonly atMost: Duration; readonly since: string };
  readonly then: sfn.IChainable;
}

/** Copy snapshots → Are snapshots copied (until they are): `$snapshots`, which were taken in the source's Region, are their copies in this one. */
export function copyFromRegion(scope: Construct, props: FromRegionProps): sfn.IChainable {
  const { step, owner, region } = props;
  const arns = new Ec2Arns(scope);
  const describe: Allow = { actions: ['ec2:DescribeSnapshots'], on: ['*'], because: 'EC2 describes have no resource-level permissions' };

  const copySnapshots = step('Copy snapshots', {
    input: { plan: '{% $plan %}', attempt: '{% $attempt %}', snapshots: '{% $snapshots %}' },
    assign: { snapshots: '{% $states.result.Payload.snapshots %}', ...BEGIN_WAIT },
    allow: [
      describe,
      { actions: ['ec2:CopySnapshot'], on: arns.snapshotsIn(region), because: 'EC2 fills no tag of the source of a copy: the step copies what the execution took' },
      { actions: ['ec2:CopySnapshot'], on: [arns.snapshots], where: taggedFor(owner), because: 'a copy has no id yet; it carries the owner tag' },
      tagOnCreate(owner, [arns.snapshots], 'CopySnapshot'),
      ...writeKeys(props.volumeKeys),
      ...readKeys(props.source.keys, region),
    ],
    // twenty copies at once into a Region; others' end, too
    retry: ['ResourceLimitExceeded', 'InvalidSnapshot.NotFound'],
  });

  const areCopied = step('Are snapshots copied', {
    input: { attempt: '{% $attempt %}', snapshots: '{% $snapshots %}', lease: '{% $lease %}', since: '{% $since %}' },
    assign: { ...LOOKED, snapshotsCopied: '{% $states.result.Payload.copied %}' },
    allow: [describe, renewLease(props.ledger)],
  });
  poll(scope, { look: areCopied, question: 'Snapshots copied?', until: '{% $snapshotsCopied %}', then: props.then, wait: 'Wait for copies from the Region', ...props.wait });
  return copySnapshots.next(areCopied);
}

/** Which of EBS's usual requests KMS sees for a copy is unverified against AWS: these encrypt, under a key that only its Region knows. */
function writeKeys(keys: readonly kms.IKeyRef[]): Allow[] {
  return keys.length === 0 ? [] : [...attachWithVolumeKeys(keys), {
    actions: ['kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptTo'],
    on: keys.map(key => key.keyRef.keyArn),
    where: { StringEquals: viaEc2() },
    because: 'EBS encrypts the copies in the name of who asks for them',
  }];
}

/** By which Region's EC2 KMS sees the source's key used is unverified against AWS: both are admitted. */
function readKeys(keys: readonly kms.IKeyRef[], region: string): Allow[] {
  return keys.length === 0 ? [] : [{
    actions: ['kms:Decrypt', 'kms:ReEncryptFrom'],
    on: keys.map(key => key.keyRef.keyArn),
    where: { StringEquals: { 'kms:ViaService': [`ec2.${Aws.REGION}.${Aws.URL_SUFFIX}`, `ec2.${region}.${Aws.URL_SUFFIX}`] } },
    because: "EBS re-encrypts the copy in the name of who asks for it: a key's snapshots can be read nowhere else",
  }];
}
