/**
 * npm run bench:planning -- --traces DIR [--only T1,T4]
 *
 * Runs the tasks of the planning benchmark on traces and prints one table. Parameters were tuned on the even-numbered
 * machines of the file; T1, T2, T6 and T7 report the odd-numbered ones. Seeds are fixed; times are CPU times of one thread.
 */
import { parseArgs } from 'node:util';
import { loadTraces } from './data';
import { type Row, table } from './report';
import { singleMachines } from './t1-single';
import { joint } from './t2-joint';
import { tunnelForecasts } from './t3-tunnel';
import { largePlans, wholePlan } from './t4-large';
import { planningFunction } from './t4-function';
import { exactPlans } from './t5-exact';
import { durations } from './t6-duration';
import { controls } from './t7-control';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { traces: { type: 'string', default: '../shared/traces' }, only: { type: 'string' } } });
  const only = values.only?.split(',');
  const wants = (...ids: string[]): boolean => !only || ids.some(id => only.includes(id));
  const rows: Row[] = [];
  const add = (more: readonly Row[]): void => {
    for (const each of more) console.log(`${each.id} ${each.what}\n   baseline ${each.baseline}\n   ours     ${each.ours}\n   target   ${each.target}`);
    rows.push(...more);
  };
  if (wants('T4')) { // first, and without the traces: memory is measured
    add(wholePlan(10_000, 288, 0.8));
    add(await planningFunction(10_000, 288, 0.8, 256));
    add(largePlans([[1000, 288, 0.8], [10_000, 288, 0.8], [10_000, 288, 0.95]]));
  }
  const { machines, others, links, controls: flat } = loadTraces(values.traces);
  console.log(`${machines.length} machines, ${others.length} other series, ${links.length} links, ${flat.length} controls in ${values.traces}`);
  if (wants('T1')) add(singleMachines(machines, others));
  if (wants('T2', 'T6')) {
    const { rows: first, outcomes } = joint(machines, links, 0.7, 5, { brief: !wants('T2') });
    if (wants('T2')) {
      add(first);
      add(joint(machines, links, 0.8, 6, { brief: true }).rows);
      add(joint(machines, links, 0.9, 6, { brief: true }).rows);
      add(joint(machines, links, 0.7, 5, { all: true, brief: true }).rows);
    }
    if (wants('T6')) add(durations(outcomes));
  }
  if (wants('T3')) add(tunnelForecasts(links));
  if (wants('T5')) add(await exactPlans([[50, 0.7], [100, 0.7], [200, 0.7], [200, 0.85], [50, 0.9]]));
  if (wants('T7')) add(controls(machines, flat));
  console.log(`\n${table(rows)}`);
}

void main();
