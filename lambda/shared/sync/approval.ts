import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';

const sns = new SNSClient({});

/** SNS takes 256 KB per message; a mail of a tenth of that is read by nobody. */
const MOST_CHARACTERS = 20_000;
/** SNS takes subjects of so many characters. */
const LONGEST_SUBJECT = 100;

/** Tells people what is about to happen, and how they approve or refuse it. */
export async function askForApproval(topicArn: string, subject: string, story: readonly string[], taskToken: string): Promise<void> {
  await sns.send(new PublishCommand({ TopicArn: topicArn, Subject: subject.slice(0, LONGEST_SUBJECT), Message: approvalMessage(story.join('\n'), taskToken) }));
}

/** The story is cut where it is long, the answer never. */
export function approvalMessage(story: string, taskToken: string): string {
  const answer = [
    'To approve:',
    `aws stepfunctions send-task-success --task-output '{}' --task-token '${taskToken}'`,
    'To refuse:',
    `aws stepfunctions send-task-failure --error SyncRefused --cause 'refused by …' --task-token '${taskToken}'`,
  ].join('\n');
  return `${story.length > MOST_CHARACTERS ? `${story.slice(0, MOST_CHARACTERS)}\n… (the whole story is in the execution's data)` : story}\n\n${answer}\n`;
}

export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map(line => `- ${line}`)];
}
