import { document, runDocument } from '../harness/document';
import { Instances } from '../harness/instances';
import { patience, until } from '../lab/command';
import type { Volume } from '../lab/disk';
import type { Machine } from '../lab/machine';
import { clusterBoot } from '../setup/kernels';

jest.setTimeout(900_000 * patience);

const MOUNT = '/srv/orders';
const UNITS = { Cluster: 'node-id.service,cluster.service', Services: 'orders.service' };
const OPTIONS = 'noatime,_netdev';

/** A node as its administrator made it: units of the cluster, of the application, and one that gives the node its name in the cluster's configuration. */
const NODE = `set -eu
  mkdir -p /usr/local/lib/lab /etc/ocfs2 ${MOUNT}
  cat >/usr/local/lib/lab/node-id.sh <<'END'
#!/bin/bash
set -eu
address=$(ip -o -4 address show dev eth0 | sed 's/.*inet \\([0-9.]*\\).*/\\1/')
grep -q "name = $(hostname)$" /etc/ocfs2/cluster.conf ||
  printf '\\nnode:\\n\\tip_port = 7777\\n\\tip_address = %s\\n\\tnumber = %s\\n\\tname = %s\\n\\tcluster = lab\\n' "$address" "\${address##*.}" "$(hostname)" >>/etc/ocfs2/cluster.conf
END
  cat >/usr/local/lib/lab/cluster.sh <<'END'
#!/bin/bash
set -eu
modprobe -a configfs ocfs2_stack_o2cb ocfs2_dlmfs ocfs2
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
mkdir -p /dlm
mountpoint -q /dlm || mount -t ocfs2_dlmfs none /dlm
echo o2cb >/sys/fs/ocfs2/cluster_stack
o2cb register-cluster lab
# emulated machines stand still for long
for pair in heartbeat/dead_threshold=301 idle_timeout_ms=240000 keepalive_delay_ms=4000; do echo "\${pair#*=}" >"/sys/kernel/config/cluster/lab/\${pair%%=*}"; done
END
  cat >/usr/local/lib/lab/orders.sh <<'END'
#!/bin/bash
log=${MOUNT}/$(hostname)
for ((i = $(wc -l <"$log" || echo 0) + 1; ; i++)); do
  echo "$i" >>"$log"
  sync "$log"
  sleep 0.3
done
END
  chmod +x /usr/local/lib/lab/*.sh
  unit() { printf '[Service]\\n%s\\n' "$2" >/etc/systemd/system/$1.service; }
  unit node-id 'Type=oneshot
ExecStart=/usr/local/lib/lab/node-id.sh'
  unit cluster 'Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/lab/cluster.sh
ExecStop=/sbin/o2cb unregister-cluster lab'
  unit orders 'ExecStart=/usr/local/lib/lab/orders.sh'
  printf 'cluster:\\n\\tname = lab\\n\\theartbeat_mode = local\\n\\tnode_count = 2\\n' >/etc/ocfs2/cluster.conf
  for node in "original 1" "$@"; do
    set -- $node
    printf '\\nnode:\\n\\tip_port = 7777\\n\\tip_address = 10.9.0.%s\\n\\tnumber = %s\\n\\tname = %s\\n\\tcluster = lab\\n' "$2" "$2" "$1" >>/etc/ocfs2/cluster.conf
  done
  systemctl daemon-reload
  systemctl start network-online.target || true`;

/** A node of a cluster with an OCFS2, and its clone, which has all of it on its root: two real kernels, one volume. */
test('a clone joins the cluster, writes beside its original, and has all that it wrote on a volume of its own', async () => {
  const boot = clusterBoot();
  const instances = await Instances.begin();
  try {
    const volume = await instances.volume(256);
    const plain = await instances.volume();
    const original = await instances.launch('original', { volumes: [volume, plain], boot });
    await original.run(`set -- "clone 2"; ${NODE}; systemctl start cluster.service
      mkfs.ocfs2 -q -N 4 -J size=4M -L orders --cluster-stack=o2cb --cluster-name=lab ${volume.path} </dev/null
      mkfs.ext4 -q ${plain.path}; mkdir -p /srv/plain; mount ${plain.path} /srv/plain; udevadm settle`);
    const uuid = (await original.run(`blkid --probe --output value --match-tag UUID ${volume.path}`)).trim();
    const fstab = `UUID=${uuid} ${MOUNT} ocfs2 ${OPTIONS},nofail 0 0`;
    await original.run(`echo '${fstab}' >>/etc/fstab; systemctl daemon-reload; systemctl start srv-orders.mount && systemctl start orders.service`);
    const lines = async (machine: Machine, log: string) => Number(await machine.run(`wc -l <${MOUNT}/${log}`));

    expect(await document(original, 'inspect', { Volumes: `${volume.id},${plain.id}` })).toEqual({ shares: [
      { volume: volume.id, filesystem: 'ocfs2', mount: MOUNT, options: OPTIONS, clustered: true },
      { volume: plain.id, filesystem: 'ext4', mount: '/srv/plain', options: expect.any(String), clustered: false },
    ] });

    const clone = await instances.launch('clone', { boot });
    await clone.run(`set --; ${NODE}; echo '${fstab}' >>/etc/fstab; systemctl daemon-reload`);
    const hold = (Volume: string) => document(clone, 'hold-cluster', { Volume, Kind: 'ocfs2', Mount: MOUNT, Options: OPTIONS, ...UNITS });
    expect(await hold(volume.id)).toEqual({ held: ['node-id.service', 'cluster.service', 'orders.service'] });
    await clone.run('systemctl start cluster.service; [[ $(systemctl is-active cluster.service) == inactive ]]');
    await document(clone, 'fence', { Volumes: `${volume.id},${plain.id}` });
    await attach(clone, volume);
    expect(await clone.run(`blockdev --getro ${volume.path}`)).toBe('1\n');

    // what is no cluster's is not mounted, whatever somebody has noted
    await attach(clone, plain);
    await hold(plain.id);
    expect(await runDocument(clone, 'join-cluster', { Volume: plain.id })).toMatchObject({ status: 5, answer: { error: 'NotClustered' } });
    await clone.run(`rm /var/lib/instance-mobility-writes-${plain.id}`);

    // a unit that does not start: it is as if it had never come
    await clone.run('mv /usr/local/lib/lab/orders.sh /root');
    expect(await runDocument(clone, 'join-cluster', { Volume: volume.id })).toMatchObject({ status: 6, answer: { error: 'ServiceFailed' } });
    await clone.run(`! findmnt ${MOUNT} && [[ $(blockdev --getro ${volume.path}) == 1 && $(systemctl is-active cluster.service) == inactive ]]; mv /root/orders.sh /usr/local/lib/lab`);

    const joined = await document(clone, 'join-cluster', { Volume: volume.id });
    expect(joined).toEqual({ volume: volume.id, device: expect.stringMatching(/^\/dev\/nvme/), filesystem: 'ocfs2', mount: MOUNT, services: ['node-id.service', 'cluster.service', 'orders.service'] });
    expect(await document(clone, 'join-cluster', { Volume: volume.id })).toEqual(joined);
    // each sees at once what the other has written
    await until('lines of both', 120, async () => await lines(original, 'clone') > 5 && await lines(clone, 'original') > 5);

    const released = await document(clone, 'release-shared', { Volume: volume.id });
    expect(released).toMatchObject({ volume: volume.id, mount: MOUNT });
    const written = await lines(original, 'clone');
    const snapshot = await original.still(async () => instances.snapshot(volume));
    await clone.detach(volume);
    const copy = await instances.copy(snapshot, 256);
    await attach(clone, copy);
    const own = await document(clone, 'mount-own', { Volume: copy.id, Shared: volume.id, Mount: MOUNT });
    expect(own).toMatchObject({ volume: copy.id, filesystem: 'ocfs2', mount: MOUNT, compared: 32, notStarted: [] });
    // nothing that it wrote is missing, and it writes on
    await until('further lines', 120, async () => await lines(clone, 'clone') > written);
    await clone.run(`n=0; while read -r i; do ((i == ++n)) || exit 1; done <${MOUNT}/clone; [[ $(findmnt --noheadings --output OPTIONS ${MOUNT}) == *heartbeat=none* ]]`);
    expect(await clone.run(`blkid --probe --output value --match-tag UUID ${copy.path}; tail -n 1 /etc/fstab`)).toBe(`${uuid}\n${fstab}\n`);
    await clone.run('[[ $(systemctl is-active cluster.service) == inactive ]]; systemctl start cluster.service; [[ $(systemctl is-active cluster.service) == inactive ]]');
    // they have nothing to do with each other any more
    const before = await lines(original, 'original');
    await until('lines of the original', 120, async () => await lines(original, 'original') > before);
    expect(await lines(original, 'clone')).toBe(written);
    await clone.reboot();
    await clone.settled();
    await clone.run(`findmnt ${MOUNT} && [[ -s ${MOUNT}/clone ]]`);
  } finally {
    await instances.end();
  }
});

/** Without the cluster, which wants corosync: only what becomes of the copy, whose journal is that of a node which has it mounted. */
test('the copy of a GFS2 is mounted for one node, its journal replayed', async () => {
  const instances = await Instances.begin();
  try {
    const volume = await instances.volume(256);
    const clone = await instances.launch('clone', { volumes: [volume], boot: clusterBoot() });
    await clone.run(`set --; ${NODE}; mkfs.gfs2 -O -q -p lock_dlm -t lab:orders -j 2 -J 8 ${volume.path}
      mount -t gfs2 -o lockproto=lock_nolock ${volume.path} ${MOUNT}
      for ((i = 0; i < 50; i++)); do echo "$i" >${MOUNT}/$i; done; sync ${MOUNT}/*`);
    const snapshot = await clone.still(async () => instances.snapshot(volume));
    await clone.run(`umount ${MOUNT}`);
    await document(clone, 'hold-cluster', { Volume: volume.id, Kind: 'gfs2', Mount: MOUNT, Options: 'noatime', ...UNITS });
    await clone.run('rm -r /etc/systemd/system/orders.service.d; systemctl daemon-reload');
    expect(await document(clone, 'release-shared', { Volume: volume.id })).toMatchObject({ mount: null });
    await clone.detach(volume);
    const copy = await instances.copy(snapshot, 256);
    await attach(clone, copy);
    expect(await document(clone, 'mount-own', { Volume: copy.id, Shared: volume.id, Mount: MOUNT }))
      .toMatchObject({ volume: copy.id, filesystem: 'gfs2', mount: MOUNT, compared: 32, notStarted: [] });
    await clone.run(`[[ $(tunegfs2 -l ${copy.path}) == *lock_nolock* ]]; for ((i = 0; i < 50; i++)); do [[ $(<${MOUNT}/$i) == "$i" ]] || exit 1; done
      for ((i = 0; i < 100; i++)); do [[ ! -s ${MOUNT}/clone ]] || exit 0; sleep 0.2; done; exit 1`);
  } finally {
    await instances.end();
  }
});

async function attach(machine: Machine, volume: Volume): Promise<void> {
  await machine.attach(volume);
  await machine.run(`for ((i = 0; i < 600; i++)); do [[ ! -b ${volume.path} ]] || break; sleep 0.1; done; udevadm settle; [[ -b ${volume.path} ]]`);
}
