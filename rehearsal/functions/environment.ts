import type { Clock } from '../clock';
import type { FunctionConfiguration } from './lambda';

/** "Defined runtime environment variables" of the Lambda developer guide, as far as handlers may rely on them. */
export function environmentOf(
  region: string, name: string, version: string, { handler, runtime, memoryMb, environment, logGroup }: FunctionConfiguration,
): Record<string, string> {
  return {
    ...environment,
    TZ: ':UTC',
    _HANDLER: handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
    // credentials that name the caller; the account checks no signatures
    AWS_ACCESS_KEY_ID: `${name}.${version}`,
    AWS_SECRET_ACCESS_KEY: 'rehearsal',
    AWS_SESSION_TOKEN: 'rehearsal',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1', // the sandbox puts in the account's port, another in each rehearsal
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

export interface InvocationIdentity {
  readonly name: string;
  readonly version: string;
  readonly arn: string;
  readonly requestId: string;
  readonly logStream: string;
}

/** The values of the context object; its methods are made in the sandbox. */
export function contextOf({ memoryMb, logGroup }: FunctionConfiguration, { name, version, arn, requestId, logStream }: InvocationIdentity) {
  return {
    functionName: name,
    functionVersion: version,
    invokedFunctionArn: arn,
    memoryLimitInMB: String(memoryMb),
    awsRequestId: requestId,
    logGroupName: logGroup,
    logStreamName: logStream,
  };
}

/** As Lambda names the streams of a log group of one's own: "Configuring CloudWatch log groups" of the developer guide. */
export function logStreamOf(clock: Clock, name: string, version: string): string {
  return `${clock.timestamp().slice(0, 10).replaceAll('-', '/')}/${name}[${version}]rehearsal`;
}
