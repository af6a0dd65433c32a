import { escaped } from './markup';

/** One page that needs nothing but itself: no script, no font, no picture from elsewhere. */
export function page(title: string, lead: string, sections: readonly string[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1><p class="lead">${escaped(lead)}</p>
${sections.filter(section => section !== '').join('\n')}
</main></body></html>
`;
}

export function section(heading: string, body: string, note = ''): string {
  return `<section><h2>${escaped(heading)}${note && ` <small>${escaped(note)}</small>`}</h2>\n${body}\n</section>`;
}

/** Figures that one looks for first. */
export function figures(pairs: readonly (readonly [name: string, value: string])[]): string {
  return `<dl>${pairs.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`).join('')}</dl>`;
}

export type Cell = string | number | null;

export function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cell = (value: Cell): string => `<td${typeof value === 'number' ? ' class="n"' : ''}>${value === null ? '–' : escaped(String(value))}</td>`;
  return `<div class="wide"><table><thead><tr>${columns.map(name => `<th>${escaped(name)}</th>`).join('')}</tr></thead>
<tbody>${rows.map(row => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}</tbody></table></div>`;
}

export function list(lines: readonly string[]): string {
  return `<ul>${lines.map(line => `<li>${escaped(line)}</li>`).join('')}</ul>`;
}

export function svg(name: string, width: number, height: number, body: string): string {
  return `<svg role="img" aria-label="${escaped(name)}" viewBox="0 0 ${width} ${Math.ceil(height)}">${body}</svg>`;
}

/** The names of colours with what they stand for. */
export function legend(entries: readonly (readonly [kind: string, meaning: string])[]): string {
  return `<p class="legend">${entries.map(([kind, meaning]) => `<span><svg viewBox="0 0 14 10">${
    kind.startsWith('line ') ? `<line class="${kind.slice(5)}" x1="0" x2="14" y1="5" y2="5"/>` : `<rect class="${kind}" width="14" height="10"/>`}</svg> ${escaped(meaning)}</span>`).join('')}</p>`;
}

const STYLE = `
:root { color-scheme: light dark;
  --paper: light-dark(#fbfaf7, #15171a); --card: light-dark(#fff, #1d2024); --ink: light-dark(#1d2126, #e8e6e1);
  --soft: light-dark(#5f6770, #9aa3ad); --line: light-dark(#dcd8ce, #3a4047); --grid: light-dark(#eeebe4, #262a2f);
  --pre: light-dark(#2f6fb0, #5b9bdb); --post: light-dark(#b0672f, #dba13f); --aws: light-dark(#7a5ab5, #a58be0);
  --others: light-dark(#b9c4cf, #4a545f); --held: light-dark(#e2b65a, #8a6a22); --late: light-dark(#c0392b, #e8705f); --price: light-dark(#c0392b, #e8705f); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 84rem; margin: 0 auto; padding: 2rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; letter-spacing: -.01em; }
.lead, h2 small { color: var(--soft); font-weight: normal; } .lead { margin: .3rem 0 0; max-width: 60rem; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
dl { display: flex; flex-wrap: wrap; gap: .6rem 2.4rem; margin: 1.4rem 0 0; } dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; font-size: 1.35rem; }
svg { display: block; width: 100%; overflow: visible; } section > svg, .wide { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .5rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .2rem .8rem .2rem 0; vertical-align: top; white-space: nowrap; }
th { color: var(--soft); font-weight: normal; border-bottom: 1px solid var(--line); } td.n { text-align: right; }
ul { margin: 0; padding-left: 1.2rem; }
text { font-size: 12px; fill: var(--ink); } text.hour, text.soft { fill: var(--soft); font-size: 11px; } text.date { font-size: 11px; font-weight: 600; }
.mark { stroke: var(--grid); } .day { stroke: var(--line); stroke-width: 1.5; } .row { fill: var(--grid); opacity: .6; }
.pre { fill: var(--pre); } .post { fill: var(--post); } .aws { fill: var(--aws); } .others { fill: var(--others); } .held { fill: var(--held); } .late { fill: var(--late); } .price { fill: var(--price); }
.s-now { fill: var(--soft); } .s-window { fill: var(--held); } .s-sameTimeOfDay { fill: var(--aws); } .s-adaptive { fill: var(--pre); } text.name { font-weight: 600; }
.l-now, .l-window, .l-sameTimeOfDay, .l-adaptive { fill: none; stroke-width: 2; stroke-linejoin: round; }
.l-now { stroke: var(--soft); } .l-window { stroke: var(--held); } .l-sameTimeOfDay { stroke: var(--aws); } .l-adaptive { stroke: var(--pre); }
.capacity { stroke: var(--ink); fill: none; stroke-width: 1.2; } .room { stroke: var(--soft); fill: none; stroke-dasharray: 4 3; } .bound { stroke: var(--soft); stroke-dasharray: 2 2; }
.legend { color: var(--soft); font-size: .85rem; margin: .4rem 0 0; } .legend span { margin-right: 1.4rem; white-space: nowrap; } .legend svg { display: inline-block; width: 14px; height: 10px; }
`;
