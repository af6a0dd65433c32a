/** What counts how much when starts are compared. */
export interface CostWeights {
  /** Per gigabyte (10⁹ bytes) that is sent again. */
  readonly perGigabyteResent: number;
  /** Per hour at 10 % CPU while the copy runs. */
  readonly perTenPercentHour: number;
  /** Per second of downtime. */
  readonly perSecondDown: number;
  /** Per second in which the target serves but still reads from the source. */
  readonly perSecondExposed: number;
  /** Per hour after the instance was wanted, times its priority. */
  readonly perHourLate: number;
}

export const COST_WEIGHTS: CostWeights = { perGigabyteResent: 1, perTenPercentHour: 1, perSecondDown: 0.001, perSecondExposed: 0.001, perHourLate: 1 };

/** Sums of CPU percent × hours, from which the exposure of any stretch follows. */
export function exposureSums(cpuPercent: ArrayLike<number>, step: number): Float64Array {
  const sums = new Float64Array(cpuPercent.length + 1);
  for (let slot = 0; slot < cpuPercent.length; slot++) sums[slot + 1] = sums[slot]! + cpuPercent[slot]! * step / 36_000;
  return sums;
}
