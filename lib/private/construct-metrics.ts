import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Allow } from './statement';

const NAMESPACE = 'InstanceMobility';

/** Where the metrics of a construct are, as its handlers are told. A dimension takes ASCII only (PutMetricData's Dimension). */
export function metricPlace(owner: string): { readonly namespace: string; readonly construct: string } {
  return { namespace: NAMESPACE, construct: owner.replace(/[^\x20-\x7e]/g, '-') };
}

export const PUT_METRICS: Allow = {
  actions: ['cloudwatch:PutMetricData'],
  on: ['*'],
  where: { StringEquals: { 'cloudwatch:namespace': NAMESPACE } },
  because: 'the action has no resource-level permissions; the namespace is the one of this library',
};

/** A metric that the handlers put. */
export function constructMetric(owner: string, metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: NAMESPACE, metricName, dimensionsMap: { Construct: metricPlace(owner).construct }, period: Duration.minutes(5), statistic: 'Maximum', ...options,
  });
}
