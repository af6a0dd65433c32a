import { lambdaEnvelope, lambdaPayload, TaskFailure, type TaskRequest } from '../asl';
import type { Account } from '../cloud/account';
import { deniedMessage } from '../cloud/gate';
import { isRehearsals, type Principal } from '../cloud/service';
import { type Invocation, type Lambda, LambdaRefusal } from '../functions/lambda';
import type { Json, JsonObject } from '../json';

const ARGUMENTS = new Set(['FunctionName', 'Payload', 'Qualifier', 'InvocationType', 'LogType']);

/** What machines do with functions: `lambda:invoke`, and the older way by the function's ARN. */
export class LambdaTasks {
  constructor(private readonly account: Account, private readonly lambda: Lambda) {}

  /** `arn:…:states:::lambda:invoke`: resolves with the envelope, the handler's answer under `Payload`. */
  async invoke({ arguments: given }: TaskRequest, principal: Principal): Promise<Json> {
    const request = given as JsonObject;
    for (const name of Object.keys(request)) if (!ARGUMENTS.has(name)) throw new Error(`lambda:invoke with ${name} is not supported by the rehearsal`);
    const { FunctionName: name, Qualifier: qualifier, InvocationType: type = 'RequestResponse' } = request as Record<string, string | undefined>;
    if (type !== 'RequestResponse') throw new Error(`lambda:invoke with InvocationType ${type} is not supported by the rehearsal`);
    const { payload, executedVersion } = await this.run(principal, name!, JSON.stringify(lambdaPayload(request)), qualifier);
    const { clock, random } = this.account;
    return lambdaEnvelope(JSON.parse(payload) as Json, { clock, random, version: executedVersion });
  }

  /** A task whose Resource is a function's ARN: the handler's answer alone. */
  async invokeByArn({ resource, arguments: input }: TaskRequest, principal: Principal): Promise<Json> {
    return JSON.parse((await this.run(principal, resource, JSON.stringify(input))).payload) as Json;
  }

  /**
   * An asynchronous invocation, as events make them: "Lambda … retries function errors twice, with one minute between
   * the first two attempts, and two minutes between the second and third" (Lambda developer guide).
   */
  async invokeLater(functionName: string, payload: string, qualifier?: string): Promise<void> {
    for (const wait of [60_000, 120_000, undefined]) {
      const { functionError } = await this.lambda.invoke(functionName, payload, qualifier);
      if (!functionError || wait === undefined) return;
      await this.account.clock.sleep(wait);
    }
  }

  private async run(principal: Principal, functionName: string, payload: string, qualifier?: string): Promise<Invocation> {
    this.check(principal, functionName, qualifier);
    try {
      const invocation = await this.lambda.invoke(functionName, payload, qualifier);
      if (invocation.functionError) throw failureOf(invocation.payload);
      return invocation;
    } catch (error) {
      if (error instanceof LambdaRefusal) throw this.refusal(error.code, error.message, error.code === 'ResourceNotFoundException' ? 404 : 400);
      throw error;
    }
  }

  /** The machine's role must be allowed the very version that it names. */
  private check(principal: Principal, functionName: string, qualifier?: string): void {
    const need = { action: 'lambda:InvokeFunction', resource: this.lambda.locate(functionName, qualifier).arn };
    const decision = this.account.gate?.decide(principal, need);
    // name and cause as recorded in awslabs/aws-deployment-framework#460
    if (decision && !decision.allowed) throw this.refusal('AWSLambdaException', deniedMessage(principal, need, decision), 403, 'AccessDeniedException');
  }

  private refusal(name: string, message: string, status: number, code = name): TaskFailure {
    return new TaskFailure(`Lambda.${name}`,
      `${message} (Service: AWSLambda; Status Code: ${status}; Error Code: ${code}; Request ID: ${this.account.random.uuid()}; Proxy: null)`);
  }
}

/** A function's error is the task's; but one that the rehearsal answered with, and the handler passed on, ends the rehearsal. */
function failureOf(payload: string): Error {
  const { errorType = '', errorMessage } = JSON.parse(payload) as { errorType?: string; errorMessage?: string };
  if (isRehearsals(errorType)) return new Error(`${errorType}: ${errorMessage}`);
  // "Unhandled errors in Lambda are reported as Lambda.Unknown": those that name no type
  return new TaskFailure(errorType || 'Lambda.Unknown', payload);
}
