import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenarios } from '../rehearsal/scenarios';
import { PAGES, regenerate } from '../scripts/document';

const root = join(__dirname, '..');

test.each(PAGES)('$path says what the machines say: diagrams, errors, permissions', page => {
  const text = readFileSync(join(root, page.path), 'utf8');
  expect(regenerate(page, text)).toBe(text);
});

test.each([
  ['clone', 'request/request.ts', 'Request', 'docs/clone.md', 'lib/instance-clone.ts'],
  ['move', 'sync/request.ts', 'SyncRequest', 'docs/sync.md', 'lib/instance-store-sync.ts'],
  ['move to the edge', 'migration/request.ts', 'MigrationRequest', 'docs/migration.md', 'lib/edge-migration.ts'],
])('every input field of a %s that the handler knows is documented', (_, file, name, page, construct) => {
  const source = readFileSync(join(root, 'lambda/shared', file), 'utf8');
  const [, body] = new RegExp(`export interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source)!;
  const fields = [...body!.matchAll(/^ {2}readonly (\w+)(?=:)/gm)].map(match => match[1]!);
  expect(fields).toContain('planOnly');
  // what a fleet gives its moves stands in one line
  const table = readFileSync(join(root, page), 'utf8').split('\n').filter(line => line.startsWith('| `')).map(line => line.split('|')[1]!).join();
  const api = readFileSync(join(root, construct), 'utf8');
  for (const field of fields) {
    expect(table).toContain(`\`${field}\``);
    expect([field, api.includes(`\`${field}\``)]).toEqual([field, true]);
  }
});

test.each([
  ['docs/clone.md', /maxDowntime|`deadline`/],
  ['docs/sync.md', /maxDowntime|`deadline`|`consistency: |warmUp|volumeInitializationRate|sharingKey|CloneSourceAccess|another account/],
  ['docs/migration.md', /`consistency: |warmUp|volumeInitializationRate|sharingKey|CloneSourceAccess|another account/],
  ['docs/migration-fleet.md', /`strategy` asks|sharingKey/],
])('%s names no error that its executions can not end with', (path, elsewhere) => {
  const page = readFileSync(join(root, path), 'utf8');
  const table = page.slice(page.indexOf('<!-- errors: '), page.indexOf('<!-- /errors -->')).split('\n').filter(line => line.startsWith('| `'));
  expect(table.length).toBeGreaterThan(10);
  expect(table.filter(line => elsewhere.test(line))).toEqual([]);
});

test('what the page of clones names as proof is there to be played', () => {
  const page = readFileSync(join(root, 'docs/clone.md'), 'utf8');
  const table = page.slice(page.indexOf('## What is shown'), page.indexOf('## Limits'));
  const proofs = table.split('\n').filter(line => line.startsWith('| ')).slice(2).flatMap(line => [...line.split('|')[2]!.matchAll(/`([^`]+)`/g)].map(match => match[1]!));
  expect(proofs.length).toBeGreaterThan(12);
  expect(proofs.filter(proof => !(proof.endsWith('.ts') ? existsSync(join(root, proof)) : scenarios.some(({ name }) => name === proof)))).toEqual([]);
  // and no scenario of clones is left out, but for the one that is a regression of its own
  expect(scenarios.map(({ name }) => name).filter(name => name.startsWith('clone') && !proofs.includes(name))).toEqual(['clone-of-clone-fails']);
});
