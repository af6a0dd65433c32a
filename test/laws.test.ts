import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(__dirname, '..');

/** The TypeScript files below a folder, relative to the root. */
function sources(folder: string): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && /\.(ts|mjs)$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map(entry => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** What a file imports from within the repository, relative to the root. */
function imports(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import\(|require\()\s*['"](\.[^'"]*)['"]/g)]
    .map(match => relative(root, resolve(root, dirname(file), match[1]!)));
}

const isIn = (path: string, ...folders: string[]): boolean => folders.some(folder => path === folder || path.startsWith(`${folder}/`));

/** folder → what its files may import from the repository */
const MAY_IMPORT: Record<string, (file: string, imported: string) => boolean> = {
  bin: (_, imported) => imported === 'lib' || imported === 'lib/index',
  examples: (_, imported) => imported === 'lib' || imported === 'lib/index',
  lib: (file, imported) => {
    const folder = dirname(file);
    if (folder === 'lib/private') return isIn(imported, 'lib/private');
    if (folder === 'lib') return isIn(imported, 'lib');
    return isIn(imported, folder, 'lib/private');
  },
  lambda: (file, imported) => isIn(imported, file.split('/').slice(0, 2).join('/'), 'lambda/shared', 'lambda/planning'),
  rehearsal: (_, imported) => isIn(imported, 'rehearsal'),
};

describe('dependency law', () => {
  test.each(Object.keys(MAY_IMPORT))('%s imports only what it may', folder => {
    const files = sources(folder);
    expect(files.length).toBeGreaterThan(0);
    const forbidden = files.flatMap(file => imports(file).filter(imported => !MAY_IMPORT[folder]!(file, imported)).map(imported => `${file} → ${imported}`));
    expect(forbidden).toEqual([]);
  });

  test('lambda/planning is pure: it imports nothing but itself', () => {
    const forbidden = sources('lambda/planning').filter(file => /from '[^.]/.test(readFileSync(join(root, file), 'utf8')) || imports(file).some(imported => !isIn(imported, 'lambda/planning')));
    expect(forbidden).toEqual([]);
  });

  test.each(['lib', 'lambda', 'bench', 'scripts'])('no files of %s need each other in a circle', folder => {
    const files = new Set(sources(folder));
    const circles: string[] = [];
    const done = new Set<string>();
    const follow = (file: string, path: string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (done.has(file)) return;
      done.add(file);
      for (const imported of imports(file).map(name => [`${name}.ts`, `${name}/index.ts`].find(name => files.has(name)))) {
        if (imported) follow(imported, [...path, file]);
      }
    };
    for (const file of files) follow(file, []);
    expect(circles).toEqual([]);
  });

  test('lambda/shared imports no step', () => {
    const forbidden = sources('lambda/shared').flatMap(file => imports(file).filter(imported => !isIn(imported, 'lambda/shared', 'lambda/planning')).map(imported => `${file} → ${imported}`));
    expect(forbidden).toEqual([]);
  });
});

describe('what ships', () => {
  const text = (file: string): string => readFileSync(join(root, file), 'utf8');

  test('no ARN names a partition', () => {
    // 'arn:aws:' followed by anything but a placeholder would break in GovCloud and China
    const literal = sources('lib').concat(sources('lambda')).filter(file => /['"`]arn:aws:/.test(text(file)));
    expect(literal).toEqual([]);
  });

  test('only index.ts is public', () => {
    const exported = [...text('lib/index.ts').matchAll(/from '\.\/([^']+)'/g)].map(match => match[1]);
    const atTop = readdirSync(join(root, 'lib')).filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts') && name !== 'index.ts').map(name => name.replace('.ts', ''));
    expect(exported.sort()).toEqual(atTop.sort());
  });

  test('there are no runtime dependencies, and nothing under a copyleft licence in the lockfile', () => {
    const manifest = JSON.parse(text('package.json'));
    expect(manifest.dependencies).toBeUndefined();
    const lock = JSON.parse(text('package-lock.json')) as { packages: Record<string, { license?: string; dev?: boolean; devOptional?: boolean; peer?: boolean }> };
    const runtime = Object.entries(lock.packages).filter(([path, entry]) => path !== '' && !entry.dev && !entry.devOptional && !entry.peer);
    expect(runtime.map(([path]) => path)).toEqual([]);
    // a choice between licences ('MIT OR GPL-3.0-or-later') is ours to make
    const copyleft = Object.entries(lock.packages).filter(([, entry]) => /\bA?GPL/.test(entry.license ?? '') && !/\bOR\b/.test(entry.license!)).map(([path]) => path);
    expect(copyleft).toEqual([]);
  });

  test('npm ci works on every platform: the lockfile names each optional package', () => {
    const { packages } = JSON.parse(text('package-lock.json')) as { packages: Record<string, { optionalDependencies?: Record<string, string> }> };
    const locked = new Set(Object.keys(packages).map(path => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)));
    const missing = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies)).filter(name => !locked.has(name));
    expect(missing).toEqual([]);
  });

  test('the bundle of all handlers is a few megabytes', () => {
    const size = (path: string): number => statSync(path).isDirectory()
      ? readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0)
      : statSync(path).size;
    expect(size(join(root, 'assets'))).toBeLessThan(3_000_000);
  });
});
