/** The value that so many of all are not above. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('there is nothing to take a percentile of');
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

export interface Line { readonly name: string; readonly colour: string; readonly points: readonly (readonly [x: number, y: number])[] }

const WIDTH = 560, HEIGHT = 320, LEFT = 56, RIGHT = 150, TOP = 36, BOTTOM = 44;

/** A number that is 1, 2 or 5 times a power of ten, and gives at most so many steps up to the greatest. */
function step(greatest: number, most: number): number {
  const power = 10 ** Math.floor(Math.log10(greatest / most));
  return [1, 2, 5, 10].map(each => each * power).find(each => greatest / each <= most)!;
}

/** Lines over a common axis that begins at nought, as a picture in SVG. */
export function plot(title: string, xAxis: string, yAxis: string, lines: readonly Line[]): string {
  const greatestX = Math.max(...lines.flatMap(({ points }) => points.map(([x]) => x)));
  const greatestY = Math.max(...lines.flatMap(({ points }) => points.map(([, y]) => y)));
  const each = step(greatestY, 6), top = Math.ceil(greatestY / each) * each;
  const x = (value: number) => Math.round(LEFT + value / greatestX * (WIDTH - LEFT - RIGHT));
  const y = (value: number) => Math.round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM));
  const ticks = Array.from({ length: Math.round(top / each) + 1 }, (_, index) => index * each);
  const marks = [...new Set(lines.flatMap(({ points }) => points.map(([value]) => value)))];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/><text x="${LEFT}" y="20" font-size="14">${title}</text>`,
    ...ticks.map(tick => `<path d="M${LEFT} ${y(tick)}H${WIDTH - RIGHT}" stroke="#ddd"/><text x="${LEFT - 6}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`),
    ...marks.map(mark => `<text x="${x(mark)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${mark}</text>`),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${xAxis}</text>`,
    `<text x="14" y="${(TOP + HEIGHT - BOTTOM) / 2}" text-anchor="middle" transform="rotate(-90 14 ${(TOP + HEIGHT - BOTTOM) / 2})">${yAxis}</text>`,
    ...lines.flatMap(({ name, colour, points }) => [
      `<polyline points="${points.map(([a, b]) => `${x(a)},${y(b)}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...points.map(([a, b]) => `<circle cx="${x(a)}" cy="${y(b)}" r="3" fill="${colour}"/>`),
      `<text x="${x(points.at(-1)![0]) + 8}" y="${y(points.at(-1)![1]) + 4}" fill="${colour}">${name}</text>`,
    ]),
    '</svg>', '',
  ].join('\n');
}
