import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { taggedFor, tagOnCreate } from '../private/ownership';
import { isElsewhere, onSource, SourcePlace } from '../private/source-place';
import { Allow } from '../private/statement';

/** The instances that may be cloned, and where they are. */
export interface CloneSourceProps extends SourcePlace {
  readonly arns: string[];
  readonly where?: Allow['where'];
  /** The keys there that encrypt their volumes. */
  readonly keys: kms.IKeyRef[];
  /** The key there under which another account's snapshots are copied that can not be shared. */
  readonly sharingKey?: kms.IKeyRef;
}

/** Why a step may ask what became of its command. */

/** An image needs the UEFI variables of its source to boot. */
export function readUefiData({ arns, where }: CloneSourceProps): Allow {
  return { actions: ['ec2:GetInstanceUefiData'], on: arns, where, because: 'an image needs the UEFI variables of its source to boot' };
}

/** To run one document on what may be cloned. */
export function sendToSource(source: CloneSourceProps, documentArn: string): Allow[] {
  return [
    { actions: ['ssm:SendCommand'], on: [documentArn], because: 'runs this one document' },
    ...(isElsewhere(source) ? [] : [{ actions: ['ssm:SendCommand'], on: source.arns, where: source.where, because: 'and only on what may be cloned' }]),
  ];
}

/** To take snapshots of what may be cloned, where that is; with what else the step does there. */
export function createSnapshots(scope: Construct, owner: string, source: CloneSourceProps, ...more: Allow[]): Allow[] {
  const arns = new Ec2Arns(scope);
  // what is made of the source is made where it is
  const there = new Ec2Arns(scope, source.region);
  return onSource(source, [
    { actions: ['ec2:CreateSnapshots'], on: source.arns, where: source.where, because: 'snapshots only what may be cloned' },
    { actions: ['ec2:CreateSnapshots'], on: [there.volumes], because: 'volumes need not carry the tag of their instance' },
    { actions: ['ec2:CreateSnapshots'], on: [there.snapshots], where: taggedFor(owner), because: 'new snapshots have no id yet; they carry the owner tag' },
    ...(isElsewhere(source) ? [tagOnCreate(owner, [there.snapshots], 'CreateSnapshots')] : [
      { actions: ['ec2:CreateImage'], on: source.arns, where: source.where, because: 'billing codes survive only in an image made from the instance' },
      { actions: ['ec2:CreateImage'], on: [arns.images, arns.snapshots], where: taggedFor(owner), because: 'a new image has no id yet; it carries the owner tag' },
      tagOnCreate(owner, [arns.snapshots, arns.images], 'CreateSnapshots', 'CreateImage'),
    ]),
    ...more,
  ]);
}
