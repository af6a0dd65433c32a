import type { Fleet } from '../shared/fleet/facts';
import { readJson, writeJson, writeText } from '../shared/objects';
import { replayPicture } from '../shared/picture/replay';
import { keysOf, windowKey } from '../shared/replay/objects';
import { type ReplayedWindow, reportOf, type ReplayReport } from '../shared/replay/report';
import type { ReplayRequest } from '../shared/replay/request';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
  readonly windows: number;
  readonly metricsRequested: number;
}
export interface Output {
  readonly windows: number;
  readonly instances: number;
  readonly refused: number;
  readonly strategies: ReplayReport['strategies'];
  readonly bound: number;
  /** Where the whole is in the bucket, for programs and for people. */
  readonly bucket: string;
  readonly report: string;
  readonly page: string;
}

/** Objects that are read at once. */
const AT_ONCE = 10;

/** Puts the windows together: what each strategy would have cost. */
export async function handler({ bucket, prefix, windows, metricsRequested, execution }: Input): Promise<Output> {
  const keys = keysOf(prefix);
  const [request, fleet] = await Promise.all([readJson<ReplayRequest>(bucket, keys.request), readJson<Fleet>(bucket, keys.fleet)]);
  const replayed: ReplayedWindow[] = [];
  for (let at = 0; at < windows; at += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, windows - at) }, (_, i) => readJson<ReplayedWindow>(bucket, windowKey(prefix, at + i)));
    replayed.push(...await Promise.all(some));
  }
  const report = reportOf({ request, fleet }, replayed, execution, metricsRequested);
  await Promise.all([writeJson(bucket, keys.report, report), writeText(bucket, keys.page, replayPicture(report), 'text/html; charset=utf-8')]);
  const { instances, refusals, strategies, bound } = report;
  return { windows, instances, refused: refusals.length, strategies, bound, bucket, report: keys.report, page: keys.page };
}
