import type { Execution } from '../asl';
import type { Account } from '../cloud/account';
import { clean, lastPart, served, stored } from './edge-fleet-outcome';
import { migrating } from './edge-place';
import { edgeSite, handedOn, type SiteServer } from './edge-site';
import { expect } from './expectations';
import type { Scenario } from './scenario';

/** Of each fleet. */
const size = 2;
/** Megabits per second of a move: by day, when others send, two of them do not fit into the share of migrations. */
const rate = 190;

export const edgeTwoFleets: Scenario = {
  name: 'edge-two-fleets',
  description: 'Two fleets that know nothing of each other want the same service link at once: the ledger lets one move at a time have it, and all arrive.',
  app: migrating,
  async play(stage) {
    const { account } = stage;
    const { servers, ids } = await edgeSite(stage, { servers: 2 * size });
    let most = 0;
    stage.rehearsal.listen(() => { most = Math.max(most, heldNow(account)); });
    const start = (some: readonly SiteServer[]): Execution => stage.start({
      instances: { ids: some.map(({ instanceId }) => instanceId) }, destination: 'factory', strategy: 'now', rates: [rate], keepSource: 'PT10M',
      overrides: Object.fromEntries(some.map(server => [server.instanceId, handedOn(server)])),
    }, 'Fleet');
    const both = [servers.slice(0, size), servers.slice(size)].map(start);
    const runs: Execution[] = [];
    for (const each of both) runs.push(await lastPart(stage, each));
    const reports = runs.map(run => stored(account, run).report?.moved ?? []);
    const moves = reports
      .flatMap((moved, fleet) => moved.map(({ startedAt, switchedAt }) => ({ fleet, from: Date.parse(startedAt), until: Date.parse(switchedAt) })))
      .sort((a, b) => a.from - b.from);
    const turns = moves.filter(({ fleet }, index) => index > 0 && moves[index - 1]!.fleet !== fleet).length;
    return {
      run: runs[1]!, concerned: ids,
      expectations: [
        expect('both fleets succeed', runs.every(({ status }) => status === 'SUCCEEDED'), runs.map(({ status, error }) => `${status} ${error ?? ''}`).join(', ')),
        expect('all of both have moved', reports.every(moved => moved.length === size), reports.map(moved => moved.length).join(' and ')),
        expect('never was more reserved of the link than what there was room for: one move', most === rate, `at most ${Math.round(most)} Mbit/s at a time`),
        expect('one had it at a time', moves.every(({ from }, index) => index === 0 || from >= moves[index - 1]!.until)),
        expect('no fleet had to wait for all of the other', turns > 1, moves.map(({ fleet }) => 'AB'[fleet]).join(' ')),
        ...served(servers, reports.flat()), ...clean(stage),
      ],
    };
  },
};

/** Megabits per second that are held of links just now. */
function heldNow({ clock, dynamodb }: Account): number {
  const now = clock.now() / 1000;
  const held = [...dynamodb.tables.values()].flatMap(table => table.all()).flatMap(item => Object.values(item.held?.M ?? {}));
  const of = (entry: typeof held[number], field: string): number => Number(entry.M?.[field]?.N);
  return held.filter(entry => of(entry, 'from') <= now && now < of(entry, 'to') && now < of(entry, 'expires')).reduce((sum, entry) => sum + of(entry, 'rate') * 8 / 1e6, 0);
}
