import type { PublishCommandInput } from '@aws-sdk/client-sns';
import { resourceTags, type Need } from '../../iam/need';
import type { Account } from '../account';
import { AwsError, type Call, type Service } from '../service';

/** SNS, standard topics only. */
export const service: Service = {
  id: 'SNS',
  operations: { Publish: publish },
  // Service Authorization Reference, "Actions, resources, and condition keys for Amazon SNS": Publish on topic
  needs: {
    Publish: ({ TopicArn, TargetArn }: PublishCommandInput, { sns }: Account): Need[] => {
      const resource = TopicArn ?? TargetArn ?? '*';
      return [{ action: 'sns:Publish', resource, context: resourceTags(sns.tags(resource)) }];
    },
  },
};

// "messages must be UTF-8 encoded strings and at most 256 KB in size (262,144 bytes)" (API reference, Publish)
const largestMessage = 262_144;

function publish(input: PublishCommandInput, { account }: Call): object {
  const { TopicArn, TargetArn, PhoneNumber, Message = '', Subject, MessageStructure, MessageAttributes = {} } = input;
  const topicArn = TopicArn ?? TargetArn;
  if (PhoneNumber !== undefined) throw new AwsError('NotEmulated', 'the rehearsal publishes to topics only', 501);
  if (topicArn === undefined) throw invalid('TopicArn or TargetArn Reason: no value for required parameter');
  if (Message === '') throw invalid('Empty message');
  if (Buffer.byteLength(Message) > largestMessage) throw invalid('Message too long');
  // "ASCII text that begins with a letter, number, or punctuation mark … no line breaks or control characters … less than 100"
  if (Subject !== undefined && !/^[!-~][ -~]{0,98}$/.test(Subject)) throw invalid('Subject');
  if (MessageStructure === 'json') checkJsonMessage(Message);
  return {
    MessageId: account.sns.publish({ topicArn, message: Message, ...(Subject !== undefined && { subject: Subject }), attributes: MessageAttributes }),
  };
}

function checkJsonMessage(message: string): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(message);
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse');
  }
  if (typeof parsed !== 'object' || parsed === null || !('default' in parsed)) {
    throw invalid('Message Structure - No default entry in JSON message body');
  }
}

function invalid(what: string): AwsError {
  return new AwsError('InvalidParameter', `Invalid parameter: ${what}`);
}
