/** Text that is safe inside an element or an attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[character]!);
}

/** A position for both drawings of the axis; the style sheet takes one of them. */
export function place(name: string, pressed: number, even: number): string {
  return `--${name}p:${round(pressed)};--${name}e:${round(even)}`;
}

function round(number: number): string {
  return String(Number(number.toFixed(3)));
}
