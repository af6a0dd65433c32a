import type { Execution } from '../asl';
import type { Account } from '../cloud/account';
import type { Expectation } from '../report/story';
import { duration } from '../report/format';
import { migrating, movable } from './edge-place';
import { edgeSite, handedOn, type SiteServer } from './edge-site';
import { expect, succeeds } from './expectations';
import type { Scenario } from './scenario';
import type { Stage } from './stage';

const hour = 3_600_000;
const zone = 'Europe/Berlin';
/** These may move at night only. */
const nightly = 6;
const night = { from: '22:00', to: '04:00' };
const longestPause = 10 * 60;

/** The parts of report.json and plan.json that the scenario looks at. */
export interface FleetReport {
  readonly moved: readonly {
    readonly id: string; readonly targetInstanceId: string; readonly startedAt: string; readonly switchedAt: string;
    readonly seconds: { readonly predicted: number; readonly realised: number }; readonly downtime: { readonly predicted: number; readonly realised: number };
  }[];
  readonly failed: readonly { readonly id: string; readonly error: string; readonly message: string }[];
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
}

export const edgeFleet: Scenario = {
  name: 'edge-fleet',
  description: 'Twenty-four servers move to an Outpost within three days, each when it idles and the service link has room, while their clients are served.',
  app: migrating,
  onTraces: true,
  long: true,
  async play(stage) {
    const { account } = stage;
    const busy = 24;
    const { servers, rack, link, ids } = await edgeSite(stage, {
      servers: busy, types: { [busy - 1]: 'm5d.large' },
      // faster than what is left of the link could ever carry
      loads: { [busy - 2]: { cpu: () => 60, writes: () => 60e6 } },
    });
    const began = account.clock.now();
    const first = await stage.operate('Fleet', {
      instances: { tag: movable }, destination: 'factory', timeZone: zone, maxDowntime: `PT${longestPause / 60}M`, keepSource: 'PT10M',
      overrides: Object.fromEntries(servers.map((server, index) =>
        [server.instanceId, { ...handedOn(server), ...index < nightly && { strategy: 'window', windows: [night] } }])),
    });
    const run = await lastPart(stage, first);
    const { plan, page, report } = stored(account, run);
    const of = (id: string) => servers.find(({ instanceId }) => instanceId === id)!;
    const moved = report?.moved ?? [];
    const pauses = moved.map(({ downtime }) => downtime.realised);
    return {
      run, concerned: ids,
      pages: [...page === undefined ? [] : [{ name: 'plan', html: page }]],
      expectations: [
        succeeds(run),
        expect('all have moved but two, and of these the plan says why', moved.length === busy - 2 && report?.refused.length === 2 && report.failed.length === 0,
          [`${moved.length} moved`, ...report?.refused.map(({ id, reason }) => reason.replace(id, of(id).name)) ?? [], ...report?.failed.map(({ error }) => error) ?? []].join('; ')),
        expect('what was moved is at the Outpost', moved.every(({ targetInstanceId }) => account.ec2.instances.get(targetInstanceId)?.OutpostArn === rack.outpostArn)),
        ...inTheirHours(moved.filter(({ id }) => servers.indexOf(of(id)) < nightly)),
        expect('one at a time went over the service link', oneAtATime(moved), `${Math.round(link.sentBetween('to-edge', began, account.clock.now()) / 1e9)} GB in all`),
        expect(`nobody was down for longer than ${duration(longestPause * 1000)}`, pauses.length > 0 && Math.max(...pauses) <= longestPause,
          `${duration(Math.min(...pauses) * 1000)} to ${duration(Math.max(...pauses) * 1000)}`),
        ...served(servers, moved), ...clean(stage),
        expect('the plan is drawn', page?.startsWith('<!doctype html>') ?? false, plan && `at most ${(100 * plan.gap).toFixed(1)} % dearer than the best there could be`),
      ],
    };
  },
};

/** A fleet that takes longer than a day goes on as another execution. */
export async function lastPart(stage: Stage, run: Execution): Promise<Execution> {
  const { continuedBy } = (run.output ?? {}) as { continuedBy?: string };
  const next = stage.rehearsal.executions.find(({ arn }) => arn === continuedBy);
  return next ? lastPart(stage, await stage.finish(next)) : run;
}

interface Stored { readonly plan?: { readonly gap: number }; readonly page?: string; readonly report?: FleetReport }

/** What a fleet has left in its bucket. */
export function stored({ s3 }: Account, { output }: Execution): Stored {
  const { bucket = '', plan = '', report = '' } = (output ?? {}) as { bucket?: string; plan?: string; report?: string };
  const parsed = (key: string): unknown => JSON.parse(s3.text(bucket, key) ?? 'null') ?? undefined;
  return { plan: parsed(plan) as { gap: number }, report: parsed(report) as FleetReport, page: s3.text(bucket, plan.replace('.json', '.html')) };
}

/** Who moves at night only began and switched within one. */
function inTheirHours(moved: FleetReport['moved']): Expectation[] {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  const isNight = (at: string): boolean => clock.format(new Date(at)) >= night.from || clock.format(new Date(at)) < night.to;
  const spans = moved.map(({ startedAt, switchedAt }) => [startedAt, switchedAt] as const);
  return [expect('who may move at night only began and switched within one night', moved.length === nightly
    && spans.every(([from, until]) => isNight(from) && isNight(until) && Date.parse(until) - Date.parse(from) < 6 * hour),
  spans.map(([from, until]) => `${clock.format(new Date(from))}–${clock.format(new Date(until))}`).sort().join(', '))];
}

function oneAtATime(moved: FleetReport['moved']): boolean {
  const spans = moved.map(({ startedAt, switchedAt }) => ({ from: Date.parse(startedAt), until: Date.parse(switchedAt) })).sort((a, b) => a.from - b.from);
  return spans.every(({ from }, index) => index === 0 || from >= spans[index - 1]!.until);
}

/** Each is served by one instance, where it should be, which has every write that was acknowledged. */
function served(servers: readonly SiteServer[], moved: FleetReport['moved']): Expectation[] {
  const all = servers.map(({ name, instanceId, application }) => ({
    name, checks: application.servedAlone(name, moved.find(({ id }) => id === instanceId)?.targetInstanceId ?? instanceId),
  }));
  const wrong = all.flatMap(({ checks }) => checks.filter(({ holds }) => !holds).map(({ what, detail }) => `${what}: ${detail}`));
  return [expect('each serves at one place and has every write that was acknowledged', wrong.length === 0, wrong.slice(0, 5).join('; ') || `${all.length} servers`)];
}

/** Nothing of any execution is left over, and no link is held. */
export function clean({ account, rehearsal }: Stage): Expectation[] {
  const left = rehearsal.executions.flatMap(({ arn }) => account.ec2.ownedBy(arn));
  const held = [...account.dynamodb.tables.values()].flatMap(table => table.all()).flatMap(({ held: of }) => Object.keys(of?.M ?? {}));
  return [
    expect('nothing of any execution is left over', left.length === 0 && account.ec2.snapshots.size === 0, left.slice(0, 5).join(' ')),
    expect('nothing of the link is held any more', held.length === 0, held.slice(0, 5).join(' ')),
  ];
}
