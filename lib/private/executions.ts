import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { Allow } from './statement';

/** The right to see how executions of machines go, or went; with the key of these machines also what they were asked and have answered. */
export function describeExecutions(scope: Construct, machineNames: readonly string[], because: string, key?: kms.IKeyRef): Allow {
  return {
    actions: ['states:DescribeExecution'],
    on: machineNames.map(name => Stack.of(scope).formatArn({
      service: 'states', resource: 'execution', resourceName: `${name}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })),
    because,
    // DescribeExecution: "callers must have kms:Decrypt permission"
    key: key && { arn: key.keyRef.keyArn, through: 'states', actions: ['kms:Decrypt'] },
  };
}
