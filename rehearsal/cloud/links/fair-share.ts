/**
 * Max-min fair rates: everybody gets the same, except who wants less; what they leave is for the others. In the order of `most`.
 */
export function fairShare(available: number, most: readonly number[]): number[] {
  const rates = most.map(() => 0);
  let left = Math.max(0, available);
  const waiting = most.map((_, index) => index).sort((a, b) => most[a]! - most[b]!);
  while (waiting.length > 0) {
    const [index] = waiting as [number];
    const rate = Math.min(most[index]!, left / waiting.length);
    rates[index] = rate;
    left -= rate;
    waiting.shift();
  }
  return rates;
}
