/**
 * Makes the lab usable on this computer: `npm run dataplane:setup`. Does nothing when it is. Exit status 3: this computer can not run it,
 * and the last line says why.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { kernelFolders } from './kernels';
import { debianMirror, prepareHost, reachMirror, UnfitHost } from './host';
import { makeImage } from './image';
import { cache, image, tree } from './places';
import { suite } from './recipe';
import { makeTree } from './tree';

/** What an older recipe made, unless it was made just now: a run that began before may still use it. */
function removeOutdated(): void {
  const current = [tree(), image(), ...kernelFolders()];
  const aDayAgo = Date.now() - 24 * 3600 * 1000;
  for (const name of readdirSync(cache).filter(each => /^(tree|root|volume|cluster|kernel)-/.test(each))) {
    const path = join(cache, name);
    if (!current.includes(path) && statSync(path).ctimeMs < aDayAgo) rmSync(path, { recursive: true });
  }
}

const ATTEMPTS = 3;

/** Some hundred packages are fetched for it: that one of them does not come at once says nothing, and a mirror that has gone, nothing of the lab. */
function makeTreeInSomeAttempts(): void {
  for (let attempt = 1; ; attempt++) {
    try {
      makeTree(tree());
      return;
    } catch (error) {
      if (error instanceof UnfitHost) throw error;
      if (attempt === ATTEMPTS) {
        reachMirror(debianMirror(), suite);
        throw error;
      }
      console.log(`once more, for: ${(error as Error).message}`);
    }
  }
}

function main(): void {
  mkdirSync(cache, { recursive: true });
  prepareHost(cache);
  makeTreeInSomeAttempts();
  makeImage(image(), tree());
  removeOutdated();
  console.log('the lab is set up');
}

try {
  main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = error instanceof UnfitHost ? 3 : 1;
}
