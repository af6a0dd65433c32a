import type { Json } from '../../json';
import type { Resource } from '../resource';
import { errorDetails, whole } from '../history';
import type { Thread } from '../thread';

export interface Limits {
  readonly timeoutSeconds?: number | undefined;
  readonly heartbeatSeconds?: number | undefined;
}

/** The events of one attempt: `Task…` for service integrations, `LambdaFunction…` for a function named by its own ARN. */
export class TaskEvents {
  private readonly named: { readonly resourceType: string; readonly resource: string };
  private readonly isFunction: boolean;

  constructor(private readonly thread: Thread, resource: Resource) {
    this.named = { resourceType: resource.resourceType, resource: resource.resource };
    this.isFunction = resource.resourceType === 'function';
  }

  scheduled(args: Json, { timeoutSeconds, heartbeatSeconds }: Limits, roleArn?: string): void {
    const limits = {
      ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
      ...(roleArn === undefined ? {} : { taskCredentials: { roleArn } }),
    };
    const text = JSON.stringify(args);
    if (this.isFunction) {
      this.thread.emit('LambdaFunctionScheduled', {
        lambdaFunctionScheduledEventDetails: { resource: this.named.resource, input: text, inputDetails: whole, ...limits },
      });
      return;
    }
    const region = this.thread.run.identity.arn.split(':')[3] ?? '';
    this.thread.emit('TaskScheduled', {
      taskScheduledEventDetails: {
        ...this.named, region, parameters: text, ...limits, ...(heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: heartbeatSeconds }),
      },
    });
  }

  started(): void {
    if (this.isFunction) this.thread.emit('LambdaFunctionStarted');
    else this.thread.emit('TaskStarted', { taskStartedEventDetails: this.named });
  }

  submitted(output: Json): void {
    this.thread.emit('TaskSubmitted', { taskSubmittedEventDetails: { ...this.named, output: JSON.stringify(output), outputDetails: whole } });
  }

  succeeded(output: Json): void {
    const details = { output: JSON.stringify(output), outputDetails: whole };
    if (this.isFunction) this.thread.emit('LambdaFunctionSucceeded', { lambdaFunctionSucceededEventDetails: details });
    else this.thread.emit('TaskSucceeded', { taskSucceededEventDetails: { ...this.named, ...details } });
  }

  failed(error: string | undefined, cause: string | undefined): void {
    const details = errorDetails(error, cause);
    if (this.isFunction) this.thread.emit('LambdaFunctionFailed', { lambdaFunctionFailedEventDetails: details });
    else this.thread.emit('TaskFailed', { taskFailedEventDetails: { ...this.named, ...details } });
  }

  timedOut(): void {
    const details = { error: 'States.Timeout' };
    if (this.isFunction) this.thread.emit('LambdaFunctionTimedOut', { lambdaFunctionTimedOutEventDetails: details });
    else this.thread.emit('TaskTimedOut', { taskTimedOutEventDetails: { ...this.named, ...details } });
  }
}
