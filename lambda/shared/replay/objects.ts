/** The folder of a replay, by the ARN of its execution. */
export const prefixOf = (execution: string): string => `replays/${execution.split(':').at(-1) ?? ''}`;

/** The objects of a replay, by what they hold. */
export const keysOf = (prefix: string) => ({
  /** The checked request. */
  request: `${prefix}/request.json`,
  /** The instances as they are now, and those left out. */
  fleet: `${prefix}/fleet.json`,
  /** What went over the links. */
  links: `${prefix}/links.json`,
  /** What came of it, for programs and for people. */
  report: `${prefix}/replay.json`,
  page: `${prefix}/replay.html`,
});

/** What came of one past window. */
export const windowKey = (prefix: string, window: number): string => `${prefix}/windows/${window}.json`;
