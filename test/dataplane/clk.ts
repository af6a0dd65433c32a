import { Pair } from './harness/pair';
(async () => {
  const t = Date.now();
  const pair = await Pair.boot({});
  console.log('pair', Date.now() - t);
  for (const m of [pair.source, pair.target]) {
    const a = Date.now(), u = Number((await m.run('cut -d" " -f1 /proc/uptime'))); await new Promise(r => setTimeout(r, 8000));
    const v = Number((await m.run('cut -d" " -f1 /proc/uptime'))); console.log('guest', v - u, 'host', (Date.now() - a) / 1000);
    console.log(await m.run('cat /sys/devices/system/clocksource/clocksource0/current_clocksource; cat /proc/timer_list | grep "Clock Event"; systemd-analyze | head -1; s=$(date +%s.%N); sleep 2; echo "$(date +%s.%N) - $s" ; dmesg | grep -iE "tsc|clocksource" | tail -4'));
  }
  await pair.end();
})().catch(e => { console.error(e); process.exit(1); });
