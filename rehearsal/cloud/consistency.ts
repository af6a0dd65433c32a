import type { Clock } from '../clock';

/** EC2 is eventually consistent: a Describe right after a Create may not know the newcomer yet (EC2 developer guide, "Eventual consistency"). */
export class Consistency {
  /** For how many virtual seconds what is new stays invisible; 0 switches it off. */
  describeLag = 0;

  constructor(private readonly clock: Clock) {}

  visible(createdAt: number | Date): boolean {
    return this.clock.now() >= Number(createdAt) + this.describeLag * 1000;
  }
}
