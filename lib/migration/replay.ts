import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { WorkflowMachine } from '../private/workflow-machine';
import { replayWorkflow, ReplayWorkflowProps } from './replay-workflow';

/** A hundred windows, ten at once, each at most two minutes; and the metrics of 500 instances before. */
const TIMEOUT = Duration.hours(2);

export interface ReplayProps extends ReplayWorkflowProps {
  readonly encryptionKey?: kms.IKey;
}

/** The machine that tells what moving would have cost in the past weeks. It makes nothing: there is nothing to sweep up after it. */
export class Replay extends Construct {
  readonly machine: sfn.StateMachine;
  /** In alarm when an execution failed, timed out or was aborted within the last five minutes. */
  readonly failureAlarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: ReplayProps) {
    super(scope, id);
    const workflow = new Construct(this, 'Workflow');
    const { machine, failureAlarm } = new WorkflowMachine(this, 'Machine', {
      handlers: workflow,
      workflow: replayWorkflow(workflow, props),
      comment: 'Tells what moving would have cost in the past weeks.',
      timeout: TIMEOUT,
      encryptionKey: props.encryptionKey,
    });
    this.machine = machine;
    this.failureAlarm = failureAlarm;
  }
}
