export type { HistoryEvent } from '@aws-sdk/client-sfn';
export type { Machine } from './definition';
export { Execution, traceOf } from './execution';
export { TaskFailure } from './failure';
export { lambdaEnvelope, lambdaFailure, lambdaPayload } from './lambda';
export { dataLimit, historyLimit } from './limits';
export { undefinedReferences } from './lint';
export { loadMachine } from './load';
export { InvalidDefinition, type Problem } from './problems';
export { parseResource, type Resource } from './resource';
export type {
  ChildExecution, ExecutionIdentity, ExecutionOptions, Integrations, StartRequest, Status, TaskRequest,
} from './run';
export { TaskTokens, TokenError, type WaitingTask } from './tokens';
