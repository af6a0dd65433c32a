/**
 * Records what real machines answer to the steps, for the look-alike account: npx tsx test/dataplane/record.ts [ENGINE [FILE [STORY …]]]
 * Each story begins with a pair that knows of nothing.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { REPLICATION_ENGINES, type ReplicationEngine } from '../../lib/private/replication-documents';
import { Recorder } from '../../rehearsal/hosts/recorder';
import { sleep } from './lab/command';
import type { PairOptions } from './harness/options';
import { Pair } from './harness/pair';
import { Replication, SERVICES, type Status } from './harness/replication';

const common = { encryption: 'wireguard', megabytes: 64, megabytesPerSecond: 8 } as const satisfies Partial<PairOptions>;

type Story = (replication: Replication, pair: Pair, recorder: Recorder) => Promise<void>;

const switched = async (replication: Replication) => {
  await replication.prepare();
  await replication.switchOver();
};

const mirrored = async (replication: Replication, { source, target }: Pair) => {
  await replication.prepare();
  for (const machine of [target, source]) await replication.step(machine, 'pre-copy');
};

const watched = async (replication: Replication, { target }: Pair) => {
  for (let status: Status | undefined; !status?.volumes.every(({ state }) => state === 'synchronised');) {
    status = await replication.status(target);
    await sleep(2);
  }
};

const verifiedToTheEnd = async (replication: Replication, { source, target }: Pair) => {
  await replication.attempt(target, 'verify', { Restart: 'yes' });
  await replication.verified();
  await replication.step(target, 'finalize');
  await replication.status(target);
  await replication.step(source, 'release-source');
};

const stories: Record<string, Story> = {
  'a whole move': async (replication, pair) => {
    await switched(replication);
    await watched(replication, pair);
    await verifiedToTheEnd(replication, pair);
  },
  'given up before the switch': async (replication, { source, target }) => {
    await replication.prepare();
    for (const machine of [source, target]) await replication.step(machine, 'release-source');
  },
  'given up while switching': async (replication, { source, target }) => {
    await replication.prepare();
    await replication.step(source, 'switch-source');
    for (const machine of [target, source]) await replication.step(machine, 'fall-back');
    for (const machine of [target, source]) await replication.attempt(machine, 'release-source');
  },
  'fallen back': async (replication, { source, target }) => {
    await switched(replication);
    await replication.status(target);
    await replication.step(target, 'fall-back');
    await replication.status(target);
    await replication.step(source, 'fall-back');
    await replication.step(source, 'finalize');
    await replication.step(target, 'release-source');
  },
  'the target is lost': async (replication, { source, target }, recorder) => {
    await switched(replication);
    await replication.status(target);
    await target.powerOff();
    recorder.power('target', false);
    // the engine of the source has to notice first: a peer that is still seen is not lost
    while ((await replication.status(source)).peerConnected) await sleep(2);
    await replication.step(source, 'fall-back', { PeerLost: 'yes' });
    await replication.step(source, 'finalize');
  },
  'given up as the switch begins': async (replication, { source, target }) => {
    await replication.prepare();
    for (const machine of [target, source]) await replication.step(machine, 'fall-back');
    for (const machine of [source, target]) await replication.step(machine, 'release-source');
  },
  'given up while switching, the target not being asked': async (replication, { source, target }) => {
    await replication.prepare();
    await replication.step(source, 'switch-source');
    await replication.step(source, 'fall-back');
    await replication.step(source, 'finalize');
    await replication.step(target, 'release-source');
  },
  'released before anything was prepared': async (replication, { source, target }) => {
    for (const machine of [source, target]) await replication.attempt(machine, 'release-source');
  },
};

/** What only an engine does that copies ahead. */
const aheadStories: Record<string, Story> = {
  'copied ahead': async (replication, pair) => {
    await mirrored(replication, pair);
    await watched(replication, pair);
    await replication.switchOver();
    await replication.status(pair.target);
    await verifiedToTheEnd(replication, pair);
  },
  'given up while copying ahead': async (replication, pair) => {
    const { source, target } = pair;
    await mirrored(replication, pair);
    for (const machine of [target, source]) await replication.status(machine);
    for (const machine of [target, source]) await replication.step(machine, 'fall-back');
    await replication.step(source, 'finalize');
    await replication.step(target, 'release-source');
  },
  'the target is switched off while copying ahead': async (replication, pair, recorder) => {
    const { source, target } = pair;
    await mirrored(replication, pair);
    await target.powerOff();
    recorder.power('target', false);
    while ((await replication.status(source)).peerConnected) await sleep(2);
  },
  'given up while copying ahead, the target not being asked': async (replication, pair) => {
    const { source, target } = pair;
    await mirrored(replication, pair);
    await replication.step(source, 'fall-back');
    await replication.step(source, 'finalize');
    await replication.step(target, 'release-source');
  },
  'given up as copying ahead begins': async (replication, { source, target }) => {
    await replication.prepare();
    await replication.step(target, 'pre-copy');
    for (const machine of [target, source]) await replication.step(machine, 'fall-back');
    for (const machine of [source, target]) await replication.step(machine, 'release-source');
  },
  'given up between the two': async (replication, pair) => {
    const { source, target } = pair;
    await mirrored(replication, pair);
    await replication.step(source, 'switch-source');
    for (const machine of [target, source]) await replication.step(machine, 'fall-back');
    await replication.step(source, 'finalize');
    await replication.step(target, 'release-source');
  },
};

/** `wanted`: the stories to record; all unless any is named. */
async function main(engine: ReplicationEngine, file: string, wanted: readonly string[]): Promise<void> {
  const options = { engine, ...common };
  const recorder = new Recorder(engine, { system: 'Debian 12', ...options });
  for (const [name, story] of Object.entries({ ...stories, ...engine === 'drbd' && aheadStories }).filter(([each]) => wanted.length === 0 || wanted.includes(each))) {
    console.log(name);
    const pair = await Pair.boot(options);
    const replication = new Replication(pair, ({ machine, step, variables, startedAt, outcome: { seconds, status, stdout } }) => {
      const parameters = Object.fromEntries(Object.entries(variables).map(([key, value]) => [key.replace(/^SSM_/, ''), value]));
      recorder.hear({ side: machine === pair.source ? 'source' : 'target', step, parameters, startedAt, seconds, status, stdout });
    });
    const host = ({ address, disks }: Pair['source']) => ({ address, disks: disks.map(({ path }) => path) });
    recorder.story({ session: replication.session, mounts: pair.options.mounts, services: [SERVICES], source: host(pair.source), target: host(pair.target) });
    try {
      await story(replication, pair, recorder);
    } finally {
      await pair.end();
    }
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, recorder.json());
  console.log(`recorded in ${file}`);
}

const [asked = 'drbd', file, ...named] = process.argv.slice(2);
const engineAsked = REPLICATION_ENGINES.find(each => each === asked);
if (!engineAsked) throw new Error(`there is no engine ${asked}, only ${REPLICATION_ENGINES.join(' and ')}`);
main(engineAsked, file ?? join(__dirname, '..', '..', 'rehearsal', 'recordings', `replication-${engineAsked}.json`), named).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
