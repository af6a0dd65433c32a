import { readdirSync, readFileSync, statSync } from 'fs';
import { join } from 'path';
import type { Json } from '../json';
import { add, emptyInventory, type Inventory, instancesOf, regionsOf } from './inventory';
import { NotRecognised, type Recognised, recognise } from './recognise';

export interface ReadInventory {
  readonly inventory: Inventory;
  /** The Region that it lies in; undefined where no record tells. */
  readonly region?: string;
  /** What each file turned out to be. */
  readonly files: readonly { readonly file: string; readonly command: string }[];
  /** What was not understood or changed on the way in. */
  readonly remarks: readonly string[];
}

/** A folder that no account can be made of. */
export class UnusableInventory extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnusableInventory';
  }
}

/** Reads an account from the files of a folder; what a file holds counts, not its name. */
export function readInventory(folder: string, ownAccount: string): ReadInventory {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    throw new UnusableInventory(`can not read the folder ${folder}: ${(error as Error).message}`);
  }
  return inventoryOf(names.map(name => join(folder, name)), ownAccount);
}

/** Reads an account from these files; later ones replace what earlier ones told of the same resource. */
export function inventoryOf(files: readonly string[], ownAccount: string): ReadInventory {
  const inventory = emptyInventory();
  const understood: { file: string; command: string }[] = [];
  const remarks: string[] = [];
  const documents = files.flatMap(file => {
    const document = parse(file);
    if (document instanceof NotRecognised) remarks.push(`${file}: ${document.message}`);
    return document instanceof NotRecognised ? [] : [{ file, text: document }];
  });
  const account = accountOf(documents.map(({ text }) => text));
  if (account && account !== ownAccount) remarks.push(`account ${account} is called ${ownAccount} in the rehearsal`);
  for (const { file, text } of documents) {
    const recognised = recogniseIn(account ? text.replaceAll(account, ownAccount) : text);
    if (recognised instanceof NotRecognised) {
      remarks.push(`${file}: ${recognised.message}`);
      continue;
    }
    understood.push({ file, command: `aws ${recognised.command}` });
    if (recognised.unknownFields.length > 0) remarks.push(`${file}: left out, unknown here: ${recognised.unknownFields.join(', ')}`);
    if (recognised.incomplete) remarks.push(`${file}: is one page only (NextToken): what follows is not in this rehearsal`);
    add(inventory, recognised);
  }
  if (instancesOf(inventory).length === 0) {
    throw new UnusableInventory(['no file holds an instance, as `aws ec2 describe-instances` prints it', ...remarks].join('\n  '));
  }
  const regions = regionsOf(inventory);
  if (regions.length > 1) throw new UnusableInventory(`the files come from several Regions (${regions.join(', ')}): use one folder for each`);
  return { inventory, region: regions[0], files: understood, remarks };
}

/** The text of a JSON file. */
function parse(file: string): string | NotRecognised {
  let text: string;
  try {
    if (!statSync(file).isFile()) return new NotRecognised('is no file');
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return new NotRecognised(`can not be read: ${(error as Error).message}`);
  }
  try {
    JSON.parse(text);
    return text;
  } catch {
    return new NotRecognised('is not JSON; print answers with --output json');
  }
}

function recogniseIn(text: string): Recognised | NotRecognised {
  try {
    return recognise(JSON.parse(text) as Json);
  } catch (error) {
    if (error instanceof NotRecognised) return error;
    throw error;
  }
}

/** Whose account it is: the one that owns most of what is shown. */
function accountOf(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) {
    if (!text.includes('"Reservations"')) continue;
    for (const [, owner] of text.matchAll(/(?:"OwnerId":\s*"|:iam::)(\d{12})[":]/g)) counts.set(owner!, (counts.get(owner!) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
