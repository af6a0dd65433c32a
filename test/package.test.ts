import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..');
let blank: string;

beforeAll(() => {
  blank = mkdtempSync(join(tmpdir(), 'blank-app-'));
});
afterAll(() => rmSync(blank, { recursive: true, force: true }));

test('the packed tarball, in a blank app with an empty environment, synthesizes the machines with their handlers', () => {
  const [{ filename, size }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', blank], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] }).toString());
  // what a consumer downloads
  expect(size).toBeLessThan(1_500_000);

  const installed = join(blank, 'node_modules', 'cdk-instance-mobility');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(blank, filename), '-C', installed, '--strip-components=1']);
  // only the peers are there besides: neither esbuild nor an SDK
  for (const peer of ['aws-cdk-lib', 'constructs']) symlinkSync(join(root, 'node_modules', peer), join(blank, 'node_modules', peer), 'dir');
  writeFileSync(join(blank, 'app.js'), `
    const { App, Stack } = require('aws-cdk-lib');
    const { CloneSource, InstanceClone } = require('cdk-instance-mobility');
    const app = new App({ outdir: 'cdk.out' });
    new InstanceClone(new Stack(app, 'Blank'), 'Clone', { source: CloneSource.tagged('clonable', 'yes') });
    app.synth();`);
  execFileSync(process.execPath, ['app.js'], { cwd: blank, env: {}, stdio: 'pipe' });

  const template = JSON.parse(readFileSync(join(blank, 'cdk.out', 'Blank.template.json'), 'utf8'));
  const { files } = JSON.parse(readFileSync(join(blank, 'cdk.out', 'Blank.assets.json'), 'utf8')) as { files: Record<string, { source: { path: string; packaging: string } }> };
  const functions = Object.values<{ Type: string; Properties: { Handler: string; Code: { S3Key: string } } }>(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  expect(functions.length).toBeGreaterThan(15);
  for (const { Properties } of functions) {
    const asset = files[Properties.Code.S3Key.replace('.zip', '')]!;
    const handler = join(blank, 'cdk.out', asset.source.path, Properties.Handler.replace(/\.handler$/, '.mjs'));
    expect({ handler, exists: existsSync(handler) }).toEqual({ handler, exists: true });
  }
}, 60_000);

test('what is packed is what is meant to ship', () => {
  const shipped = (folder: string): string[] => readdirSync(folder, { withFileTypes: true })
    .flatMap(entry => entry.isDirectory() ? shipped(join(folder, entry.name)) : [join(folder, entry.name)]);
  const files = shipped(join(blank, 'node_modules', 'cdk-instance-mobility')).map(file => file.slice(blank.length + '/node_modules/cdk-instance-mobility/'.length));
  const known = /^(package\.json|README\.md|API\.md|CHANGELOG\.md|LICENSE|\.jsii|\.warnings\.jsii\.js|lib\/.+\.(js|d\.ts)|assets\/[a-z-]+\/.+\.mjs|documents\/[a-z-]+\/(parts\/)?[a-z-]+\.sh)$/;
  expect(files.filter(file => !known.test(file))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining(['documents/filesystem/freeze.sh', 'lib/index.js', '.jsii']));
  expect(files.filter(file => file.startsWith('assets/')).every(file => statSync(join(blank, 'node_modules', 'cdk-instance-mobility', file)).size > 0)).toBe(true);
});

test('the app behind cdk deploy lets clones of another Region use the keys that it is told', () => {
  const key = 'arn:aws:kms:eu-west-1:111122223333:key/11112222-3333-4444-5555-666677778888';
  const outdir = join(blank, 'app.out');
  execFileSync(process.execPath, ['--import', 'tsx', 'bin/app.ts'], {
    cwd: root, stdio: 'pipe', env: { CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify({ sourceRegion: 'eu-west-1', sourceKeyArns: key }) },
  });
  expect(readFileSync(join(outdir, 'InstanceClone.template.json'), 'utf8').includes(key)).toBe(true);
}, 120_000);
