import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenarios } from '../rehearsal/scenarios';
import { PAGES, regenerate } from '../scripts/document';

const root = join(__dirname, '..');

test.each(PAGES)('$path says what the machines say: diagrams, errors, permissions', page => {
  const text = readFileSync(join(root, page.path), 'utf8');
  expect(regenerate(page, text)).toBe(text);
});

test('every input field that the handler knows is documented', () => {
  const page = readFileSync(join(root, 'docs/clone.md'), 'utf8');
  const api = readFileSync(join(root, 'lib/instance-clone.ts'), 'utf8');
  const fields = /export interface Request \{([\s\S]*?)\n\}/.exec(readFileSync(join(root, 'lambda/shared/request/request.ts'), 'utf8'))![1]!.match(/readonly (\w+)(?=:)/g)!.map(field => field.replace('readonly ', ''));
  expect(fields).toContain('sourceInstanceId');
  for (const field of fields) {
    expect(page).toContain(`| \`${field}\` |`);
    expect(api).toContain(`\`${field}\``);
  }
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
