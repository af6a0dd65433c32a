import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkFleetRequest } from '../../lambda/shared/fleet/check';
import type { Fleet, FleetInstance } from '../../lambda/shared/fleet/facts';
import { keysOf } from '../../lambda/shared/fleet/objects';
import type { LinkForecasts } from '../../lambda/shared/fleet/plan';
import { historyKey, INSTANCES_PER_SHARD, stored } from '../../lambda/shared/instance-metrics/history';
import type { EdgeLink } from '../../lambda/shared/links';
import type { Location } from '../../lambda/shared/locations';
import { type Row, row } from './report';
import { seeded } from '../../lambda/planning/random';

const STEP = 900;
/** Days of metrics, as fleets read them. */
const HISTORY_DAYS = 21;
const MBIT = 125_000;
const GIB = 2 ** 30;
const prefix = 'fleets/benchmark';

const function_ = join(__dirname, '../../assets/fleet/plan-migrations.mjs');
/** Runs the function as Lambda would, once, and tells what the process took. */
const child = `
  const { handler } = await import(process.argv[1]);
  const began = process.cpuUsage();
  const { moves, refused, gap } = await handler(JSON.parse(process.argv[2]));
  const { user, system } = process.cpuUsage(began);
  console.log(JSON.stringify({ moves, refused, gap, seconds: (user + system) / 1e6, megabytes: Math.round(process.resourceUsage().maxRSS * 1024 / 1e6) }));
`;

interface Told { readonly moves: number; readonly refused: number; readonly gap: number; readonly seconds: number; readonly megabytes: number }

/** T4 as the function *Plan migrations* has it, reading and writing included: the bundle that is deployed, with a heap that V8 keeps to the target. */
export async function planningFunction(count: number, slots: number, load: number, heapMegabytes: number): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  const server = await bucketAt(folder);
  try {
    const input = furnish(folder, count, slots, load);
    const { moves, refused, gap, seconds, megabytes } = await run(input, (server.address() as AddressInfo).port, heapMegabytes);
    const ours = `gap ${(100 * gap).toFixed(2)} %, ${seconds.toFixed(1)} s of CPU, ran with a heap of ${heapMegabytes} MB; the process had ${megabytes} MB at most, Node.js included; ${moves} moves, ${refused} refused`;
    return [row('T4', `the function *Plan migrations*, ${count} × ${slots}, load ${load}`, '–', ours, `heap ≤ 256 MB, in a function of 1,769 MB and 60 s`)];
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
}

/** Its bucket: files of one folder, by path. */
async function bucketAt(folder: string): Promise<Server> {
  const file = (url = ''): string => join(folder, decodeURIComponent(new URL(url, 'http://localhost').pathname).slice(1).replaceAll('/', '+'));
  const server = createServer((request, response) => {
    if (request.method === 'GET') return response.end(readFileSync(file(request.url)));
    // what it writes is not read again
    request.resume().on('end', () => response.end());
    return undefined;
  });
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve); });
  return server;
}

/** What the steps before have left. */
function furnish(folder: string, count: number, slots: number, load: number): object {
  const random = seeded(43);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const start = Math.ceil(Date.now() / 1000 / STEP) * STEP;
  const link: EdgeLink = { id: 'vpn/vpn-0123456789abcdef0', kind: 'site-to-site-vpn', capacity: { 'to-edge': 1e12, 'to-region': 1e12 }, migrationShare: 1, transports: ['blocks'] };
  const locations: Location[] = [{ name: 'factory', kind: 'outpost', subnetId: 'subnet-1', availabilityZone: 'us-east-1a', outpostArn: 'arn:outpost', links: [link] }];
  const put = (key: string, value: unknown): void => writeFileSync(join(folder, `bucket/${key}`.replaceAll('/', '+')), JSON.stringify(value));
  const keys = keysOf({ prefix });
  put(keys.request, checkFleetRequest({ instances: { tag: { key: 'site', value: 'factory' } }, destination: 'factory', transport: 'blocks', rates: [100] }, { locations, approvable: false }));
  put(keys.past, []);

  let work = 0;
  const instances = Array.from({ length: count }, (_, index): FleetInstance => {
    const bytes = GIB * Math.round(Math.min(400, Math.max(8, 40 * Math.exp(0.8 * gauss()))));
    work += Math.ceil(bytes / (100 * MBIT) / STEP) * STEP * 100 * MBIT;
    const id = index.toString(16).padStart(17, '0');
    const volume = { type: 'gp3', encrypted: true, kmsKeyId: 'arn:aws:kms:us-east-1:111122223333:key/11112222-3333-4444-5555-666677778888' };
    return {
      id: `i-${id}`, name: `server-${index}`, type: 'm5.large', place: { availabilityZone: 'us-east-1b', outpostArn: null },
      volumes: [{ device: '/dev/xvda', volumeId: `vol-${id}`, bytes: 8 * GIB, root: true, ...volume }, { device: '/dev/sdf', volumeId: `vol-f${id.slice(1)}`, bytes, root: false, ...volume }],
    };
  });
  put(keys.fleet, { instances, refusals: [], notes: [] } satisfies Fleet);
  const history = (mean: number): { start: number; step: number; values: Float64Array } => {
    const phase = random() * 96;
    const wave = (slot: number): number => mean * (1 + 0.8 * Math.cos((slot - phase) / 96 * 2 * Math.PI)) * (0.7 + 0.6 * random());
    const values = Float64Array.from({ length: HISTORY_DAYS * 96 }, (_, slot) => wave(slot));
    return { start: start - HISTORY_DAYS * 86_400, step: STEP, values };
  };
  for (let shard = 0; shard * INSTANCES_PER_SHARD < count; shard++) {
    put(historyKey(prefix, shard), instances.slice(shard * INSTANCES_PER_SHARD, (shard + 1) * INSTANCES_PER_SHARD)
      .map(({ id }) => stored({ id, writes: history(1e5 * Math.exp(1.5 * gauss())), cpu: history(5 * Math.exp(gauss())) })));
  }
  const room = new Array<number>(slots).fill(Math.ceil(work / load / slots / STEP));
  const nothing = new Array<number>(slots).fill(0);
  put(keys.links, {
    grid: { start, step: STEP, slots }, readAt: start,
    links: [{ id: link.id, direction: 'to-edge', link, capacity: room[0]!, traffic: nothing, room, held: nothing, isUp: true, note: null, requested: 1 }],
  } satisfies LinkForecasts);
  return { bucket: 'bucket', prefix, locations, shards: Math.ceil(count / INSTANCES_PER_SHARD), metricsRequested: 0, execution: 'arn:aws:states:us-east-1:111122223333:execution:Fleet:benchmark', owner: 'bench' };
}

async function run(input: object, port: number, heapMegabytes: number): Promise<Told> {
  const node = spawn(process.execPath, [`--max-heap-size=${heapMegabytes}`, '--input-type=module', '-e', child, function_, JSON.stringify(input)], {
    env: { ...process.env, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'none', NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  node.stdout.on('data', (chunk: Buffer) => { output += chunk.toString(); });
  const code = await new Promise<number | null>(resolve => { node.on('close', resolve); });
  if (code !== 0) throw new Error(`the function ended with ${code ?? 'a signal'}: a heap of ${heapMegabytes} MB is too small`);
  return JSON.parse(output) as Told;
}
