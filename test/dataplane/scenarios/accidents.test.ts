import type { Machine } from '../lab/machine';
import { sleep, until } from '../lab/command';
import { prove } from '../harness/proof';
import { engines, scenario } from './scenario';

/** Fills a root volume to its last block. */
const FILL = '#!/bin/sh\nfallocate -l "$(df --block-size=1 --output=avail / | tail -n 1)" /fill\ndd if=/dev/zero of=/fill.rest bs=4k 2>/dev/null\nsync\ntrue\n';

/** From now on a root volume is full once `unit` has stopped. The agent keeps its scripts elsewhere, or nobody could send it any. */
async function fillAfterStopOf(unit: string, machine: Machine): Promise<void> {
  await machine.run(`set -eu
    mkdir -p /var/lib/amazon; echo 'tmpfs /var/lib/amazon tmpfs defaults 0 0' >>/etc/fstab; mount /var/lib/amazon
    printf '${FILL.replaceAll('\n', '\\n')}' >/usr/local/sbin/fill; chmod +x /usr/local/sbin/fill
    mkdir -p /run/systemd/system/${unit}.d; printf '[Service]\\nExecStopPost=+/usr/local/sbin/fill\\n' >/run/systemd/system/${unit}.d/fill.conf
    systemctl daemon-reload`);
}

const empty = (machine: Machine): Promise<string> => machine.run('rm -rf /fill /fill.rest /run/systemd/system/*.d/fill.conf; systemctl daemon-reload; sync');

/** Once a program was called with a word, the step that called it is killed as the kernel kills what takes too much memory. */
async function killStepAfter(program: string, word: string, machine: Machine): Promise<void> {
  await machine.run(`set -eu
    path=$(command -v ${program}); mv "$path" "$path.real"
    cat >"$path" <<'END'
#!/bin/bash
"$0.real" "$@"; status=$?
if [[ " $* " == *" ${word} "* ]] && rm /run/killer 2>/dev/null; then
  for ((each = PPID; each > 1; each = parent)); do
    parent=$(awk '/^PPid:/ { print $2 }' "/proc/$each/status")
    [[ $(<"/proc/$each/comm") == bash ]] || break
    kill -KILL "$each"
  done
fi
exit $status
END
    chmod +x "$path"; : >/run/killer`);
}

const LEAVING = { drbd: ['drbdsetup', 'down'], md: ['mdadm', '--stop'] } as const;
const OFFERING = { drbd: ['drbdadm', 'primary'], md: ['dmsetup', 'create'] } as const;
/** With the number of the engine's device, and the name of what lies below it. */
const FAILING = { drbd: 'drbdsetup detach "$minor"', md: 'mdadm --quiet --fail "/dev/md$minor" "/dev/mapper/$name-near"' } as const;
const STOPPING = { drbd: 'drbdsetup down "$name"', md: 'systemctl stop "$unit-peer.service" "$unit-nbd.service"' } as const;

describe.each(engines)('%s: an accident', engine => {
  scenario('the step that takes the engine away is killed as the engine has left: it is sent again', { engine, megabytes: 64 }, async ({ pair, replication, source, target, acknowledgements }) => {
    await replication.begin();
    await pair.unshape();
    await replication.step(target, 'status', { MinRate: '100000', MaxRate: '4194304' });
    await replication.synchronised();
    await replication.verified();
    const [program, word] = LEAVING[engine];
    await killStepAfter(program, word, target);
    await expect(replication.attempt(target, 'finalize')).rejects.toThrow('exactly one line');
    expect(await target.run('ls /run/killer 2>/dev/null; true')).toBe('');
    expect(await replication.step(target, 'finalize')).toMatchObject({ phase: 'finalized' });
    const left = Date.now();
    await until('the application on the target', 30, () => acknowledgements.firstAfter(left, target.name));
    await replication.step(source, 'release-source');
    await prove(pair, target);
  });

  scenario('the step that offers the data is killed half-way: it is sent again', { engine, megabytes: 64 }, async ({ pair, replication, source, target, acknowledgements }) => {
    await until('records', 30, () => acknowledgements.newest() > 30);
    await replication.prepare();
    const [program, word] = OFFERING[engine];
    await killStepAfter(program, word, source);
    await expect(replication.attempt(source, 'switch-source')).rejects.toThrow('exactly one line');
    expect(await source.run('ls /run/killer 2>/dev/null; true')).toBe('');
    await replication.switchOver();
    await replication.finish();
    await prove(pair, target);
  });

  scenario('the disk of the target fails while the step that takes the engine away is to be sent again: the source has all', { engine, megabytes: 64 }, async ({ pair, replication, source, target, acknowledgements }) => {
    await replication.begin();
    await pair.unshape();
    await replication.step(target, 'status', { MinRate: '100000', MaxRate: '4194304' });
    await replication.synchronised();
    await replication.verified();
    // as if it had been killed once it had looked whether all is here
    await target.run(`set -eu; cd /var/lib/instance-mobility/${replication.session}; echo finalizing >phase
      name=im-${replication.session}-0 minor=$(sed -n 's/^minor.0=//p' settings); ${FAILING[engine]}`);
    const failed = Date.now();
    await until('records that only the source has', 30, () => acknowledgements.firstAfter(failed + 2000, target.name));
    expect(await replication.attempt(target, 'finalize')).toMatchObject({ status: 6, answer: { error: 'EngineFailed', message: expect.stringContaining('its device has failed here') } });
    const refused = Date.now();
    await until('the application on the target', 30, () => acknowledgements.firstAfter(refused, target.name));
    expect(await replication.step(target, 'fall-back')).toMatchObject({ phase: 'fallen-back', serving: false });
    expect(await replication.step(source, 'fall-back')).toMatchObject({ phase: 'fallen-back', serving: true });
    await replication.step(source, 'finalize');
    await sleep(2);
    await prove(pair, source);
  });

  scenario('the source is told to let go while its engine does not run: it has what the target lacks', { engine }, async ({ pair, replication, source, target }) => {
    await replication.begin();
    await replication.midway();
    // what sees its target refuses to be stopped
    await pair.cut(target);
    await until('a source that is alone', 60, async () => !(await replication.status(source)).peerConnected);
    await source.run(`set -eu; name=im-${replication.session}-0 unit=instance-mobility-${replication.session}; ${STOPPING[engine]}`);
    expect(await replication.attempt(source, 'release-source')).toMatchObject({ status: 8, answer: { error: 'WrongState' } });
    await pair.restore(target);
    await replication.step(source, 'resume');
    await replication.finish();
    await prove(pair, target);
  });

  scenario('the root volume of the source is full as its services have stopped: it serves again', { engine, megabytes: 64 }, async ({ pair, replication, source, target, acknowledgements }) => {
    await until('records', 30, () => acknowledgements.newest() > 30);
    await replication.prepare();
    await fillAfterStopOf('writer.service', source);
    const { status } = await replication.attempt(source, 'switch-source');
    expect(status).not.toBe(0);
    expect(await source.run('df --block-size=1 --output=avail / | tail -n 1')).toMatch(/^ *0\n$/);
    const back = Date.now();
    await replication.attempt(source, 'fall-back');
    await until('the application on the source', 30, () => acknowledgements.firstAfter(back, source.name));
    await empty(source);
    expect(await replication.step(source, 'fall-back')).toMatchObject({ phase: 'preparing', serving: true });
    await replication.step(target, 'release-source');
    await replication.step(source, 'release-source');
    const on = Date.now();
    await source.reboot();
    await until('the application on the source, after its boot', 120, () => acknowledgements.firstAfter(on + 1000, source.name));
    await prove(pair, source);
  });

  scenario('the target boots with a root volume that is full: it serves', { engine }, async ({ pair, replication, target, acknowledgements }) => {
    await replication.begin();
    await replication.midway();
    // full again before the session goes on, whatever the boot had cleaned up
    const unit = `instance-mobility-${replication.session}-resume.service`;
    await fillAfterStopOf('writer.service', target);
    await target.run(`set -eu
      printf '[Unit]\\nAfter=systemd-tmpfiles-setup.service\\nBefore=${unit}\\n[Service]\\nType=oneshot\\nExecStart=/usr/local/sbin/fill\\n' >/etc/systemd/system/fill.service
      mkdir -p /etc/systemd/system/${unit}.requires; ln -s /etc/systemd/system/fill.service /etc/systemd/system/${unit}.requires/; sync`);
    await target.powerOff();
    await target.start();
    const on = Date.now();
    await until('the application, after the boot', 120, () => acknowledgements.firstAfter(on, target.name));
    expect(Number(await target.run('df --block-size=1 --output=avail / | tail -n 1'))).toBeLessThan(8192);
    await empty(target);
    await replication.finish();
    await prove(pair, target);
  });

  scenario('the target went on alone, boots, and is told to hand over before it sees its source', { engine, megabytes: 64 }, async ({ pair, replication, source, target, acknowledgements }) => {
    await replication.begin();
    await pair.unshape();
    await replication.step(target, 'status', { MinRate: '100000', MaxRate: '4194304' });
    await replication.synchronised();
    await pair.cut(target);
    const cut = Date.now();
    await until('records of a target that is alone', 60, () => acknowledgements.firstAfter(cut + 20_000, target.name));
    await target.powerOff();
    await target.start();
    await sleep(5);
    // what it wrote alone is nowhere else: neither gives up
    expect(await replication.attempt(target, 'fall-back')).toMatchObject({ status: 9, answer: { error: 'PeerUnreachable' } });
    expect((await replication.attempt(source, 'fall-back')).status).not.toBe(0);
    await pair.restore(target);
    const back = Date.now();
    await until('the application, once the two see each other', 120, () => acknowledgements.firstAfter(back, target.name));
    await replication.synchronised();
    expect(await replication.step(target, 'fall-back')).toMatchObject({ phase: 'fallen-back', serving: false });
    expect(await replication.step(source, 'fall-back')).toMatchObject({ phase: 'fallen-back', serving: true });
    await replication.step(source, 'finalize');
    await sleep(2);
    await prove(pair, source);
  });

  scenario('somebody else listens where the engine would: told while the source serves', { engine, megabytes: 64, encryption: 'none' }, async ({ pair, replication, source, target, acknowledgements }) => {
    const listen = (unit: string) => source.run(`systemd-run --quiet --unit=${unit} python3 -m http.server 7788
      until ss -Hltn 'sport = :7788' | grep -q 7788; do sleep 0.2; done`);
    const refused = { status: 7, answer: { error: 'NotSupported', message: expect.stringContaining('port 7788 ') } };
    await replication.prepareTarget({ Volumes: await replication.volumes() });
    await listen('before');
    const began = Date.now();
    expect(await replication.attempt(source, 'prepare-source', { ...replication.side(source), Mounts: '/srv/data' })).toMatchObject(refused);
    await source.run('systemctl stop before.service');
    await replication.prepareSource();
    await listen('later');
    expect(await replication.attempt(source, 'switch-source')).toMatchObject(refused);
    expect(acknowledgements.longestSilence(began, Date.now())).toBeLessThan(10_000);
    await source.run('systemctl stop later.service');
    // a service of an earlier move stays held back, unless it, its mount or its disk is what moves now
    const released = (session: string, settings: Record<string, string>) => source.run(`set -eu
      mkdir -p /var/lib/instance-mobility/${session} /etc/systemd/system/${session}.service.d; cd /var/lib/instance-mobility/${session}; echo released >phase
      printf '%s\\n' ${Object.entries({ session, volumes: '1', services: `${session}.service`, ...settings }).map(([key, value]) => `'${key}=${value}'`).join(' ')} >settings
      echo '[Unit]' >/etc/systemd/system/${session}.service.d/instance-mobility-${session}.conf`);
    await replication.step(source, 'release-source');
    await released('aaaaaaaaaaaa', { 'mount.0': '/srv/other', 'device.0': '/dev/disk/by-id/gone' });
    await released('bbbbbbbbbbbb', { 'mount.0': '/srv/data', 'device.0': '/dev/disk/by-id/gone' });
    await replication.prepareSource();
    expect(await source.run('cd /etc/systemd/system; ls -d [ab]*.service.d')).toBe('aaaaaaaaaaaa.service.d\n');
    await replication.switchOver();
    await replication.finish();
    await prove(pair, target);
  });
});
