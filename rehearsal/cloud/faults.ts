import { AwsError, type Principal } from './service';

export interface FaultOptions {
  /** How many calls fail; Infinity for all. One unless told otherwise. */
  readonly times?: number;
  readonly message?: string;
  /** HTTP status; by default the one under which AWS gives this code. */
  readonly status?: number;
  /** The operation acts, and only its answer is lost. */
  readonly afterwards?: boolean;
  /** Instead of an error answer the connection breaks off. */
  readonly connectionLost?: boolean;
  /** Only calls with such input. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests name the members they look at
  readonly where?: (input: any) => boolean;
  /** Only calls of such callers. */
  readonly by?: (principal: Principal) => boolean;
}

/** The connection broke off: there is no answer at all. The HTTP server hangs up when it meets this. */
export class ConnectionLost extends AwsError {
  constructor(code: string) {
    super(code, 'the connection was lost', 500);
  }
}

export interface Fault {
  readonly error: AwsError;
  readonly afterwards: boolean;
}

interface Planned {
  readonly operation: string;
  readonly code: string;
  readonly options: FaultOptions;
  left: number;
}

/** The faults that scenarios and tests have ordered. */
export class Faults {
  private readonly planned: Planned[] = [];

  add(operation: string, code: string, options: FaultOptions): void {
    this.planned.push({ operation, code, options, left: options.times ?? 1 });
  }

  /** The fault that hits this call, the first ordered one that fits. */
  take(operation: string, input: object, principal: Principal): Fault | undefined {
    const fault = this.planned.find(({ operation: name, left, options: { where, by } }) =>
      name === operation && left > 0 && (where?.(input) ?? true) && (by?.(principal) ?? true));
    if (!fault) return undefined;
    fault.left--;
    const { code, options: { message, status, afterwards = false, connectionLost } } = fault;
    const error = connectionLost
      ? new ConnectionLost(code)
      : new AwsError(code, message ?? `${code} was ordered for ${operation}`, status ?? statusOf(code));
    return { error, afterwards };
  }
}

/** The HTTP status of a code: EC2's "server error codes" come as 5xx, which the SDK retries, the rest as 4xx. */
function statusOf(code: string): number {
  if (/^(RequestLimitExceeded|Unavailable|ServiceUnavailable)/.test(code)) return 503;
  if (/^(Internal|ServerInternal)|^Insufficient\w*Capacity$/.test(code)) return 500;
  return /^(UnauthorizedOperation|AccessDenied|AuthorizationError)$/.test(code) ? 403 : 400;
}
