import type { Expectation } from '../report/story';
import { duration } from '../report/format';
import { BlocksApplication } from './edge-blocks';
import { clean, type FleetReport, lastPart, served, stored } from './edge-fleet-outcome';
import { movable, sendingBlocks } from './edge-place';
import { Paced } from './edge-paced';
import { edgeSite, handedOn } from './edge-site';
import { expect, succeeds } from './expectations';
import type { Scenario } from './scenario';

const hour = 3_600_000;
const zone = 'Europe/Berlin';
/** These may move at night only. */
const nightly = 6;
const night = { from: '22:00', to: '04:00' };
const longestPause = 10 * 60;
/** These send their blocks themselves, over a VPN; two of them at night. */
const byBlocks = [4, 5, 8, 9, 10, 11];
const longestPauseByBlocks = 2 * 60;

export const edgeFleet: Scenario = {
  name: 'edge-fleet',
  description: 'Twenty-four servers move to an Outpost within three days, each when it idles and its link has room, six of them by blocks over a VPN, while their clients are served.',
  app: sendingBlocks,
  onTraces: true,
  long: true,
  async play(stage) {
    const { account } = stage;
    const busy = 24;
    const { servers, rack, link, vpn, ids } = await edgeSite(stage, {
      servers: busy, byBlocks, types: { [busy - 1]: 'm5d.large' },
      // faster than what is left of the link could ever carry
      loads: { [busy - 2]: { cpu: () => 60, writes: () => 60e6 } },
    });
    const began = account.clock.now();
    const pair = servers.slice(nightly, nightly + 2).map(({ instanceId }) => instanceId);
    const paced = new Paced(account, vpn!);
    const first = stage.start({
      instances: { tag: movable }, destination: 'factory', timeZone: zone, maxDowntime: `PT${longestPause / 60}M`, keepSource: 'PT10M', groups: [pair],
      overrides: Object.fromEntries(servers.map((server, index) =>
        [server.instanceId, {
          ...handedOn(server), ...index < nightly && { strategy: 'window', windows: [night] },
          ...byBlocks.includes(index) && { transport: 'blocks', maxDowntime: `PT${longestPauseByBlocks / 60}M` },
        }])),
    }, 'Fleet');
    const run = await lastPart(stage, first);
    const { plan, page, report } = stored(account, run);
    const of = (id: string) => servers.find(({ instanceId }) => instanceId === id)!;
    const moved = report?.moved ?? [];
    const sent = (id: string): boolean => byBlocks.includes(servers.indexOf(of(id)));
    const [asBlocks, byAws] = [moved.filter(({ id }) => sent(id)), moved.filter(({ id }) => !sent(id))];
    const [pauses, shortPauses] = [byAws, asBlocks].map(some => some.map(({ downtime }) => downtime.realised));
    return {
      run, concerned: ids,
      pages: [...page === undefined ? [] : [{ name: 'plan', html: page }]],
      expectations: [
        succeeds(run),
        expect('all have moved but two, and of these the plan says why', moved.length === busy - 2 && report?.refused.length === 2 && report.failed.length === 0,
          [`${moved.length} moved`, ...report?.refused.map(({ id, reason }) => reason.replace(id, of(id).name)) ?? [], ...report?.failed.map(({ error }) => error) ?? []].join('; ')),
        expect('what was moved is at the Outpost', moved.every(({ targetInstanceId }) => account.ec2.instances.get(targetInstanceId)?.OutpostArn === rack.outpostArn)),
        ...inTheirHours(moved.filter(({ id }) => servers.indexOf(of(id)) < nightly).map(({ id, startedAt, switchedAt }) => {
          const { application } = of(id);
          // blocks follow the switch
          return [startedAt, application instanceof BlocksApplication ? new Date(application.copiedAt ?? Infinity).toISOString() : switchedAt];
        })),
        expect('the two of a group switched within ten minutes', apart(moved.filter(({ id }) => pair.includes(id))) <= hour / 6,
          duration(apart(moved.filter(({ id }) => pair.includes(id))))),
        expect('but for these, one at a time went over the service link', oneAtATime(byAws.filter(({ id }) => id !== pair[0])) && oneAtATime(byAws.filter(({ id }) => id !== pair[1])), `${Math.round(link.sentBetween('to-edge', began, account.clock.now()) / 1e9)} GB in all`),
        ...paced.expectations(began, asBlocks.length),
        ...downAtMost('nobody whom AWS moved', pauses!, longestPause), ...downAtMost('nobody who sent its blocks', shortPauses!, longestPauseByBlocks),
        expect('the report has how busy each was, as predicted and as it was', moved.every(({ cpu }) => cpu.predicted !== null && cpu.realised !== null),
          `${percent(moved.map(({ cpu }) => cpu.predicted))} predicted, ${percent(moved.map(({ cpu }) => cpu.realised))} met, on average`),
        ...served(servers, moved), ...clean(stage),
        expect('the plan is drawn', page?.startsWith('<!doctype html>') ?? false, plan && `at most ${(100 * plan.gap).toFixed(1)} % dearer than the best there could be`),
      ],
    };
  },
};

const percent = (values: readonly (number | null)[]): string => `${(values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length).toFixed(1)} % of CPU`;

function downAtMost(who: string, pauses: readonly number[], most: number): Expectation[] {
  return [expect(`${who} was down for longer than ${duration(most * 1000)}`, pauses.length > 0 && Math.max(...pauses) <= most,
    `${duration(Math.min(...pauses) * 1000)} to ${duration(Math.max(...pauses) * 1000)}`)];
}

/** Who moves at night only began and had everything copied within one. */
function inTheirHours(spans: readonly (readonly [string, string])[]): Expectation[] {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  const isNight = (at: string): boolean => clock.format(new Date(at)) >= night.from || clock.format(new Date(at)) < night.to;
  return [expect('who may move at night only began, and had everything copied, within one night', spans.length === nightly
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
