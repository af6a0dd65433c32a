/** The style sheet of the page. One switch (the check box before `main`) chooses how the axis is drawn. */
export const pageStyle = `
:root { color-scheme: light dark;
  --paper: light-dark(#fbfaf7, #15171a); --card: light-dark(#fff, #1d2024); --ink: light-dark(#1d2126, #e8e6e1);
  --soft: light-dark(#5f6770, #9aa3ad); --line: light-dark(#e3e0d8, #31363c); --grid: light-dark(#eeebe4, #262a2f);
  --task: light-dark(#2f6fb0, #5b9bdb); --wait: light-dark(#b9c4cf, #4a545f); --turn: light-dark(#8a94a0, #76818d);
  --bad: light-dark(#c0392b, #e8705f); --warn: light-dark(#c77d0a, #dba13f); --good: light-dark(#2e7d5b, #4fae85);
  --idle: light-dark(#7fb79c, #3b7d61); --coming: light-dark(#e2b65a, #b98a2c); --going: light-dark(#d98f6f, #b5674a);
  --still: light-dark(#9aa3ad, #5c656f); --label: 24.5rem; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
main, header { max-width: 88rem; margin: 0 auto; padding: 0 2rem; }
header { padding-top: 2.2rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .2rem; letter-spacing: -.01em; }
h1 + p { margin: 0; color: var(--soft); max-width: 60rem; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .7rem; }
code, .id { font: .9em ui-monospace, monospace; white-space: nowrap; }
.badge { display: inline-block; padding: .1rem .7rem; border-radius: 99px; font-size: .85rem; font-weight: 600; color: var(--paper);
  background: var(--good); vertical-align: .25rem; margin-left: .6rem; letter-spacing: .02em; }
.badge.bad { background: var(--bad); }
.facts { display: flex; flex-wrap: wrap; gap: .7rem; margin: 1.3rem 0 0; padding: 0; list-style: none; }
.facts li { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .5rem .9rem; min-width: 8.2rem; }
.facts b { display: block; font-size: 1.15rem; line-height: 1.3; } .facts span { color: var(--soft); font-size: .82rem; }
.error { border-left: 4px solid var(--bad); background: var(--card); padding: .6rem 1rem; margin: 1.2rem 0 0; border-radius: 0 8px 8px 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(30rem, 1fr)); gap: 1rem; align-items: start; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: .9rem 1.2rem; overflow-x: auto; }
.card h2 { margin-top: 0; } ul.checks { list-style: none; margin: 0; padding: 0; } ul.checks li { padding: .16rem 0 .16rem 1.5rem; position: relative; }
ul.checks li::before { content: '✓'; color: var(--good); font-weight: 700; position: absolute; left: 0; }
ul.checks li.bad::before { content: '✗'; color: var(--bad); } small { color: var(--soft); font-size: .82rem; font-weight: 400; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .28rem .8rem .28rem 0; vertical-align: top; }
th { color: var(--soft); font-weight: 500; font-size: .82rem; border-bottom: 1px solid var(--line); } td.n, th.n { text-align: right; }
tr + tr td { border-top: 1px solid var(--grid); } table.plan { font-size: .88rem; } table.plan th { border: 0; width: 5.5rem; } td.good { color: var(--good); } td.bad { color: var(--bad); }
details { margin: 1rem 0; } summary { cursor: pointer; font-weight: 600; }
.switch { display: flex; gap: 1.2rem; align-items: baseline; flex-wrap: wrap; margin: 2.2rem 0 .7rem; } .switch h2 { margin: 0; }
.switch label { color: var(--soft); font-size: .88rem; cursor: pointer; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; font-size: .82rem; color: var(--soft); margin: 0 0 .8rem; padding: 0; list-style: none; }
.legend i { display: inline-block; position: static; width: 1.5rem; height: .7rem; border-radius: 3px; margin-right: .4rem; vertical-align: -1px; }
.chart { position: relative; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 4.1rem 1.4rem 1.2rem 1.2rem; }
.axis, .moments { position: absolute; inset: 0 1.4rem 1.2rem 1.2rem; pointer-events: none; }
.axis .track, .moments .track { position: absolute; inset: 0 0 0 var(--label); height: auto; }
.tick { position: absolute; top: 3.7rem; bottom: 0; border-left: 1px solid var(--grid); }
.tick b { position: absolute; bottom: 100%; left: 0; transform: translateX(-50%); font: 500 .74rem system-ui; color: var(--soft); white-space: nowrap; }
.tick.first b { transform: none; } .tick.last b { transform: translateX(-100%); }
.moment { position: absolute; top: 1.25rem; bottom: 0; left: calc(var(--xp) * 1%); border-left: 2px dashed var(--bad); opacity: .75; }
.moment b { position: absolute; bottom: 100%; left: -1px; font: 600 .76rem system-ui; color: var(--bad); white-space: nowrap; padding: 0 .3rem; }
.moment:nth-child(3n + 2) { top: 2rem; } .moment:nth-child(3n) { top: 2.75rem; }
.group { position: relative; } .group + .group { border-top: 1px solid var(--line); margin-top: .7rem; padding-top: .6rem; }
.group h3 { font-size: .88rem; margin: .2rem 0 .3rem; } .group h3 small { margin-left: .3rem; }
.row { display: flex; align-items: center; min-height: 1.55rem; border-radius: 6px; } .row:hover { background: var(--grid); }
.label { width: var(--label); flex: none; padding-right: .9rem; display: flex; justify-content: space-between; gap: .6rem; white-space: nowrap; overflow: hidden;
  font-size: .84rem; } .label.id { font-size: .8rem; } .label.id small { font-family: system-ui, sans-serif; } .label span { overflow: hidden; text-overflow: ellipsis; } .label small { font-size: .74rem; flex: none; max-width: 13.4rem; overflow: hidden; text-overflow: ellipsis; }
.track { position: relative; flex: 1; height: 1.1rem; }
.bar { position: absolute; top: 0; bottom: 0; left: calc(var(--xp) * 1%); width: max(calc(var(--wp) * 1%), 4px); border-radius: 3px; font-style: normal;
  box-shadow: 0 0 0 .5px var(--card); }
.bar > b { display: block; height: 100%; overflow: hidden; font: 500 .7rem/1.1rem system-ui; color: light-dark(#fff, #0c1410); padding: 0 .3rem; white-space: nowrap; }
#even:checked ~ main .bar { left: calc(var(--xe) * 1%); width: max(calc(var(--we) * 1%), 3px); } #even:checked ~ main .moment { left: calc(var(--xe) * 1%); }
#even:checked ~ main .tick.pressed, #even:not(:checked) ~ main .tick.even { display: none; }
#even { position: absolute; opacity: 0; } #even:focus-visible ~ main .switch label { outline: 2px solid var(--task); outline-offset: 3px; border-radius: 3px; }
.switch label::before { content: '☐ '; } #even:checked ~ main .switch label::before { content: '☑ '; }
.frame { background: transparent; border: 1.5px solid var(--turn); } .frame > b { color: var(--soft); }
.task { background: var(--task); } .wait { background: var(--wait); } .turn { background: var(--turn); } .failed { background: var(--bad); } .retried { background: var(--warn); }
.aborted { background: repeating-linear-gradient(45deg, var(--bad) 0 5px, transparent 5px 9px), var(--task); }
.usable { background: var(--good); } .usable.idle { background: var(--idle); } .still { background: var(--still); }
.coming { background: repeating-linear-gradient(115deg, transparent 0 7px, #0000001c 7px 14px), var(--coming); }
.going { background: repeating-linear-gradient(65deg, transparent 0 7px, #0000001c 7px 14px), var(--going); }
.coming > b { color: #3b2a05; }
.tip { display: none; position: absolute; z-index: 9; top: calc(100% + 5px); left: 0; background: var(--ink); color: var(--paper); font: .8rem/1.45 system-ui; padding: .45rem .7rem;
  border-radius: 7px; width: max-content; max-width: 30rem; pointer-events: none; box-shadow: 0 4px 18px #0004; overflow-wrap: anywhere; }
.tip.left { left: auto; right: 0; } .bar:hover { filter: brightness(1.12); z-index: 8; } .bar:hover .tip { display: block; }
footer { color: var(--soft); font-size: .82rem; margin: 2rem 0 3rem; }
@media (max-width: 60rem) { :root { --label: 11rem; } main, header { padding: 0 1rem; } .label small { display: none; } .cards { grid-template-columns: 1fr; } }
@media print { .chart, .card { break-inside: avoid; } }
`;
