import type { Account } from '../../account';

const week = 7 * 86_400_000;

/**
 * Whether what was measured at an Outpost at a time is there by now: one that is cut off keeps its metrics, for seven days at the most, and sends
 * them when it is connected again (Outposts user guide, "Maintenance").
 */
export function arrived(account: Account, outpostArn: string | undefined, time: number): boolean {
  if (outpostArn === undefined) return true;
  const outage = account.links.of(account.outposts.site(outpostArn)).outages.around(time);
  return !outage || account.clock.now() >= outage.until && time >= outage.until - week;
}
