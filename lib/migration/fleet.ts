import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Allow, statement } from '../private/statement';
import { WorkflowMachine } from '../private/workflow-machine';
import { fleetWorkflow, FleetWorkflowProps } from './fleet-workflow';

/** A fleet goes on as another execution each day; one that only waits for held sources looks once an hour. */
const TIMEOUT = Duration.days(30);

export interface FleetProps extends FleetWorkflowProps {
  readonly encryptionKey?: kms.IKey;
}

/** The machine that plans and starts the moves of a fleet. */
export class Fleet extends Construct {
  readonly machine: sfn.StateMachine;
  /** In alarm when an execution failed, timed out or was aborted within the last five minutes. */
  readonly failureAlarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: FleetProps) {
    super(scope, id);
    const workflow = new Construct(this, 'Workflow');
    const { machine, failureAlarm } = new WorkflowMachine(this, 'Machine', {
      handlers: workflow,
      workflow: fleetWorkflow(workflow, props),
      comment: 'Plans and starts the moves of a fleet.',
      timeout: TIMEOUT,
      encryptionKey: props.encryptionKey,
    });
    // a policy of its own: the machine's role must not depend on the machine
    const again: Allow = { actions: ['states:StartExecution'], on: [machine.stateMachineArn], because: 'a fleet that takes long goes on as another execution' };
    new iam.Policy(machine, 'Continue', { roles: [machine.role as iam.Role], statements: [statement(again)] });
    this.machine = machine;
    this.failureAlarm = failureAlarm;
  }
}
