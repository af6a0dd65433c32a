import { existsSync, readFileSync } from 'fs';
import * as path from 'path';
import { Duration, Stack } from 'aws-cdk-lib';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';

const DOCUMENTS = path.join(__dirname, '..', '..', 'documents');

/** A line of a script that stands for a file in `parts` beside it, or else in documents/parts. */
const PART = /^# part: ([a-z0-9-]+\.sh)$/gm;

/**
 * The text of a script below documents/, its parts put in where it names them: SSM knows no files beside a document. Where it names
 * `engine.sh` or `engine-verify.sh` it gets those of the engine: `drbd.sh`, `drbd-verify.sh`.
 */
export function scriptText(script: string, engine?: string): string {
  const file = path.join(DOCUMENTS, script);
  const places = [path.dirname(file), DOCUMENTS].map(folder => path.join(folder, 'parts'));
  // a part of an engine may name further ones
  const assembled = (text: string): string => text.replace(PART, (_, part: string) => {
    const name = engine === undefined ? part : part.replace(/^engine(?=[-.])/, engine);
    const place = places.find(folder => existsSync(path.join(folder, name)));
    if (place === undefined) throw new Error(`${script} names the part ${name}, which is not there`);
    return assembled(readFileSync(path.join(place, name), 'utf8').replace(/^#!.*\n/, '').trimEnd());
  });
  return assembled(readFileSync(file, 'utf8'));
}

/** Where a function begins, and what it takes is told. */
const FUNCTION = /^(\w+\(\) \{) #.*$/;

/**
 * A script without its comments and indentation: a document holds 64 KiB, and a template a megabyte. No script may have text in which
 * those matter. One text, for a line of its own for each would be indented in the template.
 */
function command(text: string): string {
  const [interpreter = '', ...lines] = text.trimEnd().split('\n').map(line => line.trimStart().replace(FUNCTION, '$1'));
  return [interpreter, ...lines.filter(line => line !== '' && !line.startsWith('#'))].join('\n');
}

/** A parameter of a shell document: always text, always held to a pattern. */
export interface ShellDocumentParameter {
  readonly description: string;
  /** Checked by the API (Java) and by the agent (Go): no look-around, no back references. */
  readonly allowedPattern: string;
  readonly maxChars?: number;
  readonly default?: string;
}

/** The ARN of an execution, as documents take it. */
export const EXECUTION_PARAMETER = {
  allowedPattern: '^arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.:+=@/-]+$',
  maxChars: 512,
};

export interface ShellDocumentProps {
  /** The script below documents/, such as `filesystem/freeze.sh`; see `scriptText`. */
  readonly script: string;
  /** Whose parts the script gets, if it names parts of an engine. */
  readonly engine?: string;
  readonly description: string;
  readonly parameters: Record<string, ShellDocumentParameter>;
  /** How long the script may run on the instance. */
  readonly timeout: Duration;
}

/** One script of documents/ as an SSM Command document. */
export class ShellDocument extends Construct {
  /** The name that SSM knows the document by. */
  readonly documentName: string;
  readonly documentArn: string;

  constructor(scope: Construct, id: string, props: ShellDocumentProps) {
    super(scope, id);
    const document = new ssm.CfnDocument(this, 'Resource', {
      documentType: 'Command',
      documentFormat: 'JSON',
      targetType: '/AWS::EC2::Instance',
      // a changed script becomes a new version of the same document; executions always run the newest
      updateMethod: 'NewVersion',
      content: {
        schemaVersion: '2.2',
        description: props.description,
        parameters: Object.fromEntries(Object.entries(props.parameters).map(([name, parameter]) => [name, {
          type: 'String',
          // the agent hands the value over in the environment: it never becomes part of the script's text
          interpolationType: 'ENV_VAR',
          ...parameter,
        }])),
        mainSteps: [{
          action: 'aws:runShellScript',
          name: 'runScript',
          precondition: { StringEquals: ['platformType', 'Linux'] },
          inputs: {
            timeoutSeconds: String(props.timeout.toSeconds()),
            runCommand: [command(scriptText(props.script, props.engine))],
          },
        }],
      },
    });
    this.documentName = document.ref;
    this.documentArn = Stack.of(this).formatArn({ service: 'ssm', resource: 'document', resourceName: document.ref });
  }
}
