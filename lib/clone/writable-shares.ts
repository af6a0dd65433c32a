import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { lambdaSteps } from '../private/lambda-step';
import { renewLease } from '../private/lease';
import { madeBy } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { ShellDocument } from '../private/shell-document';
import { Allow, COMMAND_OUTPUT } from '../private/statement';
import { holdClusterDocument, inspectSharesDocument } from '../private/volume-documents';

export interface WritableSharesProps {
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  readonly encryptionKey?: kms.IKeyRef;
  /** The instances that may be asked what is on their volumes. */
  readonly source: { readonly arns: string[]; readonly where?: Allow['where'] };
  /** Makes a clone a member of the cluster, and mounts its filesystem. */
  readonly joinCluster: ShellDocument;
}

/** An agent answers in seconds, and in minutes when its instance has just booted; a cluster lets a node in within some more. */
const LONGEST_WAIT = Duration.minutes(20);


/** Whether clones write to a volume of their source. */
const WRITING = '{% $count($plan.shared[cluster != null]) > 0 %}';

/**
 * What turns clones into members of their source's cluster, in three parts of the machine: before anything is made the source tells what
 * filesystem it is; in isolation the clones' units are held; and when everything else is done the clones join. Whatever fails,
 * the clones go; one that had joined is shut down in order, as EC2 does it with what it terminates, and leaves the cluster.
 */
export class WritableShares {
  private readonly step;
  private readonly arns: Ec2Arns;

  constructor(private readonly scope: Construct, private readonly props: WritableSharesProps) {
    const { owner, encryptionKey } = props;
    this.arns = new Ec2Arns(scope);
    this.step = lambdaSteps(scope, { folder: 'shared-volumes', owner, encryptionKey });
  }

  /** Inspect shares → Are shares inspected, where clones are to write: `$plan` then has the filesystem. */
  inspected(then: sfn.IChainable): sfn.IChainable {
    const { scope, step, props: { source, ledger } } = this;
    const inspect = inspectSharesDocument(scope);
    const ask = step('Inspect shares', {
      input: { plan: '{% $plan %}', documentName: inspect.documentName },
      assign: { commands: '{% $states.result.Payload.commands %}', ...BEGIN_WAIT },
      allow: [
        { actions: ['ssm:SendCommand'], on: [inspect.documentArn], because: 'runs this one document' },
        { actions: ['ssm:SendCommand'], on: source.arns, where: source.where, because: 'and only on what may be cloned: the document only reads' },
      ],
      retry: ['InvalidInstanceId'],
    });
    const areInspected = step('Are shares inspected', {
      input: { plan: '{% $plan %}', commands: '{% $commands %}', lease: '{% $lease %}' },
      assign: { ...LOOKED, plan: '{% $states.result.Payload.plan %}', sharesInspected: '{% $states.result.Payload.inspected %}' },
      allow: [COMMAND_OUTPUT, renewLease(ledger)],
    });
    ask.next(areInspected);
    poll(scope, { look: areInspected, question: 'Shares inspected?', until: '{% $sharesInspected %}', then, wait: 'Wait for the source', atMost: LONGEST_WAIT });
    return this.ifWriting('Will clones write?', ask, then);
  }

  /** Hold cluster services → Are cluster services held: what would join as the source is stopped, and does not start again. */
  held(then: sfn.IChainable): sfn.IChainable {
    const { scope, step, props: { ledger } } = this;
    const hold = holdClusterDocument(scope);
    const holdServices = step('Hold cluster services', {
      input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', documentName: hold.documentName },
      assign: { commands: '{% $states.result.Payload.commands %}', ...BEGIN_WAIT },
      allow: this.tell(hold),
      retry: ['InvalidInstanceId'],
    });
    const areHeld = step('Are cluster services held', {
      input: { commands: '{% $commands %}', lease: '{% $lease %}' },
      assign: { ...LOOKED, servicesHeld: '{% $states.result.Payload.held %}' },
      allow: [COMMAND_OUTPUT, renewLease(ledger)],
    });
    holdServices.next(areHeld);
    poll(scope, { look: areHeld, question: 'Cluster services held?', until: '{% $servicesHeld %}', then, wait: 'Wait for hold', atMost: LONGEST_WAIT });
    return this.ifWriting('Hold clones back?', holdServices, then);
  }

  /** Join clusters → Have clones joined: adds to `$shares`. */
  joined(then: sfn.IChainable): sfn.IChainable {
    const { scope, step, props: { ledger, joinCluster } } = this;
    const join = step('Join clusters', {
      input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', documentName: joinCluster.documentName },
      assign: { commands: '{% $states.result.Payload.commands %}', ...BEGIN_WAIT },
      allow: this.tell(joinCluster),
      retry: ['InvalidInstanceId'],
    });
    const haveJoined = step('Have clones joined', {
      input: { plan: '{% $plan %}', commands: '{% $commands %}', shares: '{% $shares %}', lease: '{% $lease %}' },
      assign: { ...LOOKED, shares: '{% $states.result.Payload.shares %}', clonesJoined: '{% $states.result.Payload.joined %}' },
      allow: [COMMAND_OUTPUT, renewLease(ledger)],
    });
    join.next(haveJoined);
    poll(scope, { look: haveJoined, question: 'Clones joined?', until: '{% $clonesJoined %}', then, wait: 'Wait for the cluster', atMost: LONGEST_WAIT });
    return this.ifWriting('Do clones write?', join, then);
  }

  private ifWriting(question: string, first: sfn.IChainable, otherwise: sfn.IChainable): sfn.IChainable {
    return sfn.Choice.jsonata(this.scope, question).when(sfn.Condition.jsonata(WRITING), first).otherwise(otherwise);
  }

  private tell(document: ShellDocument): Allow[] {
    return [
      { actions: ['ssm:SendCommand'], on: [document.documentArn], because: 'runs this one document' },
      { actions: ['ssm:SendCommand'], on: [this.arns.instances], where: madeBy(this.props.owner), because: 'and only on clones of this construct' },
    ];
  }
}
