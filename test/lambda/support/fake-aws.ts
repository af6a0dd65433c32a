import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { IAMClient } from '@aws-sdk/client-iam';
import { Route53Client } from '@aws-sdk/client-route-53';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each answer knows the input of its own command
export type Answers = Record<string, (input: any) => unknown>;
export interface Call { readonly command: string; readonly input: Record<string, unknown> }

/** The calls that handlers make, answered by functions under the commands' names; a call without an answer fails the test. */
export function fakeAws(answers: Answers): Call[] {
  const calls: Call[] = [];
  const clients = [
    AutoScalingClient, CloudWatchClient, DynamoDBClient, EC2Client, ElasticLoadBalancingV2Client, IAMClient, Route53Client, SchedulerClient,
    ServiceQuotasClient, SFNClient, SNSClient, SSMClient,
  ];
  for (const client of clients) {
    jest.spyOn(client.prototype as unknown as { send: (command: { input: object }) => Promise<unknown> }, 'send').mockImplementation(async command => {
      const name = command.constructor.name.replace(/Command$/, '');
      calls.push({ command: name, input: command.input as Record<string, unknown> });
      const respond = answers[name];
      if (!respond) throw new Error(`the test has no answer for ${name}`);
      return respond(command.input);
    });
  }
  return calls;
}

export function awsError(name: string, message = name): Error {
  return Object.assign(new Error(message), { name });
}

export function tags(values: Record<string, string>) {
  return Object.entries(values).map(([Key, Value]) => ({ Key, Value }));
}
