import type { Series } from '../../planning/forecast/series';

/** A tunnel or interface that was silent for longer than this, while others were not, is gone. */
const GONE_AFTER = 3600;

/** The first series where it has a value, otherwise the second. */
export function orElse(first: Series, second: Series): Series {
  return { ...first, values: first.values.map((value, slot) => (Number.isNaN(value) ? second.values[slot] ?? NaN : value)) };
}

/**
 * What goes over all parts of a link. A part counts from its first value to its last one: before and after it did not
 * exist. Where a part that exists has no value, the sum is not known: the others alone would look like a quiet link. A part
 * that fell silent within the last hour may still send what it has kept.
 */
export function sumOfParts(parts: readonly Series[], empty: Series): Series {
  const lives = parts.flatMap(part => {
    const first = part.values.findIndex(value => !Number.isNaN(value));
    return first < 0 ? [] : [{ values: part.values, first, last: part.values.findLastIndex(value => !Number.isNaN(value)) }];
  });
  const newest = Math.max(...lives.map(({ last }) => last));
  const slots = empty.values.length;
  const until = lives.map(({ last }) => ((newest - last) * empty.step > GONE_AFTER ? last : slots - 1));
  const values = Float64Array.from({ length: slots }, (_, slot) => {
    const there = lives.filter(({ first }, i) => first <= slot && slot <= until[i]!);
    return there.length === 0 ? NaN : there.reduce((sum, part) => sum + part.values[slot]!, 0);
  });
  return { ...empty, values };
}

/** The traffic of others: less what migrations sent themselves, which would otherwise be forecast as somebody else's. Nothing below zero. */
export function withoutOwn({ start, step, values }: Series, own: readonly { readonly from: number; readonly to: number; readonly rate: number }[]): Series {
  return {
    start, step, values: values.map((value, slot) => {
      const [from, to] = [start + slot * step, start + (slot + 1) * step];
      const bytes = own.reduce((sum, each) => sum + each.rate * Math.max(0, Math.min(each.to, to) - Math.max(each.from, from)), 0);
      return Math.max(0, value - bytes / step);
    }),
  };
}
