import type { MessageAttributeValue } from '@aws-sdk/client-sns';
import type { Account } from '../account';
import { AwsError } from '../service';

/** A message as a subscriber of the topic would get it. */
export interface PublishedMessage {
  readonly time: number;
  readonly topicArn: string;
  readonly messageId: string;
  readonly message: string;
  readonly subject?: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
}

/** Topics, and what was published to them. */
export class Sns {
  readonly published: PublishedMessage[] = [];
  private readonly topics = new Map<string, Readonly<Record<string, string>>>();

  constructor(private readonly account: Account) {}

  /** Makes a topic and tells its ARN. */
  addTopic(name: string, tags: Readonly<Record<string, string>> = {}): string {
    const arn = this.account.arn('sns', name);
    this.topics.set(arn, tags);
    return arn;
  }

  tags(topicArn: string): Readonly<Record<string, string>> {
    return this.topics.get(topicArn) ?? {};
  }

  publish(message: Omit<PublishedMessage, 'time' | 'messageId'>): string {
    if (!this.topics.has(message.topicArn)) throw new AwsError('NotFound', 'Topic does not exist', 404);
    const messageId = this.account.random.uuid();
    this.published.push({ ...message, messageId, time: this.account.clock.now() });
    return messageId;
  }
}
