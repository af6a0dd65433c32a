/** Where the large state of a fleet is, and what all its executions have in common. */
export interface FleetStore {
  readonly bucket: string;
  /** `fleets/<name of the first execution>`. */
  readonly prefix: string;
}

/** The folder of a fleet, by the ARN of the execution that it began with. */
export const prefixOf = (root: string): string => `fleets/${root.split(':').at(-1) ?? ''}`;

/** The objects of a fleet, by what they hold. */
export const keysOf = ({ prefix }: Pick<FleetStore, 'prefix'>) => ({
  /** The checked request. */
  request: `${prefix}/request.json`,
  /** The instances as they were found, and those refused. */
  fleet: `${prefix}/fleet.json`,
  /** What past moves took, as far as the fleet learns from it. */
  past: `${prefix}/past.json`,
  /** What goes over the links, as forecast. */
  links: `${prefix}/links.json`,
  /** The plan, for programs and for people. */
  plan: `${prefix}/plan.json`,
  page: `${prefix}/plan.html`,
  /** How far each instance is. */
  status: `${prefix}/status.json`,
  /** What is seen of waiting instances, and what was decided, in the tick that is under way. */
  points: `${prefix}/points.json`,
  starts: `${prefix}/starts.json`,
  report: `${prefix}/report.json`,
});

/** What the planner expects of one shard of instances, kept for those who decide. */
export const forecastKey = ({ prefix }: Pick<FleetStore, 'prefix'>, shard: number): string => `${prefix}/forecasts/${shard}.json`;
