import type { Account } from '../cloud/account';
import type { Link } from '../cloud/links/link';
import type { Expectation } from '../report/story';
import { expect } from './expectations';

/** How often it looks. */
const everyMs = 60_000;
/** Migrations may take so much of what others leave: the default of a link. */
const share = 0.8;
const binMs = 300_000;

/** Watches how fast blocks go over a link, and what the ledger holds of it. */
export class Paced {
  private most = 0;
  private heldMost = 0;
  private faster: string[] = [];

  constructor(private readonly account: Account, private readonly link: Link) {
    this.look(account.clock.now());
  }

  expectations(began: number, moves: number): Expectation[] {
    const { link, account, faster } = this;
    const now = account.clock.now();
    const sent = link.sentBetween('to-edge', began, now);
    let over = 0;
    for (let from = began; from < now; from += binMs) {
      const until = Math.min(from + binMs, now);
      const ours = link.sentBetween('to-edge', from, until);
      const others = link.bytesBetween('to-edge', from, until) - ours;
      over += Math.max(0, ours - share * (link.capacity('to-edge') * (until - from) / 1000 - others));
    }
    return [
      expect('blocks went over the VPN, never faster than what was held of it', sent > 0 && moves > 0 && faster.length === 0,
        faster.slice(0, 3).join('; ') || `${Math.round(sent / 1e9)} GB of ${moves} servers, at ${megabits(this.most)} Mbit/s at most, ${megabits(this.heldMost)} held`),
      expect('and never more than the share that migrations may have of what others leave', over === 0, `${Math.round(over / 1e6)} MB over it`),
    ];
  }

  private look(before: number): void {
    const { account, link } = this;
    const now = account.clock.now();
    if (now > before) {
      const [rate, held] = [link.peak('to-edge', before, now), Math.max(heldOf(account, link.id, before), heldOf(account, link.id, now))];
      this.most = Math.max(this.most, rate);
      this.heldMost = Math.max(this.heldMost, held);
      if (rate > held) this.faster.push(`${megabits(rate)} Mbit/s at ${new Date(now).toISOString()}, ${megabits(held)} held`);
    }
    account.clock.after(everyMs, () => this.look(now));
  }
}

/** Bytes per second that are held of a link at some time. */
function heldOf({ dynamodb }: Account, linkId: string, time: number): number {
  const items = [...dynamodb.tables.values()].flatMap(table => table.all()).filter(item => JSON.stringify(item).includes(`${linkId}#to-edge`));
  const number = (entry: { readonly M?: Readonly<Record<string, { readonly N?: string }>> }, name: string): number => Number(entry.M?.[name]?.N);
  return items.flatMap(item => Object.values(item.held?.M ?? {}) as { readonly M?: Readonly<Record<string, { readonly N?: string }>> }[])
    .filter(entry => number(entry, 'from') <= time / 1000 && time / 1000 < number(entry, 'to')).reduce((sum, entry) => sum + number(entry, 'rate'), 0);
}

const megabits = (bytesPerSecond: number): number => Math.round(bytesPerSecond * 8 / 1e6);
