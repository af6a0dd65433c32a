import { quantile } from '../../../lambda/planning/forecast/quantile';
import { Account, type Outcome } from './outcome';
import type { ReplayWorld } from './world';

const DAY = 86_400;

/** Takes each mover's wish, in the order given, at the first allowed slot from there with room, wrapping round. */
export function firstFit(
  world: ReplayWorld, wishes: readonly number[], order: readonly number[], isAllowed: (index: number, slot: number) => boolean = () => true,
): Outcome {
  const account = new Account(world);
  for (const index of order) {
    const mover = world.movers[index]!;
    let chosen = -1;
    for (let k = 0; k < world.slots && chosen < 0; k++) {
      const slot = (wishes[index]! + k) % world.slots;
      if (mover.real.cost[slot]! < Infinity && isAllowed(index, slot) && account.fits(mover, slot)) chosen = slot;
    }
    account.start(index, chosen);
  }
  return account.settled();
}

/** In the order of the list: who came first. */
export const arrival = ({ movers }: ReplayWorld): number[] => movers.map((_, index) => index);

/** As soon as there is room. */
export const immediately = (world: ReplayWorld): Outcome => firstFit(world, world.movers.map(() => 0), arrival(world));

/** As soon as there is room in hours that somebody has chosen; one mark per slot. */
export const inWindows = (world: ReplayWorld, isOpen: Uint8Array): Outcome =>
  firstFit(world, world.movers.map(() => Math.max(0, isOpen.indexOf(1))), arrival(world), (_, slot) => isOpen[slot] === 1);

/**
 * The rule of US11573839: the first time at which the CPU, predicted from the same time of day, is under a threshold; the lowest quarter of
 * its own day unless one is given.
 */
export function sameTimeOfDay(world: ReplayWorld, idleBelow?: number): Outcome {
  const perDay = Math.round(DAY / world.model.step);
  const wishes = world.movers.map(({ waiting: { cpu } }) => {
    const threshold = idleBelow ?? quantile(cpu.subarray(0, perDay), 0.25);
    return Math.max(0, cpu.findIndex(value => value <= threshold));
  });
  return firstFit(world, wishes, arrival(world));
}
