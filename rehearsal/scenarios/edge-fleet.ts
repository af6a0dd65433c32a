import type { Expectation } from '../report/story';
import { duration } from '../report/format';
import { clean, type FleetReport, lastPart, served, stored } from './edge-fleet-outcome';
import { migrating, movable } from './edge-place';
import { edgeSite, handedOn } from './edge-site';
import { expect, succeeds } from './expectations';
import type { Scenario } from './scenario';

const hour = 3_600_000;
const zone = 'Europe/Berlin';
/** These may move at night only. */
const nightly = 6;
const night = { from: '22:00', to: '04:00' };
const longestPause = 10 * 60;

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
    const pair = servers.slice(nightly, nightly + 2).map(({ instanceId }) => instanceId);
    const first = stage.start({
      instances: { tag: movable }, destination: 'factory', timeZone: zone, maxDowntime: `PT${longestPause / 60}M`, keepSource: 'PT10M', groups: [pair],
      overrides: Object.fromEntries(servers.map((server, index) =>
        [server.instanceId, { ...handedOn(server), ...index < nightly && { strategy: 'window', windows: [night] } }])),
    }, 'Fleet');
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
        expect('the two of a group switched within ten minutes', apart(moved.filter(({ id }) => pair.includes(id))) <= hour / 6,
          duration(apart(moved.filter(({ id }) => pair.includes(id))))),
        expect('but for these, one at a time went over the service link', oneAtATime(moved.filter(({ id }) => id !== pair[0])) && oneAtATime(moved.filter(({ id }) => id !== pair[1])), `${Math.round(link.sentBetween('to-edge', began, account.clock.now()) / 1e9)} GB in all`),
        expect(`nobody was down for longer than ${duration(longestPause * 1000)}`, pauses.length > 0 && Math.max(...pauses) <= longestPause,
          `${duration(Math.min(...pauses) * 1000)} to ${duration(Math.max(...pauses) * 1000)}`),
        expect('the report has how busy each was, as predicted and as it was', moved.every(({ cpu }) => cpu.predicted !== null && cpu.realised !== null),
          `${percent(moved.map(({ cpu }) => cpu.predicted))} predicted, ${percent(moved.map(({ cpu }) => cpu.realised))} met, on average`),
        ...served(servers, moved), ...clean(stage),
        expect('the plan is drawn', page?.startsWith('<!doctype html>') ?? false, plan && `at most ${(100 * plan.gap).toFixed(1)} % dearer than the best there could be`),
      ],
    };
  },
};

const percent = (values: readonly (number | null)[]): string => `${(values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length).toFixed(1)} % of CPU`;

/** Who moves at night only began and switched within one. */
function inTheirHours(moved: FleetReport['moved']): Expectation[] {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  const isNight = (at: string): boolean => clock.format(new Date(at)) >= night.from || clock.format(new Date(at)) < night.to;
  const spans = moved.map(({ startedAt, switchedAt }) => [startedAt, switchedAt] as const);
  return [expect('who may move at night only began and switched within one night', moved.length === nightly
    && spans.every(([from, until]) => isNight(from) && isNight(until) && Date.parse(until) - Date.parse(from) < 6 * hour),
  spans.map(([from, until]) => `${clock.format(new Date(from))}–${clock.format(new Date(until))}`).sort().join(', '))];
}

/** Milliseconds between the first switch and the last. */
function apart(moved: FleetReport['moved']): number {
  const times = moved.map(({ switchedAt }) => Date.parse(switchedAt));
  return Math.max(...times) - Math.min(...times);
}

function oneAtATime(moved: FleetReport['moved']): boolean {
  const spans = moved.map(({ startedAt, switchedAt }) => ({ from: Date.parse(startedAt), until: Date.parse(switchedAt) })).sort((a, b) => a.from - b.from);
  return spans.every(({ from }, index) => index === 0 || from >= spans[index - 1]!.until);
}
