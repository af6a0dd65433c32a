import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
