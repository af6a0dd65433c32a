import { Aws, PhysicalName, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { CloneSource } from './clone-source';
import { acknowledgeWildcards } from './private/acknowledge';
import { Ec2Arns } from './private/ec2-arns';
import { isKnown } from './private/known';
import { DEVICE_TAG, onlyTags, taggedFor, tagOnCreate, takenBy } from './private/ownership';
import { externalIdOf } from './private/source-place';
import { Allow, DESCRIBE_MANAGED, describeEc2, statement } from './private/statement';
import { attachWithVolumeKeys, viaEc2 } from './private/volume-keys';

/**
 * Properties for `CloneSourceAccess`.
 */
export interface CloneSourceAccessProps {
  /**
   * Which instances of this account and Region may be cloned.
   */
  readonly source: CloneSource;

  /**
   * The account that clones.
   */
  readonly account: string;

  /**
   * The construct there that clones: the property `owner` of its `InstanceClone`, such as `Clones:Clones/FromProduction` (the names of its stack and
   * of its path).
   */
  readonly owner: string;

  /**
   * Who of that account may take on the role: ARNs of roles, in which `*` stands for anything, such as `arn:*:iam::111122223333:role/Clones-*`.
   *
   * @default - every role of that account that the account itself lets do so, and that knows the owner
   */
  readonly principals?: string[];

  /**
   * The name of the role.
   *
   * @default - chosen by CloudFormation, or by the CDK where another stack of the app refers to the role
   */
  readonly roleName?: string;

  /**
   * The customer managed keys that encrypt the volumes of sources. The policies of keys of this app are extended to admit the account;
   * those of imported keys have to do so already.
   *
   * @default - none
   */
  readonly volumeKeys?: kms.IKey[];

  /**
   * The customer managed key under which snapshots are copied before they are shared, where the default key `aws/ebs` encrypts them, for such
   * snapshots can not be shared. Its policy is treated like those of `volumeKeys`.
   *
   * @default - none: volumes under the default key can not be cloned into the other account
   */
  readonly sharingKey?: kms.IKey;
}

/**
 * Lets an `InstanceClone` in another account clone instances of this one: a role that may read what is clonable, take snapshots of it, share these
 * with that account alone, and delete them.
 *
 * Deploy it in the account and Region of the instances, and give its role to `CloneSource.inAccount` in the other account.
 */
export class CloneSourceAccess extends Construct {
  /**
   * The role that the steps of the other account's `InstanceClone` take on.
   */
  public readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: CloneSourceAccessProps) {
    super(scope, id);
    validate(props, Stack.of(this).account);
    const allowed = rights(new Ec2Arns(this), props);
    const ofTheAccount = new iam.AccountPrincipal(props.account);
    this.role = new iam.Role(this, 'Role', {
      roleName: props.roleName ?? PhysicalName.GENERATE_IF_NEEDED,
      description: `Clones instances of this account into ${props.account}: ${props.owner}`.replace(/[^\t\n\r\u0020-\u007e\u00a1-\u00ff]/g, '-').slice(0, 1000),
      assumedBy: ofTheAccount.withConditions({ StringEquals: { 'sts:ExternalId': externalIdOf(props.owner) }, ...limited(props) }),
      inlinePolicies: { Source: new iam.PolicyDocument({ statements: allowed.map(statement) }) },
    });
    acknowledgeWildcards(this.role, allowed);
    for (const key of [...props.volumeKeys ?? [], ...(props.sharingKey ? [props.sharingKey] : [])]) {
      for (const admitted of admissions(ofTheAccount, props)) key.addToResourcePolicy(admitted);
    }
  }
}

function validate({ source, account, principals }: CloneSourceAccessProps, own: string): void {
  if (source._region !== undefined || source._account !== undefined) {
    throw new Error('source must be in the account and Region of the stack: leave inRegion and inAccount to the account that clones');
  }
  if (isKnown(account) && !/^\d{12}$/.test(account)) throw new Error(`account must have 12 digits, got '${account}'`);
  if (account === own) throw new Error(`account must be another one, but ${account} is the stack's own: InstanceClone needs no help there`);
  if (principals?.length === 0) throw new Error('principals must name at least one role, got an empty list; leave it out to admit every role that knows the owner');
}

/** The condition that the caller is one of the principals. */
function limited({ principals }: CloneSourceAccessProps): Record<string, Record<string, string[]>> {
  return principals === undefined ? {} : { ArnLike: { 'aws:PrincipalArn': principals } };
}

/** What is done to sources, in the order of a clone. */
function rights(arns: Ec2Arns, { source, account, owner, sharingKey }: CloneSourceAccessProps): Allow[] {
  const instances = [source._instanceId ? arns.instance(source._instanceId) : arns.instances];
  const where = source._tag && { StringEquals: { [`aws:ResourceTag/${source._tag.key}`]: source._tag.value } };
  const ours = (condition: string): Allow['where'] => ({ ...takenBy(owner), StringEquals: { ...takenBy(owner)?.StringEquals, [condition]: account } });
  return [
    describeEc2('Instances', 'InstanceCreditSpecifications', 'Volumes', 'NetworkInterfaces', 'Images', 'Snapshots'),
    DESCRIBE_MANAGED,
    {
      actions: ['ec2:DescribeInstanceAttribute', 'ec2:GetInstanceUefiData'], on: instances, where,
      because: 'reads protections, shutdown behaviour, user data and UEFI variables of what may be cloned',
    },
    { actions: ['ec2:CreateSnapshots'], on: instances, where, because: 'snapshots only what may be cloned' },
    { actions: ['ec2:CreateSnapshots'], on: [arns.volumes], because: 'volumes need not carry the tag of their instance' },
    { actions: ['ec2:CreateSnapshots'], on: [arns.snapshots], where: taggedFor(owner), because: 'new snapshots have no id yet; they carry the owner tag' },
    tagOnCreate(owner, [arns.snapshots], 'CreateSnapshots', ...(sharingKey ? ['CopySnapshot'] : [])),
    { actions: ['ec2:CreateTags'], on: [arns.snapshots], where: onlyTags(takenBy(owner), DEVICE_TAG), because: 'each snapshot gets its device as a tag; CreateSnapshots gives all the same' },
    ...(sharingKey ? [
      { actions: ['ec2:CopySnapshot'], on: [arns.namedSnapshots], because: 'EC2 fills no tag of the source of a copy: the step copies what the execution took' },
      { actions: ['ec2:CopySnapshot'], on: [arns.snapshots], where: taggedFor(owner), because: 'a copy has no id yet; it carries the owner tag' },
      ...attachWithVolumeKeys([sharingKey]),
      { actions: ['kms:DescribeKey', 'kms:ReEncryptTo'], on: [sharingKey.keyArn], where: { StringEquals: viaEc2() }, because: 'EBS re-encrypts what the default key keeps from being shared' },
    ] : []),
    { actions: ['ec2:ModifySnapshotAttribute'], on: [arns.snapshots], where: ours('ec2:Add/userId'), because: 'shares with the one account, and only what was taken for it' },
    { actions: ['ec2:ModifySnapshotAttribute'], on: [arns.snapshots], where: ours('ec2:Remove/userId'), because: 'takes the share back' },
    { actions: ['ec2:DeleteSnapshot'], on: [arns.snapshots], where: takenBy(owner), because: 'and deletes what was copied' },
  ];
}

/**
 * What the other account does with a key of this one. Amazon EBS User Guide, "Share the KMS key used to encrypt a shared Amazon EBS snapshot", without
 * the data keys for volumes: snapshots are copied under a key of that account before anything is made of them.
 */
function admissions(principal: iam.AccountPrincipal, props: CloneSourceAccessProps): iam.PolicyStatement[] {
  const common = { principals: [principal], resources: ['*'] };
  const throughEc2 = { StringLike: { 'kms:ViaService': `ec2.*.${Aws.URL_SUFFIX}` }, ...limited(props) };
  return [
    new iam.PolicyStatement({ ...common, actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:ReEncryptFrom'], conditions: throughEc2 }),
    new iam.PolicyStatement({ ...common, actions: ['kms:CreateGrant'], conditions: { ...throughEc2, Bool: { 'kms:GrantIsForAWSResource': 'true' } } }),
  ];
}
