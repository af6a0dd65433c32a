import type { Need } from '../iam/need';
import type { Account } from './account';

/** Who calls: a function's role, a state machine's role, or the person at the console (who may do anything). */
export interface Principal {
  /** The role's ARN; undefined for the person at the console. */
  readonly roleArn?: string;
  /** The assumed-role ARN as GetCallerIdentity shows it. */
  readonly callerArn: string;
  /** The instance whose metadata service gave the credentials: `ec2:SourceInstanceARN`. */
  readonly instanceArn?: string;
}

/** One call, decoded, after throttling, faults and authorization. */
export interface Call {
  readonly account: Account;
  readonly principal: Principal;
  readonly operation: string;
  readonly requestId: string;
}

/** Answers a call with the output that the SDK's types describe; throws `AwsError` where AWS refuses. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs and outputs are typed where an operation is written, by the SDK's own types
export type Operation = (input: any, call: Call) => object | Promise<object>;

/** Tells the authorization decisions of a call; throws where the call itself is impossible to authorize. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
export type Needs = (input: any, account: Account) => readonly Need[];

/** One AWS service of the look-alike account. An operation that is not listed is refused loudly. */
export interface Service {
  /** The SDK's service id, as the endpoint variable spells it: `EC2`, `SSM`, `DYNAMODB`, `SERVICE_QUOTAS`. */
  readonly id: string;
  readonly operations: Readonly<Record<string, Operation>>;
  /** What each operation must be allowed to do; every operation has its line here. */
  readonly needs: Readonly<Record<string, Needs>>;
  /**
   * What an operation answers when it is called again with the same idempotency token and parameters; without a line here
   * the first answer, unchanged. May throw: RunInstances does once the instances are terminated.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  readonly repeats?: Readonly<Record<string, (first: any, call: Call) => object>>;
}

/** An answer by which AWS refuses a call. */
export class AwsError extends Error {
  /** `details` are the further members that a modelled error carries, such as `CancellationReasons`. */
  constructor(readonly code: string, message: string, readonly status = 400, readonly details: object = {}) {
    super(message);
    this.name = code;
  }
}

/**
 * Whether a code is the rehearsal's own: it has no such operation or parameter, or it is itself at fault. AWS has no such
 * codes, so nothing may take them for an answer of AWS: the rehearsal ends with them.
 */
export function isRehearsals(code: string): boolean {
  return code === 'NotEmulated' || code === 'RehearsalFailure';
}
