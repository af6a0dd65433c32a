import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { readInstanceMetrics } from '../private/instance-metrics';
import { lambdaSteps } from '../private/lambda-step';
import { bucketObjects } from '../private/migration-bucket';
import { Allow, describeEc2 } from '../private/statement';

/** Hundreds of instances under four strategies take half of a function's minute with one vCPU. */
const PLANNER_MEMORY = 1769;

/** Windows that are replayed at once: each is a function, and others need theirs. */
const AT_ONCE = 10;

export interface ReplayWorkflowProps {
  readonly owner: string;
  readonly bucket: s3.IBucket;
  /** The places, as handlers are told of them. */
  readonly locations: readonly object[];
  readonly encryptionKey?: kms.IKeyRef;
}

/**
 * Check replay request → Describe instances → Read metrics → Read link traffic → for each past window ( Replay strategies ) → Report replay.
 *
 * It moves nothing and writes nothing but its own folder in the bucket: everybody may try it before anything is switched on.
 */
export function replayWorkflow(scope: Construct, { owner, bucket, locations, encryptionKey }: ReplayWorkflowProps): sfn.IChainable {
  const step = lambdaSteps(scope, { folder: 'replay', owner, encryptionKey });
  const store = { bucket: bucket.bucketName, prefix: '{% $prefix %}' };
  const objects = (...actions: ('GetObject' | 'PutObject')[]): Allow[] =>
    bucketObjects(bucket, 'replays', actions, 'what is known of the past weeks lies in the bucket, for it is too large for an execution');

  const checkRequest = step('Check replay request', {
    input: { request: '{% $states.context.Execution.Input %}', locations, bucket: bucket.bucketName },
    assign: {
      prefix: '{% $states.result.Payload.prefix %}', from: '{% $states.result.Payload.from %}', to: '{% $states.result.Payload.to %}',
      windows: '{% $states.result.Payload.windows %}',
    },
    allow: objects('PutObject'),
  });
  const describeInstances = step('Describe instances', {
    input: { ...store, locations },
    assign: { shards: '{% $states.result.Payload.shards %}' },
    allow: [
      describeEc2('Instances', 'Volumes', 'InstanceTypes'),
      ...objects('GetObject', 'PutObject'),
    ],
  });
  const readMetrics = readInstanceMetrics(scope, { owner, bucket, folder: 'replays', from: '{% $from %}', to: '{% $to %}', encryptionKey });
  const readLinkTraffic = step('Read link traffic', {
    input: { ...store, locations },
    assign: { metricsRequested: '{% $metricsRequested + $states.result.Payload.requested %}' },
    allow: [
      { actions: ['cloudwatch:GetMetricData', 'cloudwatch:ListMetrics'], on: ['*'], because: 'CloudWatch has no resource-level permissions for reading metrics' },
      ...objects('GetObject', 'PutObject'),
      ...bucketObjects(bucket, 'past', ['GetObject'], 'what earlier fleets took of a link is not the traffic of others'),
      { actions: ['s3:ListBucket'], on: [bucket.bucketArn], where: { StringEquals: { 's3:prefix': 'past/' } }, because: 'finds what past fleets took' },
    ],
  });
  const replayWindows = sfn.Map.jsonata(scope, 'Replay windows', {
    items: sfn.ProvideItems.jsonata('{% [0..$windows - 1] %}'),
    itemSelector: { window: '{% $states.context.Map.Item.Value %}' },
    maxConcurrency: AT_ONCE,
    outputs: {},
  });
  replayWindows.itemProcessor(step('Replay strategies', {
    input: { ...store, locations, shards: '{% $shards %}', window: '{% $states.input.window %}' },
    allow: objects('GetObject', 'PutObject'),
    memorySize: PLANNER_MEMORY,
  }));
  const reportReplay = step('Report replay', {
    input: { ...store, windows: '{% $windows %}', metricsRequested: '{% $metricsRequested %}' },
    allow: objects('GetObject', 'PutObject'),
  });
  return sfn.Chain.start(checkRequest).next(describeInstances).next(readMetrics).next(readLinkTraffic).next(replayWindows).next(reportReplay);
}
