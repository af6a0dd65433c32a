import type { Account } from '../cloud/account';
import type { Expectation } from '../report/story';

/** An application whose clients reach it by a name. */
export interface Served {
  /** One instance serves, and has every block that was ever acknowledged. */
  servedAlone(what: string, instanceId: string | undefined): Expectation[];
}

/** Where a name leads. */
export function addressOf({ route53 }: Account, hostedZoneId: string, record: string): string | undefined {
  return route53.zone(hostedZoneId).records.get(`${record} A `)?.ResourceRecords?.[0]?.Value;
}
