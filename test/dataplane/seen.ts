/**
 * npx tsx test/dataplane/seen.ts REPORT…
 *
 * Counts what reports of jest (`--json --outputFile REPORT`) say into the table of README.md. What is red there begins anew; so does, by
 * hand, what a change of the scripts concerns.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPLICATION_ENGINES } from '../../lib/private/replication-documents';

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly endTime: number;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string; readonly duration?: number | null }[];
  }[];
}

/** The tests of a file that are about one engine, or none, as one round played them. */
interface Played { readonly what: string; readonly tests: number; readonly green: boolean; readonly seconds: number; readonly date: string }
interface Row { readonly tests: number; readonly least: number; readonly most: number; readonly inARow: number; readonly date: string }

const readme = join(__dirname, 'README.md');
const HEAD = '| tests of | how many | seconds | in a row | last |\n| --- | --- | --- | --- | --- |\n';

/** By its place in the checkout, whichever that was. */
const titleOf = (file: string) => `\`${/test\/dataplane\/(.*)\.test\.ts$/.exec(file)?.[1] ?? file}\``;

function played({ testResults }: Report): Played[] {
  return testResults.flatMap(({ name, endTime, assertionResults }) => {
    const ran = assertionResults.filter(({ status }) => status !== 'pending');
    const engineOf = (fullName: string) => REPLICATION_ENGINES.find(engine => fullName.startsWith(engine));
    return [undefined, ...REPLICATION_ENGINES].flatMap(engine => {
      const tests = ran.filter(({ fullName }) => engineOf(fullName) === engine);
      return tests.length === 0 ? [] : [{
        what: `${titleOf(name)}${engine ? `, ${engine}` : ''}`, tests: tests.length,
        green: tests.every(({ status }) => status === 'passed'), seconds: Math.round(tests.reduce((sum, { duration }) => sum + (duration ?? 0), 0) / 1000),
        date: new Date(endTime).toISOString().slice(0, 10),
      }];
    });
  });
}

function rowsOf(table: string): Map<string, Row> {
  return new Map([...table.matchAll(/^\| (`.*?) \| (\d+) \| (\d+)(?:–(\d+))? \| (\d+) \| (\S+) \|$/gm)].map(([, what, tests, least, most, inARow, date]) =>
    [what!, { tests: Number(tests), least: Number(least), most: Number(most ?? least), inARow: Number(inARow), date: date! }]));
}

function counted(rows: Map<string, Row>, { what, tests, green, seconds, date }: Played): void {
  const row = rows.get(what);
  // with another test in it, it is another round
  if (!green) rows.set(what, { tests, least: row?.least ?? seconds, most: row?.most ?? seconds, inARow: 0, date });
  else if (row?.tests !== tests || row.inARow === 0) rows.set(what, { tests, least: seconds, most: seconds, inARow: 1, date });
  else rows.set(what, { tests, least: Math.min(row.least, seconds), most: Math.max(row.most, seconds), inARow: row.inARow + 1, date });
}

/** A file that did not even run was not green either. */
function broken(rows: Map<string, Row>, { testResults }: Report): void {
  for (const { name, status, assertionResults } of testResults) {
    if (status !== 'failed' || assertionResults.length > 0) continue;
    for (const [what, row] of rows) if (what.startsWith(titleOf(name))) rows.set(what, { ...row, inARow: 0 });
  }
}

const text = readFileSync(readme, 'utf8');
const [before, rest] = [text.slice(0, text.indexOf(HEAD)), text.slice(text.indexOf(HEAD) + HEAD.length)];
const end = /^(?:\|.*\n)*/.exec(rest)![0].length;
const rows = rowsOf(rest.slice(0, end));
for (const file of process.argv.slice(2)) {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  played(report).forEach(each => counted(rows, each));
  broken(rows, report);
}
const lines = [...rows].sort(([one], [other]) => one < other ? -1 : 1).map(([what, { tests, least, most, inARow, date }]) =>
  `| ${what} | ${tests} | ${least === most ? least : `${least}–${most}`} | ${inARow} | ${date} |`);
writeFileSync(readme, `${before}${HEAD}${lines.join('\n')}\n${rest.slice(end)}`);
