// Bundles the handlers into one asset that all functions share: one entry point per file, the SDK once. Consumers need no esbuild.
import { readdirSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const LIBRARIES = ['shared', 'planning'];
const folders = readdirSync('lambda', { withFileTypes: true })
  .filter(entry => entry.isDirectory() && !LIBRARIES.includes(entry.name))
  .map(entry => entry.name);

rmSync('assets', { recursive: true, force: true });
await build({
  entryPoints: folders.flatMap(folder => readdirSync(`lambda/${folder}`).filter(file => file.endsWith('.ts')).map(file => `lambda/${folder}/${file}`)),
  outbase: 'lambda',
  outdir: 'assets',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  chunkNames: 'shared/[name]-[hash]',
  minify: true,
  keepNames: true, // an error's class name is what workflows retry and catch by
  legalComments: 'none',
  logLevel: 'warning',
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
});
