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
import { onSource, SourcePlace } from '../private/source-place';
import { Allow, describeEc2 } from '../private/statement';
import { attachWithVolumeKeys, viaEc2 } from '../private/volume-keys';

export interface FromElsewhereProps {
  readonly step: DefineStep;
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  /** Where the source is, and the keys there. */
  readonly source: SourcePlace & { readonly keys: kms.IKeyRef[]; readonly sharingKey?: kms.IKeyRef };
  /** The keys here that copies may be encrypted with. */
  readonly volumeKeys: kms.IKeyRef[];
  readonly wait: { readonly atMost: Duration; readonly since: string };
  readonly then: sfn.IChainable;
}

const DESCRIBE: Allow = describeEc2('Snapshots');

/** The originals are looked at again until all their copies have begun. */
const BEGUN = {
  ...LOOKED, ...BEGIN_WAIT, copiesBegun: '{% $states.result.Payload.begun %}', snapshots: '{% $states.result.Payload.begun ? $states.result.Payload.snapshots : $snapshots %}',
};
const WAITING = { lease: '{% $lease %}', since: '{% $states.context.Execution.StartTime %}' };

/**
 * [ of another account: Re-encrypt snapshots (until all have begun) → Are snapshots re-encrypted (until they are) → Share snapshots → ] Copy
 * snapshots (likewise) → Are snapshots copied (until they are): `$snapshots`, which were taken where the source is, are their copies here.
 */
export function copyFromElsewhere(scope: Construct, props: FromElsewhereProps): sfn.IChainable {
  const { step, owner, source: { region, role } } = props;
  const arns = new Ec2Arns(scope);
  const copySnapshots = step('Copy snapshots', {
    input: { plan: '{% $plan %}', attempt: '{% $attempt %}', snapshots: '{% $snapshots %}', ...WAITING },
    assign: BEGUN,
    allow: [
      DESCRIBE,
      renewLease(props.ledger),
      {
        actions: ['ec2:CopySnapshot'], on: region === undefined ? [arns.namedSnapshots] : arns.snapshotsIn(region),
        because: 'EC2 fills no tag of the source of a copy: the step copies what the execution took',
      },
      { actions: ['ec2:CopySnapshot'], on: [arns.snapshots], where: taggedFor(owner), because: 'a copy has no id yet; it carries the owner tag' },
      tagOnCreate(owner, [arns.snapshots], 'CopySnapshot'),
      ...writeKeys(props.volumeKeys),
      ...readKeys(props.source),
    ],
    retry: ['InvalidSnapshot.NotFound'],
  });

  const areCopied = step('Are snapshots copied', {
    input: { attempt: '{% $attempt %}', snapshots: '{% $snapshots %}', lease: '{% $lease %}', since: '{% $since %}' },
    assign: { ...LOOKED, snapshotsCopied: '{% $states.result.Payload.copied %}' },
    allow: [DESCRIBE, renewLease(props.ledger)],
  });
  poll(scope, { look: areCopied, question: 'Snapshots copied?', until: '{% $snapshotsCopied %}', then: props.then, wait: 'Wait for copied snapshots', ...props.wait });
  // twenty copies at once into a Region; others' end, too
  poll(scope, { look: copySnapshots, question: 'All being copied?', until: '{% $copiesBegun %}', then: areCopied, wait: 'Wait for room to copy', ...props.wait });
  return role === undefined ? copySnapshots : shareFirst(scope, { ...props, then: copySnapshots });
}

/** Lets this account copy what was taken in the source's; what the default key encrypts can not be shared, and is copied there under another first. */
function shareFirst(scope: Construct, { step, ledger, source, wait, then }: FromElsewhereProps): sfn.IChainable {
  const touch = onSource(source, []);
  const share = step('Share snapshots', {
    input: { snapshots: '{% $snapshots %}' },
    assign: BEGIN_WAIT,
    allow: touch,
    retry: ['InvalidSnapshot.NotFound'],
  });
  share.next(then);
  const sharingKey = source.sharingKey?.keyRef.keyArn;
  if (sharingKey === undefined) return share; // the plan refuses what would need one

  const reEncrypt = step('Re-encrypt snapshots', {
    input: { plan: '{% $plan %}', attempt: '{% $attempt %}', snapshots: '{% $snapshots %}', sharingKey, ...WAITING },
    assign: BEGUN,
    allow: [...touch, renewLease(ledger)],
    retry: ['InvalidSnapshot.NotFound'],
  });
  const areReEncrypted = step('Are snapshots re-encrypted', {
    input: { attempt: '{% $attempt %}', snapshots: '{% $snapshots %}', plan: '{% $plan %}', lease: '{% $lease %}', since: '{% $since %}' },
    assign: { ...LOOKED, snapshotsReEncrypted: '{% $states.result.Payload.reEncrypted %}' },
    allow: [...touch, renewLease(ledger)],
  });
  poll(scope, { look: areReEncrypted, question: 'Snapshots re-encrypted?', until: '{% $snapshotsReEncrypted %}', then: share, wait: 'Wait for re-encryption', ...wait });
  poll(scope, { look: reEncrypt, question: 'All being re-encrypted?', until: '{% $copiesBegun %}', then: areReEncrypted, wait: 'Wait for room to re-encrypt', ...wait });
  return sfn.Choice.jsonata(scope, 'Re-encrypt first?')
    .when(sfn.Condition.jsonata('{% $count($plan.sharing.reEncrypt) > 0 %}'), reEncrypt)
    .otherwise(share);
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

/**
 * By which Region's EC2 KMS sees the source's key used is unverified against AWS: both are admitted. A key of another account takes more (EBS user
 * guide, "Share the KMS key used to encrypt a shared Amazon EBS snapshot"), and that its own policy admits this account.
 */
function readKeys({ keys, sharingKey, region, role }: FromElsewhereProps['source']): Allow[] {
  const on = [...keys, ...(sharingKey ? [sharingKey] : [])].map(key => key.keyRef.keyArn);
  if (on.length === 0) return [];
  const services = [`ec2.${Aws.REGION}.${Aws.URL_SUFFIX}`, ...(region === undefined ? [] : [`ec2.${region}.${Aws.URL_SUFFIX}`])];
  return [
    {
      actions: ['kms:Decrypt', 'kms:ReEncryptFrom', ...(role === undefined ? [] : ['kms:DescribeKey'])],
      on,
      where: { StringEquals: { 'kms:ViaService': services } },
      because: "EBS re-encrypts the copy in the name of who asks for it: a key's snapshots can be read nowhere else",
    },
    ...(role === undefined ? [] : [{
      actions: ['kms:CreateGrant'],
      on,
      where: { StringEquals: { 'kms:ViaService': services }, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      because: 'EBS reads a shared snapshot by a grant on the key of the account that shares it',
    }]),
  ];
}
