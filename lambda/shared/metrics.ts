import { CloudWatchClient, PutMetricDataCommand, type StandardUnit } from '@aws-sdk/client-cloudwatch';
import { errorMessage, errorName } from './error-name';

/** Where the metrics of a construct are. */
export interface MetricPlace {
  readonly namespace: string;
  /** The value of the dimension `Construct`. */
  readonly construct: string;
}

const cloudwatch = new CloudWatchClient({});

/** Puts one value; tells what was in the way, for nothing that serves may fail by a metric. */
export async function putMetric({ namespace, construct }: MetricPlace, name: string, value: number, unit: StandardUnit): Promise<string | null> {
  try {
    await cloudwatch.send(new PutMetricDataCommand({
      Namespace: namespace,
      MetricData: [{ MetricName: name, Dimensions: [{ Name: 'Construct', Value: construct }], Value: value, Unit: unit }],
    }));
    return null;
  } catch (error) {
    return `the metric ${name} could not be put: ${errorName(error)}: ${errorMessage(error)}`;
  }
}
