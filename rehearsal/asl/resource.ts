/** What a Task calls, read from its `Resource`. */
export interface Resource {
  readonly arn: string;
  /** As history events name it: `lambda`, `states`, `aws-sdk:ec2`; for a function's own ARN `function`. */
  readonly resourceType: string;
  /** As history events name it: `invoke`, `startExecution.sync:2`, `describeInstances`. */
  readonly resource: string;
  readonly pattern: 'requestResponse' | 'sync' | 'waitForTaskToken';
}

const integration = /^arn:aws[a-z-]*:states:[a-z0-9-]*:\d*:(aws-sdk:[a-z0-9]+|[a-z0-9-]+):([A-Za-z0-9]+)(\.sync(?::2)?|\.waitForTaskToken)?$/;
const lambdaFunction = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+(:(\$LATEST|[A-Za-z0-9_-]+))?$/;

/** Reads a resource; undefined for one that is neither a function nor a service integration. */
export function parseResource(arn: string): Resource | undefined {
  if (lambdaFunction.test(arn)) return { arn, resourceType: 'function', resource: arn, pattern: 'requestResponse' };
  const [matched, service, action, suffix = ''] = integration.exec(arn) ?? [];
  if (!matched || service === 'activity') return undefined;
  const pattern = suffix === '' ? 'requestResponse' : suffix === '.waitForTaskToken' ? 'waitForTaskToken' : 'sync';
  return { arn, resourceType: service!, resource: `${action}${suffix}`, pattern };
}

/** The arguments that an optimised integration takes, where AWS checks them by name. */
const known: Readonly<Record<string, { readonly allowed: readonly string[]; readonly required: readonly string[] }>> = {
  'lambda:invoke': {
    allowed: ['FunctionName', 'Payload', 'Qualifier', 'InvocationType', 'ClientContext', 'LogType', 'TenantId'],
    required: ['FunctionName'],
  },
  'states:startExecution': { allowed: ['StateMachineArn', 'Input', 'Name', 'TraceHeader'], required: ['StateMachineArn'] },
};

/** What is wrong with an integration's arguments, judged by their names. */
export function argumentProblems(resource: Resource, names: readonly string[]): string[] {
  const rule = known[`${resource.resourceType}:${resource.resource.split('.')[0]}`];
  if (!rule) return [];
  return [
    ...names.filter(name => !rule.allowed.includes(name)).map(name => `The field '${name}' is not supported by Step Functions`),
    ...rule.required.filter(name => !names.includes(name)).map(name => `The field '${name}' is required but was missing`),
  ];
}
