// Builds all that ships: the library (jsii) and the handlers (esbuild), side by side. Standard output stays free for what follows.
import { spawn } from 'node:child_process';

const run = script => new Promise((resolve, reject) => {
  spawn('npm', ['run', '--silent', script], { stdio: ['ignore', process.stderr, process.stderr] })
    .on('error', reject)
    .on('exit', code => code === 0 ? resolve() : reject(new Error(`npm run ${script} ended with ${code}`)));
});

const failed = (await Promise.allSettled(['compile', 'bundle'].map(run))).filter(result => result.status === 'rejected');
for (const { reason } of failed) console.error(reason.message);
process.exitCode = failed.length === 0 ? 0 : 1;
