import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { errorName } from './error-name';

const sfn = new SFNClient({});

/** A standard execution of that name and input which runs already is answered again; one that has ended is an error of that name. */
export async function startOnce(stateMachineArn: string, name: string, input: object): Promise<string> {
  try {
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    return executionArn ?? '';
  } catch (error) {
    if (errorName(error) !== 'ExecutionAlreadyExists') throw error;
    return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  }
}
