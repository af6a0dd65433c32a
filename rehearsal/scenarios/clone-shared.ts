import { databaseServer } from './database-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue } from './source';

/** The device that holds the data which two report servers are to read. */
const device = '/dev/sdg';

export const shared: Scenario = {
  name: 'clone-shared',
  description: 'Two clones read the log volume of the database while it goes on writing: fenced, and kept out by an NVMe reservation of the source, so that they can not change a block of it.',
  async play(stage) {
    const { ec2, ssm } = stage.account;
    const source = databaseServer(stage, { multiAttach: true }).keepWriting();
    const volumeId = source.volumeAt(device);
    const tap = source.taps.get(volumeId)!;
    const volumes = { [device]: { strategy: 'shared', reservation: 'write-exclusive' } };
    const run = await stage.run({ sourceInstanceId: source.instanceId, count: 2, volumes });
    const clones = source.prove(run);
    interface Share { readonly instanceId: string; readonly volumeId: string; readonly mount: string | null; readonly reservation: number | null }
    const { shares = [] } = (run.output ?? {}) as { shares?: readonly Share[] };
    const attachments = ec2.get(ec2.volumes, volumeId).Attachments;
    const own = attachments.find(each => each.InstanceId === source.instanceId);
    const strange = tap.writes.filter(({ value }) => !value.startsWith('change '));
    const since = Math.max(...attachments.map(each => Number(each.AttachTime)));
    return {
      run, clones, concerned: source.ids,
      expectations: [
        succeeds(run),
        expect('both clones have the volume attached and mounted', shares.length === 2 && shares.every(share => share.volumeId === volumeId && share.mount !== null),
          shares.map(share => share.mount).join(' ')),
        expect('no attachment deletes it', attachments.length === 3 && attachments.every(each => each.DeleteOnTermination === false)),
        expect('their kernels keep it read-only', shares.every(share => ssm.guest(share.instanceId).disks.readOnly.has(volumeId))),
        expect('EBS itself keeps them from writing: the source holds a reservation', ec2.get(ec2.volumeModels, volumeId).reservation?.holder === source.instanceId
          && shares.every(share => share.reservation === 1)),
        expect('only the source has written to it', strange.length === 0, strange.map(({ value }) => value).join(', ')),
        expect('the source went on writing to it', tap.writes.some(({ time }) => time > since), `${tap.writes.length} block writes`),
        expect('its own attachment is what it was', own?.State === 'attached' && own.Device === device),
        clonesAreTrue(clones, 2, 2), nothingLeft(stage.account, run),
      ],
    };
  },
};
