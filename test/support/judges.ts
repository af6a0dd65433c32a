import type { Stack } from 'aws-cdk-lib';
import * as ssm from 'aws-cdk-lib/aws-ssm';

/** Documents of users, which judge the targets of moves. */
export const judges = { accepts: 'accepts-target', refuses: 'refuses-target', dawdles: 'dawdles' } as const;

const SCRIPTS: Readonly<Record<string, string>> = {
  [judges.accepts]: 'true',
  [judges.refuses]: 'echo "orders are not served: no table"\nexit 3',
  [judges.dawdles]: 'sleep 3000',
};

export function judgingDocuments(stack: Stack): ssm.CfnDocument[] {
  return Object.entries(SCRIPTS).map(([name, script]) => new ssm.CfnDocument(stack, name, {
    name, documentType: 'Command', documentFormat: 'JSON', targetType: '/AWS::EC2::Instance',
    content: {
      schemaVersion: '2.2', description: 'Judges the target of a move.',
      mainSteps: [{ action: 'aws:runShellScript', name: 'judge', inputs: { timeoutSeconds: '3600', runCommand: ['#!/bin/bash', script] } }],
    },
  }));
}
