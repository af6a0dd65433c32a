import { count, duration } from './format';

/** What a clone machine's plan says, as far as a report shows it. */
export interface PlanStory {
  readonly route: string;
  readonly creates: readonly { readonly resource: string; readonly quantity: number; readonly detail: string }[];
  readonly differences: readonly {
    readonly attribute: string; readonly source: unknown; readonly clone: unknown; readonly kind: string; readonly why: string;
  }[];
  readonly warnings: readonly string[];
  readonly checks: readonly { readonly check: string; readonly result: string; readonly detail: string }[];
  /** Null where nobody knows: AWS moves the bytes. */
  readonly expectedSeconds: number | null;
  readonly cost: readonly { readonly item: string; readonly unit: string; readonly quantity: number; readonly amount: number | null }[];
}

/** What a sync machine's plan says, as far as a report shows it. */
interface SyncPlan extends Partial<Pick<PlanStory, 'creates' | 'differences' | 'cost'>>, Pick<PlanStory, 'warnings' | 'checks'> {
  readonly story: readonly string[];
  readonly expected: readonly { readonly hours: number }[];
}

/** The plan in an execution's output. */
export function planIn(output: unknown): PlanStory | undefined {
  const { plan } = (output ?? {}) as { plan?: PlanStory | SyncPlan | string };
  // a fleet only names its plan
  if (typeof plan === 'string') return undefined;
  if (plan && 'expected' in plan) return ofSync(plan);
  return plan && Array.isArray(plan.creates) && Array.isArray(plan.differences) ? plan : undefined;
}

/** The slowest of the expected rates counts. */
function ofSync({ creates = [], differences = [], cost = [], warnings, checks, expected }: SyncPlan): PlanStory {
  return { route: 'switching first', creates, differences, cost, warnings, checks, expectedSeconds: Math.max(0, ...expected.map(each => each.hours)) * 3600 };
}

/** The plan as lines of text, each under its heading. What is different by nature (ids, addresses) is only counted. */
export function planRows({ route, creates, differences, warnings, checks, expectedSeconds, cost }: PlanStory): [string, string[]][] {
  const byNature = differences.filter(each => each.kind === 'nature').length;
  return [
    ['Plan', [`by ${route}, ${expectedSeconds === null ? 'for as long as it takes' : `in about ${duration(Math.ceil(expectedSeconds / 60) * 60_000)}`}`, ...creates.map(({ resource, quantity, detail }) =>
      `${count(quantity, resource.replaceAll('-', ' ')).padEnd(22)}${detail}`)]],
    ['Checked', checks.map(({ check, result, detail }) => `${check}: ${result === 'passed' ? '' : `${result}, `}${detail}`)],
    ['Differs', [
      ...differences.filter(each => each.kind !== 'nature').map(({ attribute, source, clone, kind, why }) =>
        `${attribute}: ${shown(source)} → ${shown(clone)} (${kind}: ${why})`),
      ...byNature > 0 ? [`${count(byNature, 'attribute')} by nature: ids, addresses, times`] : [],
    ]],
    ['Note', [...warnings]],
    ['Costs', cost.map(({ item, unit, quantity, amount }) => `${quantity.toLocaleString('en-GB')} ${unit}${amount === null ? '' : ` = ${amount}`}: ${item}`)],
  ];
}

function shown(value: unknown): string {
  return value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
}
