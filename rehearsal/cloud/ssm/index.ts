import type { Service } from '../service';
import { describeDocument, describeInstanceInformation, getDocument } from './inventory';
import { needs } from './needs';
import { cancelCommand, getCommandInvocation, listCommandInvocations, sendCommand } from './operations';

/** Systems Manager, as far as Run Command goes. */
export const service: Service = {
  id: 'SSM',
  operations: {
    SendCommand: sendCommand,
    GetCommandInvocation: getCommandInvocation,
    ListCommandInvocations: listCommandInvocations,
    CancelCommand: cancelCommand,
    DescribeInstanceInformation: describeInstanceInformation,
    DescribeDocument: describeDocument,
    GetDocument: getDocument,
  },
  needs,
};
