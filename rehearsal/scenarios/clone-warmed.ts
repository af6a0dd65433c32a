import { databaseServer } from './database-server';
import { expect, nothingLeft, succeeds } from './expectations';
import type { Scenario } from './scenario';
import { clonesAreTrue } from './source';

interface WarmUp {
  readonly warm: boolean;
  readonly progress: number;
  readonly notRead: number;
  readonly clones: readonly { readonly hot?: boolean }[];
}
interface Output { readonly plan: { readonly warmUp: { readonly why: string } | null }; readonly warmUp: WarmUp | null }

/** What the database of the source uses all day, some of it opened by its clone as well, and what nobody has touched for long. */
const files = (now: number) => [
  { path: '/base/orders', mib: 1500, usedAt: now, open: true },
  { path: '/base/orders_index', mib: 300, usedAt: now, open: true },
  { path: '/base/customers', mib: 400, usedAt: now - 3_600_000, open: false },
  { path: '/base/archive', mib: 20_000, usedAt: now - 30 * 86_400_000, open: false },
];

export const warmed: Scenario = {
  name: 'clone-warmed',
  description: 'A clone reads its volumes in isolation, what is in use first, and is handed over when every block has come from the snapshots; on the way the'
    + ' execution tells how far it is.',
  async play(stage) {
    const { ec2, clock, ssm } = stage.account;
    const source = databaseServer(stage).keepWriting();
    const data = source.volumeAt('/dev/sdf');
    ec2.get(ec2.volumeModels, data).data = files(clock.now());
    const run = await stage.run({ sourceInstanceId: source.instanceId, ready: 'warmed' });
    const clones = source.prove(run);
    const { warmUp, plan } = (run.output ?? {}) as unknown as Partial<Output>;
    const told = run.events.flatMap(event => event.taskSucceededEventDetails?.output ?? [])
      .flatMap(output => (JSON.parse(output) as { Payload?: Partial<Output> }).Payload?.warmUp?.progress ?? []);
    const volumes = clones.flatMap(clone => clone.volumes).map(({ volumeId }) => ec2.get(ec2.volumeModels, volumeId).initialization);
    const read = clones.flatMap(({ instanceId }) => ssm.guest(instanceId).history).flatMap(line => /^dd if=(\S+)/.exec(line)?.[1] ?? []);
    const hot = read.filter(path => path.includes('/base/')).map(path => path.replace(/.*\//, ''));
    return {
      run, clones, concerned: source.ids,
      expectations: [
        succeeds(run),
        expect('the plan lets the clone read, and says why', plan?.warmUp?.why.includes('what is in use first') === true, plan?.warmUp?.why),
        expect('first what its database has open, the smallest first, then what the source used lately', hot.join() === 'orders_index,orders,customers', hot.join(', ')),
        expect('and of that volume no block before', read.indexOf('/dev/nvme1n1') > read.findLastIndex(path => path.includes('/base/'))),
        expect('every volume is loaded when the execution ends', volumes.length === 3 && volumes.every(each => each && each.until <= Number(run.stopDate ?? clock.now()))),
        expect('the output says so', warmUp?.warm === true && warmUp.progress === 100 && warmUp.notRead === 0 && warmUp.clones.every(clone => clone.hot)),
        expect('on the way it told how far it was', told.length > 1 && told.every((progress, index) => index === 0 || progress >= told[index - 1]!) && told[0]! < 100,
          told.map(progress => `${progress} %`).join(', ')),
        clonesAreTrue(clones, 1, 3), source.noticedNothing(), nothingLeft(stage.account, run),
      ],
    };
  },
};
