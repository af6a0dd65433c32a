import { mkdirSync, readFileSync, writeFileSync } from 'fs';
import { join, relative } from 'path';
import { type Options, optionsOf, usage, UsageError } from './cli/options';
import { synthesize } from './cli/synthesize';
import { readTraces, type Traces } from './cloud/load/traces';
import { Clock } from './clock';
import { importInventory } from './inventory/import-inventory';
import { instancesOf, latestTime } from './inventory/inventory';
import { type ReadInventory, readInventory, UnusableInventory } from './inventory/read-inventory';
import type { Json, JsonObject } from './json';
import { jsonOf } from './report/json';
import { page } from './report/page/page';
import { type Style, styleFor } from './report/style';
import { summary } from './report/summary';
import { Timeline } from './report/timeline';
import { scenarios } from './scenarios';
import { appOf } from './scenarios/apps';
import { databaseServer } from './scenarios/database-server';
import { givenInput } from './scenarios/given-input';
import { perform } from './scenarios/perform';
import { planAll } from './scenarios/plan-all';
import type { Scenario } from './scenarios/scenario';
import { clonable, type Stage } from './scenarios/stage';

const ownAccount = '111122223333';

/** Plays what the command line asks for; returns the exit status. */
async function main(argv: readonly string[]): Promise<number> {
  const options = optionsOf(argv, scenarios.map(each => each.name));
  const style = styleFor(process.stdout, process.env);
  if (options.help) return say(usage);
  if (options.list) return say(scenarios.map(({ name, description }) => `${style.bold(name.padEnd(22))}${description}`).join('\n'));
  const inventory = options.account === undefined ? undefined : readInventory(options.account, ownAccount);
  const print = options.json ? () => undefined : say;
  if (inventory) tellInventory(inventory, print, style);
  const scenario = scenarioOf(options, inventory, assumption => print(style.faint(`assumed: ${assumption}`)));
  if (options.hosts === 'vm' && !scenario.onMachines) {
    const able = scenarios.filter(each => each.onMachines).map(each => each.name).join(', ');
    throw new UsageError(`--hosts vm: the scenario ${scenario.name} can not be played on virtual machines; ${able} can`);
  }
  if (options.traces !== undefined && !scenario.onTraces) {
    const able = scenarios.filter(each => each.onTraces).map(each => each.name).join(', ');
    throw new UsageError(`--traces: the scenario ${scenario.name} makes up no loads that traces could stand for; ${able} do`);
  }
  const traces = options.traces === undefined ? undefined : tracesIn(options.traces);
  if (scenario.long) print(style.faint(`${scenario.name} is told at its end`));
  const assembly = await synthesize({ ...inventory ? {} : appOf(scenario).context, ...options.context });
  try {
    const story = await perform(scenario, {
      dir: assembly.dir, seed: options.seed, region: inventory?.region, from: inventory ? startOf(inventory) : options.hosts === 'vm' ? new Date() : undefined,
      hosts: { kind: options.hosts, recordings: options.recordings, say: print }, traces,
      follower: options.json || scenario.long ? undefined : new Timeline(print, style),
    });
    const written = [{ name: 'timeline', html: page(story) }, ...story.pages].map(({ name, html }) => {
      const file = join(__dirname, 'out', `${scenario.name}${name === 'timeline' ? '' : `-${name}`}.html`);
      mkdirSync(join(__dirname, 'out'), { recursive: true });
      writeFileSync(file, html);
      return `The ${name} as a page: ${relative(process.cwd(), file)}`;
    });
    if (options.json) say(JSON.stringify(jsonOf(story), undefined, 2));
    else ['', ...summary(story, style), ...written].forEach(say);
    return story.expectations.every(each => each.holds) ? 0 : 1;
  } finally {
    assembly.remove();
  }
}

function scenarioOf({ scenario, input, account, context }: Options, inventory: ReadInventory | undefined, assumed: (what: string) => void): Scenario {
  const prepare = (stage: Stage) => inventory ? importAll(stage, inventory, 'sourceTag' in context, assumed) : [databaseServer(stage).instanceId];
  if (input !== undefined) {
    if (scenario !== undefined && scenario !== scenarios[0].name) throw new UsageError(`the scenario ${scenario} brings its own input: leave out --input or the scenario`);
    return givenInput({ name: 'input', description: `An execution with the input in ${input}.`, input: readInput(input), prepare });
  }
  if (inventory) return planAll('account', `A clone of every instance in ${account} is planned; none is made.`, prepare);
  return scenarios.find(each => each.name === scenario) ?? scenarios[0];
}

/** Imports all. Unless the user says which tag allows cloning, every instance is taken to carry it. */
function importAll({ account }: Stage, read: ReadInventory, ownTag: boolean, assumed: (what: string) => void): string[] {
  importInventory(account, read).forEach(assumed);
  const { instances } = account.ec2;
  const ids = instancesOf(read.inventory).flatMap(({ InstanceId: id, State }) => id && ['running', 'stopped'].includes(State?.Name ?? '') ? [id] : []);
  if (ownTag) return ids;
  for (const [Key, Value] of Object.entries(clonable)) {
    assumed(`every instance carries the tag ${Key}=${Value}, which allows cloning`);
    for (const id of ids) instances.get(id)!.Tags = [...(instances.get(id)!.Tags ?? []).filter(tag => tag.Key !== Key), { Key, Value }];
  }
  return ids;
}

/** An hour after the latest that the inventory tells of, or when every rehearsal begins. */
function startOf({ inventory }: ReadInventory): Date {
  return new Date(Math.max(new Clock().now(), latestTime(inventory) + 3_600_000));
}

function tellInventory({ files, remarks }: ReadInventory, print: (line: string) => void, style: Style): void {
  for (const { file, command } of files) print(style.faint(`${file}: ${command}`));
  for (const remark of remarks) print(style.faint(`note: ${remark}`));
}

function tracesIn(folder: string): Traces {
  try {
    return readTraces(folder);
  } catch (error) {
    throw new UsageError(`--traces: ${(error as Error).message}`);
  }
}

function readInput(file: string): JsonObject {
  let input: Json;
  try {
    input = JSON.parse(readFileSync(file, 'utf8')) as Json;
  } catch (error) {
    throw new UsageError(`--input: ${file} can not be read as JSON: ${(error as Error).message}`);
  }
  if (input === null || typeof input !== 'object' || Array.isArray(input)) throw new UsageError(`--input: ${file} holds no JSON object`);
  return input;
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}

/** Ends at once when all is written: sandboxes that wait for work would keep the process alive for some seconds. */
function end(status: number): void {
  process.stdout.write('', () => process.exit(status));
}

// ended by its exit, so that what lies in the folder for temporary files is removed
for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) process.once(signal, () => process.exit(128 + number));
// whoever reads has seen enough, as `| head`
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(1);
});

main(process.argv.slice(2)).then(end, (error: unknown) => {
  const wrongUse = error instanceof UsageError || error instanceof UnusableInventory;
  process.stderr.write(`${wrongUse ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  end(wrongUse ? 2 : 1);
});
