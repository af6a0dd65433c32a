import type { Json } from '../json';
import type { FunctionError } from './sandbox';

/** A failure that waits for its invocation. */
export interface FunctionFault {
  readonly handler: string;
  readonly error: FunctionError;
  readonly afterwards: boolean;
  readonly where: (event: Json) => boolean;
  times: number;
}

export interface FunctionFaultOptions {
  /** How often; once unless told otherwise. */
  readonly times?: number;
  readonly message?: string;
  /** The handler does its work first; its answer is lost. */
  readonly afterwards?: boolean;
  /** Only for such events. */
  readonly where?: (event: Json) => boolean;
}

/** Failures of functions that a test or scenario has asked for. */
export class FunctionFaults {
  private readonly faults: FunctionFault[] = [];

  add(handler: string, errorType: string, options: FunctionFaultOptions): void {
    const { times = 1, message = 'fault injected by the rehearsal', afterwards = false, where = () => true } = options;
    this.faults.push({ handler, error: { errorType, errorMessage: message, trace: [] }, afterwards, where, times });
  }

  /** The fault that this invocation meets, if any. */
  take(handler: string, event: string): FunctionFault | undefined {
    const fault = this.faults.find(one => one.times > 0 && handler.split('/').at(-1)!.startsWith(`${one.handler}.`) && one.where(JSON.parse(event) as Json));
    if (fault) fault.times--;
    return fault;
  }
}
