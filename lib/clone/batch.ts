import { ArnFormat, Duration, Fn, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../private/acknowledge';
import { Ec2Arns } from '../private/ec2-arns';
import { lambdaSteps } from '../private/lambda-step';
import { launchLike } from '../private/launch-like';
import { madeBy } from '../private/ownership';
import { statement } from '../private/statement';
import { useEncrypted, WorkflowMachine } from '../private/workflow-machine';
import { checkIdentity } from './identity';
import { scheduleExpiry } from './schedule-expiry';
import { verifyClones } from './verify-clones';
import { CloneWorkflowProps, WARM_UP_SHARE } from './workflow-props';

/** Batches at work at once: twenty-five times twenty instances, whose calls fit the token buckets of EC2's API with some retries. */
const BATCHES_AT_ONCE = 25;

/** Everything that a batch makes belongs to the execution that the fleet began with. */
const ROOT = '{% $root %}';

/** The machine that makes one batch of a fleet: the very steps by which a single clone is launched and verified, as an execution of its own. */
export class CloneBatch extends Construct {
  readonly machine: sfn.StateMachine;
  /** Where its handlers are. */
  readonly handlers: Construct;

  constructor(scope: Construct, id: string, props: CloneWorkflowProps) {
    super(scope, id);
    this.handlers = new Construct(this, 'Workflow');
    this.machine = new WorkflowMachine(this, 'Machine', {
      workflow: batchWorkflow(this.handlers, props),
      handlers: this.handlers,
      comment: 'Makes one batch of a fleet of clones.',
      timeout: props.timeout,
      encryptionKey: props.encryptionKey,
    }).machine;
  }
}

/**
 * What a distributed Map needs of its machine's role, and no more (Step Functions Developer Guide, "IAM policies for using Distributed Map
 * states"). The CDK's own policy also grants to redrive; nobody redrives an execution that was rolled back.
 */
export function mayRunBatches(machine: sfn.StateMachine, batch: sfn.IStateMachine, key?: kms.IKey): void {
  const executionsOf = (name: string) =>
    Stack.of(machine).formatArn({ service: 'states', resource: 'execution', resourceName: name, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  if (!machine.node.tryRemoveChild('DistributedMapPolicy')) throw new Error('the policy of the distributed Map is not where the CDK used to make it');
  const allowed = [
    { actions: ['states:StartExecution'], on: [machine.stateMachineArn], because: 'a distributed Map starts its children as executions of its own machine' },
    {
      actions: ['states:DescribeExecution', 'states:StopExecution'], on: [executionsOf(`${machine.stateMachineName}:*`)],
      because: 'children of the Map have no name yet; they are executions of this machine',
    },
    // the output of a batch
    ...key ? [useEncrypted(batch, key, 'kms:Decrypt')] : [],
  ];
  const policy = new iam.Policy(machine, 'Batches', { roles: [machine.role as iam.Role], statements: allowed.map(statement) });
  acknowledgeWildcards(policy, allowed);
  acknowledgeWildcards(machine.role, [{
    actions: ['states:DescribeExecution', 'states:StopExecution'], on: [executionsOf(`${Fn.select(6, Fn.split(':', batch.stateMachineArn))}*`)],
    because: 'batches have no name yet; they are executions of the one machine for batches',
  }]);
}

/** Begin → launch → identity → Verify clones → Protect clones → Expires? → Report batch; a clone that fails takes no other with it. */
function batchWorkflow(scope: Construct, props: CloneWorkflowProps): sfn.IChainable {
  const { owner, encryptionKey, lifetime } = props;
  const arns = new Ec2Arns(scope);
  const step = lambdaSteps(scope, { folder: 'clone', owner, encryptionKey, execution: ROOT });

  const begin = sfn.Pass.jsonata(scope, 'Begin', {
    assign: {
      ...Object.fromEntries(['root', 'startedAt', 'plan', 'batch', 'imageId', 'snapshots', 'lease', 'isolationGroupId'].map(name => [name, `{% $states.input.${name} %}`])),
      failures: [], found: [], identity: null, warmUp: null, expiresAt: null,
    },
  });
  const verify = verifyClones(scope, { owner, encryptionKey, execution: ROOT });
  const protect = step('Protect clones', {
    input: { plan: '{% $plan %}', clones: '{% $clones %}' },
    allow: [{ actions: ['ec2:ModifyInstanceAttribute'], on: [arns.instances], where: madeBy(owner), because: 'protects the clone like its source' }],
  });
  const done = sfn.Pass.jsonata(scope, 'Report batch', {
    outputs: {
      clones: "{% [$clones.{'instanceId': instanceId, 'privateIpAddress': privateIpAddress}] %}",
      failures: '{% $failures %}',
      // of a thousand clones there is no room for more
      identity: "{% $identity = null ? null : {'mode': $identity.mode, 'comparedWith': $identity.comparedWith} %}",
      warmUp: "{% $warmUp = null ? null : {'how': $warmUp.how, 'warm': $warmUp.warm, 'progress': $warmUp.progress, 'notRead': $warmUp.notRead} %}",
      expiresAt: '{% $expiresAt %}',
    },
  });
  const expires = scheduleExpiry(scope, { ...props, ...lifetime, execution: ROOT, then: done });
  const identity = checkIdentity(scope, {
    ...props, step, warmUpWithin: Duration.seconds(Math.floor(props.timeout.toSeconds() * WARM_UP_SHARE)), begin: '$startedAt', then: verify.next(protect).next(expires),
  });
  return begin.next(launchLike(scope, { ...props, execution: ROOT, then: identity }).launch);
}

export interface CloneFleetProps {
  readonly batch: sfn.IStateMachine;
  readonly then: sfn.IChainable;
}

/**
 * Clone batches (each an execution) → Enough clones?: a batch that fails takes no other with it, and `minCount` decides in the end.
 *
 * Reads `$plan`, `$imageId`, `$snapshots`, `$isolationGroupId` and `$lease`, sets `$clones`, `$failures`, `$identity`, `$warmUp` and `$expiresAt`.
 */
export function cloneFleet(scope: Construct, { batch, then }: CloneFleetProps): sfn.State {
  const failed = sfn.Pass.jsonata(scope, 'Report failed batch', {
    outputs: { clones: [], failures: [{ clones: '{% $states.input.count %}', instanceIds: [], reason: '{% $states.input.reason %}' }], identity: null, warmUp: null, expiresAt: null },
  });
  const cloneBatch = tasks.StepFunctionsStartExecution.jsonata(scope, 'Clone batch', {
    stateMachine: batch,
    integrationPattern: sfn.IntegrationPattern.RUN_JOB,
    associateWithParent: false,
    input: sfn.TaskInput.fromText('{% $states.input %}'),
    outputs: '{% $states.result.Output %}',
    taskTimeout: sfn.Timeout.duration(Duration.days(1)),
  });
  cloneBatch.addRetry({ errors: ['StepFunctions.ThrottlingException', 'StepFunctions.SdkClientException'], interval: Duration.seconds(5), maxAttempts: 6, jitterStrategy: sfn.JitterType.FULL });
  cloneBatch.addCatch(failed, {
    outputs: {
      count: '{% $states.context.Execution.Input.plan.count %}',
      // the cause holds the whole execution that failed; what counts is its own error
      reason: "{% ($cause := $states.errorOutput.Cause; $inner := $substring($cause, 0, 1) = '{' and $substring($cause, -1) = '}' ? $parse($cause) : {}; "
        + '$substring($exists($inner.Error) ? $inner.Error : $states.errorOutput.Error, 0, 100)) %}',
    },
  });
  const map = sfn.DistributedMap.jsonata(scope, 'Clone batches', {
    items: sfn.ProvideItems.jsonata('{% $plan.fleet.batches %}'),
    itemSelector: {
      root: '{% $states.context.Execution.Id %}',
      startedAt: '{% $states.context.Execution.StartTime %}',
      plan: "{% $merge([$plan, {'count': $states.context.Map.Item.Value.count}]) %}",
      batch: '{% $states.context.Map.Item.Value.batch %}',
      imageId: '{% $imageId %}',
      snapshots: '{% $snapshots %}',
      lease: '{% $lease %}',
      isolationGroupId: '{% $isolationGroupId %}',
      userData: "{% $plan.userData = 'given' ? $states.context.Execution.Input.userData : null %}",
    },
    label: 'Batches',
    maxConcurrency: BATCHES_AT_ONCE,
    mapExecutionType: sfn.StateMachineType.STANDARD,
    // even one that the service lost is but a batch that failed
    toleratedFailurePercentage: 100,
    assign: {
      clones: '{% [$states.result.clones] %}',
      failures: '{% [$states.result.failures] %}',
      identity: '{% ($all := $states.result.identity[$ != null]; $count($all) = 0 ? null : $all[0]) %}',
      warmUp: "{% ($all := $states.result.warmUp[$ != null]; $count($all) = 0 ? null : {'how': $all[0].how, 'warm': $not(false in $all.warm), 'progress': $min($all.progress), 'notRead': $sum($all.notRead)}) %}",
      expiresAt: '{% ($times := $sort([$states.result.expiresAt[$ != null]]); $count($times) = 0 ? null : $times[0]) %}',
    },
    outputs: {},
  });
  map.itemProcessor(cloneBatch);
  const enough = sfn.Choice.jsonata(scope, 'Enough clones?')
    .when(sfn.Condition.jsonata('{% $count($clones) >= $plan.fleet.minCount %}'), then)
    .otherwise(sfn.Fail.jsonata(scope, 'Fleet too small', {
      error: 'FleetTooSmall',
      cause: "{% $string($count($clones)) & ' of ' & $string($plan.count) & ' clones came to be, but at least ' & $string($plan.fleet.minCount) & ' are asked for: ' "
        + "& $substring($join($failures.($string(clones) & ' × ' & reason), '; '), 0, 6000) %}",
    }));
  return map.next(enough).startState;
}
