import type { Account } from '../../account';
import type { Metric } from '../state';
import { instanceMetrics } from './instances';
import { outpostMetrics } from './outposts';
import type { Published, Source } from './source';
import { vpnMetrics } from './vpns';

/** What AWS publishes by itself. */
export class PublishedMetrics {
  private readonly sources: readonly Source[];

  constructor(account: Account) {
    this.sources = [instanceMetrics(account), vpnMetrics(account), outpostMetrics(account)];
  }

  list(namespace: string | undefined): Published[] {
    return this.sources.flatMap(source => source.list()).filter(({ metric }) => namespace === undefined || metric.namespace === namespace);
  }

  find(metric: Metric): Published | undefined {
    for (const source of this.sources) {
      const found = source.find(metric);
      if (found) return metric.unit === undefined || metric.unit === found.metric.unit ? found : undefined;
    }
    return undefined;
  }
}
