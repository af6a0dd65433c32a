import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { regenerate } from '../scripts/document';

const root = join(__dirname, '..');

test('docs/clone.md says what the machine says: diagram, errors, permissions', () => {
  const page = readFileSync(join(root, 'docs/clone.md'), 'utf8');
  expect(regenerate(page)).toBe(page);
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
