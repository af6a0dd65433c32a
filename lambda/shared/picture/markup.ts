/** Text that is safe inside an element or an attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[character]!);
}

/** A coordinate, without the digits that nobody sees. */
export const at = (value: number): string => String(Math.round(value * 10) / 10);

/** A rectangle with a tip. */
export function box(x: number, y: number, width: number, height: number, kind: string, tip = ''): string {
  return `<rect class="${kind}" x="${at(x)}" y="${at(y)}" width="${at(Math.max(width, 0))}" height="${at(height)}">${tip && `<title>${escaped(tip)}</title>`}</rect>`;
}

export function label(x: number, y: number, text: string, kind = '', anchor: 'start' | 'middle' | 'end' = 'start'): string {
  return `<text class="${kind}" x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

/** The path of a step function: the value of each slot from its beginning to its end. */
export function steps(values: readonly number[], x: (slot: number) => number, y: (value: number) => number): string {
  return values.map((value, slot) => `${slot === 0 ? 'M' : 'L'}${at(x(slot))} ${at(y(value))}H${at(x(slot + 1))}`).join('');
}

/** The area between two step functions. */
export function area(low: readonly number[], high: readonly number[], x: (slot: number) => number, y: (value: number) => number): string {
  const back = low.map((value, slot) => `L${at(x(slot + 1))} ${at(y(value))}H${at(x(slot))}`).reverse().join('');
  return high.length === 0 ? '' : `${steps(high, x, y)}${back}Z`;
}
