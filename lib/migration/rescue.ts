import { Duration } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { lambdaSteps } from '../private/lambda-step';
import { MovedHosts } from '../private/marks';
import { Rescue, RescueProps } from '../private/rescue';
import { ShellDocument } from '../private/shell-document';
import { backToSource, REACH_WITHIN } from './back-to-source';

export interface MigrationRescueProps extends Pick<RescueProps, 'machines' | 'ledger' | 'encryptionKey'> {
  /** The scope of the machine's handlers, some of which serve here, too. */
  readonly handlers: Construct;
  readonly hosts: MovedHosts;
  readonly startDocument: ShellDocument;
  readonly owner: string;
  readonly volumeKeys: kms.IKeyRef[];
}

/** Wait → Find abandoned switch → Discard target → Resume services → Mark preparing: the source of an abandoned pause serves again. */
export function migrationRescue(scope: Construct, props: MigrationRescueProps): Rescue {
  const { owner, ledger, encryptionKey } = props;
  return new Rescue(scope, 'Rescue', {
    ...props,
    // what is done here belongs to the execution that was ended
    steps: within => lambdaSteps(within, { folder: 'migration', owner, encryptionKey, execution: '{% $abandoned %}', sharedHandlers: props.handlers }),
    find: {
      input: { table: ledger.tableName },
      assign: { source: '{% $states.result.Payload.source %}' },
    },
    question: 'Abandoned in its pause?',
    abandoned: '{% $source != null %}',
    bringBack: (within, step) => backToSource(within, step, {
      ...props, document: props.startDocument, instanceId: '{% $source.instanceId %}', services: '$source.services', stopped: '{% $source.stopped %}',
      then: sfn.Pass.jsonata(within, 'Source serves again'),
    }),
    comment: 'Makes sources serve again whose moves were ended in the middle of the pause.',
    timeout: REACH_WITHIN.plus(Duration.hours(2)),
  });
}
