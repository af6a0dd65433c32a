/** One line of the table. */
export interface Row { readonly id: string; readonly what: string; readonly baseline: string; readonly ours: string; readonly target: string }

export const row = (id: string, what: string, baseline: string, ours: string, target: string): Row => ({ id, what, baseline, ours, target });

/** The lines as a table in Markdown. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ id, what, baseline, ours, target }) => `| ${id} | ${what} | ${baseline} | ${ours} | ${target} |`);
  return ['| id | task | baseline | this library | target |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}
