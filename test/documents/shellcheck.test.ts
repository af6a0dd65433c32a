/** Every document as it is sent, its parts put in, by the linter that Debian brings; where it is not installed the test is skipped and counted so. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPLICATION_ENGINES } from '../../lib/private/replication-documents';
import { scriptText } from '../../lib/private/shell-document';

const root = join(__dirname, '../../documents');
const scripts = readdirSync(root).filter(folder => folder !== 'parts').flatMap(folder => readdirSync(join(root, folder)).filter(file => file.endsWith('.sh')).map(file => `${folder}/${file}`));
const folder = mkdtempSync(join(tmpdir(), 'documents-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const present = spawnSync('shellcheck', ['--version']).status === 0;
/** Names that are assigned by name (`printf -v`, `local -n`) are neither unused nor unassigned, which it can not see. */
const check = (file: string): string =>
  spawnSync('shellcheck', ['--shell=bash', '--severity=warning', '--exclude=SC2034,SC2154', '--format=gcc', file], { encoding: 'utf8' }).stdout;
const write = (name: string, text: string): string => {
  const file = join(folder, name.replace('/', '-'));
  writeFileSync(file, text);
  return file;
};

test('there are documents of every kind', () => expect(new Set(scripts.map(script => script.split('/')[0]))).toEqual(new Set(['filesystem', 'identity', 'replication', 'services', 'volumes'])));

(present ? test.each : test.skip.each)(scripts)('shellcheck finds nothing in %s', script => {
  // what names no part of an engine is the same for each
  for (const engine of REPLICATION_ENGINES) expect(check(write(script, scriptText(script, engine)))).toBe('');
});

(present ? test : test.skip)('and would find a mistake', () => {
  expect(check(write('broken.sh', '#!/bin/bash\nbroken() { local path=$(mktemp); rm -rf $path/*; }\nbroken\n'))).toContain('SC2155');
});
