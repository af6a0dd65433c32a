import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { lambdaSteps } from './lambda-step';
import { bucketObjects } from './migration-bucket';

/** Shards that are read at once: CloudWatch gives an account so many points per second, and other readers want some. */
const AT_ONCE = 5;

export interface InstanceMetricsProps {
  readonly owner: string;
  readonly bucket: s3.IBucket;
  /** The folder of all fleets or replays: the part of `$prefix` before the slash. */
  readonly folder: string;
  /** Whose the steps are, as a JSONata expression. */
  readonly execution?: string;
  /** From when on: ISO 8601, or so many days before now; a value or a JSONata expression. */
  readonly from: unknown;
  /** Until when: ISO 8601, or null: now. */
  readonly to: unknown;
  readonly encryptionKey?: kms.IKeyRef;
}

/**
 * Reads CPU and writes of instances, shard by shard, from CloudWatch into the bucket.
 *
 * Reads `$prefix` and `$shards`; the instances are in the bucket (`lambda/shared/instance-metrics`). Sets `$metricsRequested`.
 * A Map within the execution is enough: a shard is one state, its data lie in the bucket, and ten thousand instances are 200 shards.
 */
export function readInstanceMetrics(scope: Construct, { owner, bucket, folder, execution, from, to, encryptionKey }: InstanceMetricsProps): sfn.Map {
  const step = lambdaSteps(scope, { folder: 'instance-metrics', owner, execution, encryptionKey });
  const map = sfn.Map.jsonata(scope, 'Read metrics', {
    items: sfn.ProvideItems.jsonata('{% $shards > 0 ? [0..$shards - 1] : [] %}'),
    itemSelector: { shard: '{% $states.context.Map.Item.Value %}' },
    maxConcurrency: AT_ONCE,
    assign: { metricsRequested: '{% $sum($append([0], $states.result.requested)) %}' },
    outputs: {},
  });
  map.itemProcessor(step('Read instance metrics', {
    input: { bucket: bucket.bucketName, prefix: '{% $prefix %}', shard: '{% $states.input.shard %}', from, to },
    allow: [
      { actions: ['cloudwatch:GetMetricData'], on: ['*'], because: 'CloudWatch has no resource-level permissions for reading metrics' },
      ...bucketObjects(bucket, folder, ['GetObject', 'PutObject'], 'instances to read lie in the bucket, and so does what was read of them'),
    ],
  }));
  return map;
}
