/** DynamoDB's numbers: exact decimals of up to 38 digits, which JavaScript's numbers can not hold. */
interface Decimal {
  readonly digits: bigint;
  /** How many of the digits stand behind the point. */
  readonly scale: number;
}

export function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text);
}

/** A number in the one form in which DynamoDB gives it back: no leading or trailing zeros, no exponent. */
export function normalise(text: string): string {
  return format(parse(text));
}

export function compareNumbers(a: string, b: string): number {
  const { digits } = combine(a, b, (x, y) => x - y);
  return digits < 0n ? -1 : digits > 0n ? 1 : 0;
}

export function add(a: string, b: string): string {
  return format(combine(a, b, (x, y) => x + y));
}

export function subtract(a: string, b: string): string {
  return format(combine(a, b, (x, y) => x - y));
}

function combine(a: string, b: string, operation: (a: bigint, b: bigint) => bigint): Decimal {
  const [x, y] = [parse(a), parse(b)];
  const scale = Math.max(x.scale, y.scale);
  return { digits: operation(x.digits * 10n ** BigInt(scale - x.scale), y.digits * 10n ** BigInt(scale - y.scale)), scale };
}

function parse(text: string): Decimal {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.');
  const digits = BigInt(whole + fraction || '0') * (mantissa.startsWith('-') ? -1n : 1n);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

function format({ digits, scale }: Decimal): string {
  const sign = digits < 0n ? '-' : '';
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const fraction = scale === 0 ? '' : text.slice(-scale).replace(/0+$/, '');
  const significant = text.replace(/^0+/, '').replace(/0+$/, '');
  if (significant.length > 38) throw new RangeError(`Attempting to store more than 38 significant digits in a Number`);
  return sign + text.slice(0, text.length - scale) + (fraction && `.${fraction}`);
}
