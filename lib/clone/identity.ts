import { Aws, Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../private/acknowledge';
import { Ec2Arns } from '../private/ec2-arns';
import { DefineStep } from '../private/lambda-step';
import { IsolatedProfile } from '../private/launch-like';
import { renewLease } from '../private/lease';
import { madeBy, taggedFor, tagOnCreate, unfinished } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { ShellDocument } from '../private/shell-document';
import { isElsewhere, SourcePlace } from '../private/source-place';
import { Allow, COMMAND_OUTPUT, DESCRIBE_MANAGED, describeEc2, statement } from '../private/statement';
import { readIdentityDocument, resetIdentityDocument } from './identity-documents';
import { warmUp, WarmUpDocuments } from './warm-up';

/** What an agent needs to take commands, and nothing else: no parameters, no associations, no inventory, no sessions. */
const AGENT: Allow = {
  actions: [
    'ssm:UpdateInstanceInformation', 'ssmmessages:CreateControlChannel', 'ssmmessages:OpenControlChannel',
    // agents before 3.3.40.0
    ...['AcknowledgeMessage', 'DeleteMessage', 'FailMessage', 'GetEndpoint', 'GetMessages', 'SendReply'].map(name => `ec2messages:${name}`),
  ],
  on: ['*'],
  because: 'the channels of an agent have no resource-level permissions, and the instance has no id yet',
};

/** The profile of clones in isolation. */
export function isolatedProfile(scope: Construct): IsolatedProfile {
  const role = new iam.Role(scope, 'IsolatedRole', {
    assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
    description: 'Clones whose identity is not verified yet: takes commands of Systems Manager, nothing else',
  });
  acknowledgeWildcards(role, [AGENT]);
  role.addToPolicy(statement(AGENT));
  const profile = new iam.InstanceProfile(scope, 'IsolatedProfile', { role });
  return { profileArn: profile.instanceProfileArn, role };
}

/** The right to make a security group that carries the owner's tag. */
export function makeGroup(arns: Ec2Arns, owner: string): Allow[] {
  return [
    { actions: ['ec2:CreateSecurityGroup'], on: [arns.securityGroups], where: taggedFor(owner), because: 'a new group has no id yet; it carries the owner tag' },
    { actions: ['ec2:CreateSecurityGroup'], on: [arns.vpcs], because: 'a clone is isolated in the VPC of its subnet, whichever that is' },
    tagOnCreate(owner, [arns.securityGroups], 'CreateSecurityGroup'),
  ];
}

/** The documents of reading and resetting; the machines of one construct share them. */
export interface IdentityDocuments {
  readonly read: ShellDocument;
  readonly reset: ShellDocument;
}

export function identityDocuments(scope: Construct): IdentityDocuments {
  return { read: readIdentityDocument(scope), reset: resetIdentityDocument(scope) };
}

export interface IdentityProps {
  readonly step: DefineStep;
  readonly identityDocuments: IdentityDocuments;
  readonly warmUpDocuments: WarmUpDocuments;
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  /** The instances that may be asked who they are. */
  readonly source: { readonly arns: string[]; readonly where?: Allow['where']; } & SourcePlace;
  /** The roles that clones may be given when they are let out of isolation. */
  readonly passableRoles: iam.IRoleRef[];
  /** How long after the begin of the execution volumes are waited for. */
  readonly warmUpWithin: Duration;
  /** When that was, as a JSONata expression. @default - the begin of the machine's own execution */
  readonly begin?: string;
  /** What comes before clones are let out of isolation, once it is verified who they are. @default - nothing */
  readonly beforeAdmission?: (then: sfn.IChainable) => sfn.IChainable;
  /** Reads `$plan`, `$instanceIds`, `$failures` (null: none may fail), `$found` and `$lease`; clones that fail go from one list to the other. */
  readonly then: sfn.IChainable;
}


/** Isolate clones? → Make isolation group: sets `$isolationGroupId`, which is null without isolation. */
export function isolateFirst(scope: Construct, { step, owner, then }: IdentityProps): sfn.IChainable {
  const arns = new Ec2Arns(scope);
  const makeIsolationGroup = step('Make isolation group', {
    input: { plan: '{% $plan %}' },
    assign: { isolationGroupId: '{% $states.result.Payload.groupId %}' },
    allow: [
      describeEc2('SecurityGroups'),
      ...makeGroup(arns, owner),
      {
        actions: ['ec2:AuthorizeSecurityGroupEgress', 'ec2:RevokeSecurityGroupEgress'], on: [arns.securityGroups], where: madeBy(owner),
        because: 'a new group lets everything out; this one lets out what Systems Manager needs',
      },
    ],
    // a new group may not be seen for a moment, nor may its new rules; and a rule that is gone may still be
    retry: ['InvalidGroup.NotFound', 'InvalidGroup.Duplicate', 'InvalidPermission.Duplicate', 'InvalidPermission.NotFound', 'IsolationGroupUnsettled'],
  });
  return sfn.Choice.jsonata(scope, 'Isolate clones?')
    .when(sfn.Condition.jsonata('{% $plan.isolation != null %}'), makeIsolationGroup.next(then))
    .otherwise(then);
}

/**
 * Are clones managed (until they are) → Reset identity → Are identities reset → Read identity → Are identities known →
 * Verify identity → warm up → Admit clones → Are clones admitted → Restart clones: what the plan does not ask for is left out.
 */
export function checkIdentity(scope: Construct, props: IdentityProps): sfn.IChainable {
  const { step, owner, ledger, source, then } = props;
  const arns = new Ec2Arns(scope);
  const { read, reset } = props.identityDocuments;
  const lookAt = { failures: '{% $failures %}', lease: '{% $lease %}', since: '{% $since %}' };
  const sorted = { instanceIds: '{% $states.result.Payload.instanceIds %}', failures: '{% $states.result.Payload.failures %}' };
  const onClones: Allow = { actions: ['ssm:SendCommand'], on: [arns.instances], where: madeBy(owner), because: 'and on clones of this construct' };
  const run = (document: ShellDocument): Allow => ({ actions: ['ssm:SendCommand'], on: [document.documentArn], because: 'runs this one document' });

  const areManaged = step('Are clones managed', {
    input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', ...lookAt },
    assign: { ...LOOKED, ...sorted, clonesManaged: '{% $states.result.Payload.managed %}' },
    allow: [
      DESCRIBE_MANAGED,
      renewLease(ledger),
    ],
  });

  const resetIdentity = step('Reset identity', {
    input: { instanceIds: '{% $instanceIds %}', documentName: reset.documentName },
    assign: { identityCommands: '{% $states.result.Payload.commands %}', ...BEGIN_WAIT },
    // never on the source: this step has no right to send it anything
    allow: [run(reset), onClones],
    retry: ['InvalidInstanceId'],
  });

  const areReset = step('Are identities reset', {
    input: { instanceIds: '{% $instanceIds %}', commands: '{% $identityCommands %}', ...lookAt },
    assign: { ...LOOKED, ...sorted, identitiesReset: '{% $states.result.Payload.reset %}', found: '{% $states.result.Payload.found %}' },
    allow: [COMMAND_OUTPUT, renewLease(ledger)],
  });

  const readIdentity = step('Read identity', {
    input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', documentName: read.documentName },
    assign: { identityCommands: "{% {'clones': $states.result.Payload.clones, 'source': $states.result.Payload.source} %}", ...BEGIN_WAIT },
    allow: [
      run(read), onClones,
      // the document is in this Region alone
      ...(!isElsewhere(source)
        ? [{ actions: ['ssm:SendCommand'], on: source.arns, where: source.where, because: 'and on what may be cloned: the document only reads' }] : []),
    ],
    retry: ['InvalidInstanceId'],
  });

  const areKnown = step('Are identities known', {
    input: { instanceIds: '{% $instanceIds %}', commands: '{% $identityCommands %}', ...lookAt },
    assign: { ...LOOKED, ...sorted, identitiesKnown: '{% $states.result.Payload.known %}' },
    allow: [COMMAND_OUTPUT, renewLease(ledger)],
  });

  const verifyIdentity = step('Verify identity', {
    input: {
      plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', failures: '{% $failures %}', found: '{% $found %}',
      source: '{% $states.input.source %}', clones: '{% $states.input.clones %}',
    },
    assign: { ...sorted, identity: '{% $states.result.Payload.identity %}' },
    allow: [],
  });

  const roles = props.passableRoles.map(role => role.roleRef.roleArn);
  const admitClones = step('Admit clones', {
    input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}' },
    assign: BEGIN_WAIT,
    allow: [
      describeEc2('Instances', 'IamInstanceProfileAssociations'),
      { actions: ['ec2:ModifyNetworkInterfaceAttribute'], on: [arns.networkInterfaces], where: unfinished(madeBy(owner)), because: 'gives the interfaces of clones their real groups' },
      { actions: ['ec2:ModifyNetworkInterfaceAttribute'], on: [arns.securityGroups], because: 'these are the groups of the source, or those that the request names' },
      {
        actions: ['ec2:ReplaceIamInstanceProfileAssociation', 'ec2:DisassociateIamInstanceProfile'], on: [arns.instances], where: unfinished(madeBy(owner)),
        because: 'gives clones their real profile, or none',
      },
      ...(roles.length === 0 ? [] : [{
        actions: ['iam:PassRole'],
        on: roles,
        where: { StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com', `ec2.${Aws.URL_SUFFIX}`] } },
        because: 'the real profile carries the role of the source',
      }]),
    ],
    // a profile that is just being changed is asked for again
    retry: ['IncorrectState', 'InvalidAssociationID.NotFound', 'InvalidInstanceID.NotFound', 'InvalidNetworkInterfaceID.NotFound'],
  });

  const areAdmitted = step('Are clones admitted', {
    input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', ...lookAt },
    assign: { ...LOOKED, ...sorted, clonesAdmitted: '{% $states.result.Payload.admitted %}' },
    allow: [describeEc2('Instances', 'IamInstanceProfileAssociations'), renewLease(ledger)],
  });

  const restartClones = step('Restart clones', {
    input: { instanceIds: '{% $instanceIds %}' },
    allow: [{ actions: ['ec2:RebootInstances'], on: [arns.instances], where: unfinished(madeBy(owner)), because: 'what gave up in isolation starts again' }],
  });

  // -- order, from the end to the beginning

  const atMost = Duration.hours(1);
  poll(scope, { look: areAdmitted, question: 'Clones admitted?', until: '{% $clonesAdmitted %}', then: restartClones.next(then), wait: 'Wait for admission', atMost });
  const isolated = sfn.Choice.jsonata(scope, 'Are they isolated?')
    .when(sfn.Condition.jsonata('{% $plan.isolation != null %}'), admitClones.next(areAdmitted))
    .otherwise(then);
  // in isolation as well: whoever is let out is ready
  const verified = warmUp(scope, { step, owner, ledger, documents: props.warmUpDocuments, atMost: props.warmUpWithin, begin: props.begin, then: isolated });
  verifyIdentity.next(props.beforeAdmission?.(verified) ?? verified);
  poll(scope, { look: areKnown, question: 'Identities known?', until: '{% $identitiesKnown %}', then: verifyIdentity, wait: 'Wait for identities', atMost });
  readIdentity.next(areKnown);
  poll(scope, { look: areReset, question: 'Identities reset?', until: '{% $identitiesReset %}', then: readIdentity, wait: 'Wait for reset', atMost });
  const managed = sfn.Choice.jsonata(scope, 'Reset them?')
    .when(sfn.Condition.jsonata("{% $plan.identity.mode = 'reset' %}"), resetIdentity.next(areReset))
    .otherwise(readIdentity);
  poll(scope, { look: areManaged, question: 'Clones managed?', until: '{% $clonesManaged %}', then: managed, wait: 'Wait for agents', atMost });
  return sfn.Choice.jsonata(scope, 'Check identity?')
    .when(sfn.Condition.jsonata('{% $plan.identity != null %}'), areManaged, { assign: BEGIN_WAIT })
    .otherwise(verified);
}
