import { callLines } from '../timeline';
import { clockTime, count, duration, readableCause } from '../format';
import type { CallStory, Story } from '../story';
import { planIn, planRows } from '../plan';
import { chart } from './chart';
import { escaped } from './markup';
import { pageStyle } from './page-style';
import { axisOf } from './scale';

/** A rehearsal as a page that needs nothing but a browser. */
export function page(story: Story): string {
  const kept = story.expectations.every(each => each.holds) && story.executions.length > 0;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(story.scenario)} – rehearsal</title><style>${pageStyle}</style></head><body>
<input type="checkbox" id="even">
<header><h1>${escaped(story.scenario)}<span class="badge${kept ? '' : ' bad'}">${kept ? 'as expected' : 'not as expected'}</span></h1>
<p>${escaped(story.description)}</p>
${facts(story)}
${failure(story)}
</header><main>
<h2 hidden>Outcome</h2>
<div class="cards" style="margin-top:1.6rem">${expectations(story)}${proofs(story)}</div>
${plan(story)}
<div class="switch"><h2>Timeline</h2><label for="even">true to time (else long waits are pressed together)</label></div>
${legend}
${chart(story, axisOf(story))}
<h2>In words</h2>
${visits(story)}
${calls(story)}
<footer>Virtual time, on a look-alike account; nothing of this happened on AWS. Seed ${story.seed}, Region ${escaped(story.region)}, from ${
  escaped(new Date(story.from).toISOString())}.</footer>
</main></body></html>
`;
}

function facts(story: Story): string {
  const [main] = story.executions;
  const sum = (of: (each: Story['executions'][number]) => number) => story.executions.reduce((all, each) => all + of(each), 0);
  const cells: [string, string][] = [
    [main?.status ?? 'none', 'execution'],
    [duration(story.to - story.from), 'virtual time'],
    [`${story.realSeconds.toFixed(1)} s`, 'real time'],
    [String(sum(each => each.transitions)), 'state transitions'],
    [String(sum(each => each.historyEvents)), 'history events'],
    [String(story.calls.length), 'API calls'],
  ];
  return `<ul class="facts">${cells.map(([value, what]) => `<li><b>${escaped(value)}</b><span>${what}</span></li>`).join('')}</ul>`;
}

function failure({ executions: [main] }: Story): string {
  if (!main || main.status === 'SUCCEEDED') return '';
  return `<p class="error"><b>${escaped(main.error ?? main.status)}</b> ${escaped(readableCause(main.cause) ?? '')}</p>`;
}

function expectations({ expectations: all }: Story): string {
  if (all.length === 0) return '';
  return `<section class="card"><h2>What was expected</h2><ul class="checks">${all.map(({ what, holds, detail }) =>
    `<li${holds ? '' : ' class="bad"'}>${escaped(what)}${detail ? ` <small>${escaped(detail)}</small>` : ''}</li>`).join('')}</ul></section>`;
}

function proofs({ clones }: Story): string {
  if (clones.length === 0) return '';
  const rows = clones.flatMap(({ instanceId, volumes }) => volumes.map((volume, index) => {
    const same = volume.equalsSourceAtSnapshot;
    return `<tr><td class="id">${index === 0 ? escaped(instanceId) : ''}</td><td class="id">${escaped(volume.device)}</td><td class="id">${escaped(volume.volumeId)}</td>`
      + `<td class="n">${volume.blocksCompared}</td><td class="${same ? 'good' : 'bad'}">${same ? '✓ equal' : '✗ differs'}</td>`
      + `<td class="n${volume.laterWritesSeen > 0 ? ' bad' : ''}">${volume.laterWritesSeen}</td></tr>`;
  }));
  return `<section class="card"><h2>Clones, block by block</h2><table><thead><tr><th>clone</th><th>device</th><th>volume</th><th class="n">blocks</th>`
    + `<th>source at the snapshot’s instant</th><th class="n">later writes seen</th></tr></thead><tbody>${rows.join('')}</tbody></table></section>`;
}

function plan({ executions: [main], lanes }: Story): string {
  const planned = planIn(main?.output);
  if (!planned) return '';
  const rows = planRows(planned).filter(([, lines]) => lines.length > 0);
  // where nothing was made, the plan is what it was all about
  const open = lanes.every(lane => lane.existed) ? ' open' : '';
  return `<details class="card"${open}><summary>The plan</summary><table class="plan"><tbody>${rows.map(([title, lines]) =>
    `<tr><th>${escaped(title)}</th><td>${lines.map(escaped).join('<br>')}</td></tr>`).join('')}</tbody></table></details>`;
}

const kinds: [string, string][] = [
  ['task', 'working'], ['wait', 'waiting'], ['turn', 'choosing, passing'], ['retried', 'retried'], ['failed', 'failed'], ['coming', 'coming up'],
  ['usable', 'in use, complete'], ['usable idle', 'available'], ['still', 'stopped, over'], ['going', 'going away'],
];
const legend = `<ul class="legend">${kinds.map(([kind, text]) => `<li><i class="${kind}"></i>${text}</li>`).join('')}</ul>`;

function visits({ executions, to }: Story): string {
  return executions.map(execution => {
    const rows = execution.visits.map(visit => `<tr><td>${clockTime(visit.from)}</td><td class="n">${duration((visit.to ?? to) - visit.from)}</td>`
      + `<td>${escaped(visit.state)}</td><td>${escaped(visit.type)}</td><td>${visit.outcome === 'left' ? '' : escaped(visit.outcome)}</td>`
      + `<td>${visit.failures.map(({ error }) => escaped(error)).join(', ')}</td></tr>`);
    return `<details><summary>${escaped(execution.machine)}: ${count(rows.length, 'stay')} in its states</summary><table><thead><tr><th>entered</th>`
      + `<th class="n">stayed</th><th>state</th><th>type</th><th>outcome</th><th>failed attempts</th></tr></thead><tbody>${rows.join('')}</tbody></table></details>`;
  }).join('\n');
}

function calls({ calls: all }: Story): string {
  const reads = new Map<string, CallStory[]>();
  for (const call of all) {
    const name = `${call.service} ${call.operation}`;
    reads.set(name, [...reads.get(name) ?? [], call]);
  }
  const changes = all.filter(call => call.changes).map(call =>
    `<tr><td>${clockTime(call.time)}</td><td>${callLines([call]).map(({ text }) => escaped(text)).join('')}</td></tr>`);
  const totals = [...reads].sort(([a], [b]) => a.localeCompare(b)).map(([name, group]) => {
    const errors = [...new Set(group.flatMap(call => call.error ?? []))];
    return `<tr><td>${escaped(name)}</td><td class="n">${group.length}</td><td>${escaped(errors.join(', '))}</td></tr>`;
  });
  return `<details><summary>${count(changes.length, 'API call')} that changed something</summary><table><thead><tr><th>time</th><th>call</th></tr></thead>`
    + `<tbody>${changes.join('')}</tbody></table></details>\n<details><summary>All ${count(all.length, 'API call')}, by operation</summary><table><thead>`
    + `<tr><th>operation</th><th class="n">calls</th><th>errors</th></tr></thead><tbody>${totals.join('')}</tbody></table></details>`;
}
