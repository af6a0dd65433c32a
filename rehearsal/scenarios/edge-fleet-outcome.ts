import type { Execution } from '../asl';
import type { Account } from '../cloud/account';
import type { Expectation } from '../report/story';
import type { SiteServer } from './edge-site';
import { expect } from './expectations';
import type { Stage } from './stage';

/** The parts of report.json and plan.json that the scenario looks at. */
export interface FleetReport {
  readonly moved: readonly {
    readonly id: string; readonly targetInstanceId: string; readonly startedAt: string; readonly switchedAt: string;
    readonly seconds: { readonly predicted: number; readonly realised: number }; readonly downtime: { readonly predicted: number; readonly realised: number };
    readonly cpu: { readonly predicted: number | null; readonly realised: number | null };
  }[];
  readonly error: { readonly seconds: number | null; readonly cpu: number | null };
  readonly failed: readonly { readonly id: string; readonly error: string; readonly message: string }[];
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
}

/** Runs a fleet to its end: one that takes longer than a day goes on as another execution. */
export async function lastPart(stage: Stage, run: Execution): Promise<Execution> {
  await stage.rehearsal.finish(run);
  const { continuedBy } = (run.output ?? {}) as { continuedBy?: string };
  const next = stage.rehearsal.executions.find(({ arn }) => arn === continuedBy);
  if (next) return lastPart(stage, next);
  await stage.settle();
  return run;
}

interface Stored { readonly plan?: { readonly gap: number }; readonly page?: string; readonly report?: FleetReport }

/** What a fleet has left in its bucket. */
export function stored({ s3 }: Account, { output }: Execution): Stored {
  const { bucket = '', plan = '', report = '' } = (output ?? {}) as { bucket?: string; plan?: string; report?: string };
  const parsed = (key: string): unknown => JSON.parse(s3.text(bucket, key) ?? 'null') ?? undefined;
  return { plan: parsed(plan) as { gap: number }, report: parsed(report) as FleetReport, page: s3.text(bucket, plan.replace('.json', '.html')) };
}

/** Each is served by one instance, where it should be, which has every write that was acknowledged. */
export function served(servers: readonly SiteServer[], moved: FleetReport['moved']): Expectation[] {
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
