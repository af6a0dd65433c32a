import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';

const sns = new SNSClient({});

/** SNS takes 256 KB per message; a mail of a tenth of that is read by nobody. */
const MOST_CHARACTERS = 20_000;
/** SNS takes subjects of so many characters. */
const LONGEST_SUBJECT = 100;

export interface Question {
  readonly subject: string;
  readonly story: readonly string[];
  /** What goes on, and what ends, the execution. */
  readonly yes?: string;
  readonly no?: string;
  /** The name of the error with which the execution then ends. */
  readonly refusal: string;
}

/** Tells people what is about to happen, and how they answer. */
export async function ask(topicArn: string, question: Question, taskToken: string): Promise<void> {
  await sns.send(new PublishCommand({ TopicArn: topicArn, Subject: question.subject.slice(0, LONGEST_SUBJECT), Message: messageOf(question, taskToken) }));
}

/** The story is cut where it is long, the answer never. */
function messageOf({ story: lines, yes = 'To approve', no = 'To refuse', refusal }: Question, taskToken: string): string {
  const story = lines.join('\n');
  const answer = [
    `${yes}:`,
    `aws stepfunctions send-task-success --task-output '{}' --task-token '${taskToken}'`,
    `${no}:`,
    `aws stepfunctions send-task-failure --error ${refusal} --cause 'refused by …' --task-token '${taskToken}'`,
  ].join('\n');
  return `${story.length > MOST_CHARACTERS ? `${story.slice(0, MOST_CHARACTERS)}\n… (the whole story is in the execution's data)` : story}\n\n${answer}\n`;
}

export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map(line => `- ${line}`)];
}
