import { committed } from '../cloud/ec2/writers';
import { duration } from '../report/format';
import { databaseServer, profile } from './database-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue } from './source';

export const windows: Scenario = {
  name: 'clone-windows',
  description: 'A Windows server lets its applications come to rest by VSS, takes the snapshots itself, and goes on; clones are made from them.',
  async play(stage) {
    const { ec2, iam, calls } = stage.account;
    const source = databaseServer(stage, { platform: { windows: true } }).keepWriting();
    iam.attachRolePolicy(profile, 'AWSEC2VssSnapshotPolicy');
    const run = await stage.run({ sourceInstanceId: source.instanceId, consistency: 'filesystem', identity: 'keep', isolation: false });
    const clones = source.prove(run);
    const own = calls.filter(({ principal }) => principal.instanceArn?.endsWith(source.instanceId));
    const taken = own.filter(({ operation }) => operation === 'CreateSnapshots');
    // VSS freezes after the instance has asked for its volumes, and thaws when it has the snapshots
    const [from, to] = ['DescribeInstanceAttribute', 'CreateSnapshots'].map(name => own.find(({ operation }) => operation === name)?.time ?? NaN) as [number, number];
    stage.recorder.mark('frozen by VSS', from);
    stage.recorder.mark('thawed', to);
    const taps = [...source.taps.values()];
    const slipped = taps.flatMap(tap => tap.changes()).filter(({ time }) => time > from && time < to);
    const copies = clones.flatMap(clone => clone.volumes);
    return {
      run, clones, concerned: source.ids,
      expectations: [
        succeeds(run),
        expect('the instance itself took the snapshots, all of one instant, with the rights of its own role', taken.length === 1 && source.snapshotInstants().length === 1),
        expect('VSS held its programs for less than ten seconds, and they went on afterwards', to - from < 10_000 && slipped.length === 0
          && taps.every(tap => tap.changes().some(({ time }) => time >= to)), `${slipped.length} changes in ${duration(to - from)}`),
        expect('every change in the clone has its commit record, on the root as well', copies.length === 3 && copies.every(({ volumeId }) => committed(ec2.content(volumeId)))),
        clonesAreTrue(clones, 1, 3), source.noticedNothing(), nothingLeft(stage.account, run),
      ],
    };
  },
};
