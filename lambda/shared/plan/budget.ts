import { CostLimitExceeded, PriceMissing } from '../errors';
import type { CostLine, ExpectedCost } from './plan';

/** As AWS's own price lists count a month. */
const MONTH_HOURS = 730;

/** What the clones cost from their launch to their end; where they have none, in a month. */
export function expectedCost(cost: readonly CostLine[], livesSeconds: number | null): ExpectedCost {
  const hours = livesSeconds === null ? MONTH_HOURS : livesSeconds / 3600;
  const amount = cost.reduce((sum, { unit, quantity, price }) => sum + (price ?? 0) * quantity * timesOf(unit, hours), 0);
  return { amount: Math.round(amount * 100) / 100, hours, unpriced: cost.filter(({ price }) => price === null).map(({ unit }) => unit) };
}

/** How often a unit is paid in so many hours: `instance-hour:…`, `volume-gib-month:…`, or once. */
function timesOf(unit: string, hours: number): number {
  return /-hour(:|$)/.test(unit) ? hours : /-month(:|$)/.test(unit) ? hours / MONTH_HOURS : 1;
}

/** Why the clones must not be made for so much; undefined if they may. */
export function overBudget({ amount, hours, unpriced }: ExpectedCost, maxCost: number): CostLimitExceeded | PriceMissing | undefined {
  // what has no price would count as free
  if (unpriced.length > 0) {
    return new PriceMissing(`the cost limit of ${maxCost} can not be kept without prices for ${unpriced.join(', ')}: give them to the construct's \`prices\``);
  }
  return amount <= maxCost ? undefined : new CostLimitExceeded(`the clones cost ${amount} in ${Math.round(hours * 10) / 10} hours, and the limit is ${maxCost}:`
    + ' ask for fewer or smaller ones, or let them expire sooner');
}
