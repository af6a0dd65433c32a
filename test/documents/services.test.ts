import { scriptText } from '../../lib/private/shell-document';
import { type Answer, databaseServer } from './database-server';

const units = ['app.service', 'worker.service', 'batch.service'];
const list = (names: readonly string[]): string => names.join(',');

/** Two services that run, and one that does not. */
function server() {
  const { account, guest } = databaseServer();
  for (const unit of units) guest.systemd.install(unit, { enabled: false });
  guest.systemd.systemctl(['stop', 'batch.service']);
  const script = async (name: 'quiesce' | 'start', Services = list(units), Owner = '4f8887f1aeeb'): Promise<Answer> => {
    const { exitCode, stdout, stderr } = await account.clock.run(guest.run({ script: scriptText(`services/${name}.sh`), environment: { SSM_Services: Services, SSM_Owner: Owner } }));
    return { exitCode, stderr, json: JSON.parse(stdout) as Answer['json'] };
  };
  return { guest, script, running: () => units.filter(unit => guest.systemd.isActive(unit)) };
}

test('what does not run is left alone, when the others are stopped and when they are started again', async () => {
  const { guest, script, running } = server();
  expect(await script('quiesce')).toMatchObject({ exitCode: 0, json: { stopped: ['app.service', 'worker.service'] } });
  expect(running()).toEqual([]);
  // also if the instance was stopped in between
  guest.systemd.reboot();
  expect(await script('start')).toMatchObject({ exitCode: 0, json: { active: ['app.service', 'worker.service'] } });
  expect(running()).toEqual(['app.service', 'worker.service']);
  expect(await script('start')).toMatchObject({ exitCode: 0, json: { active: ['app.service', 'worker.service'] } });
});

test('what stops with another one ran, what has failed did not', async () => {
  const { guest, script, running } = server();
  const systemctl = guest.systemd.systemctl.bind(guest.systemd);
  guest.systemd.systemctl = argv => {
    if (argv.join(' ') === 'show --property=ActiveState batch.service') return 'ActiveState=failed\n';
    const said = systemctl(argv);
    if (argv.join(' ') === 'stop app.service') systemctl(['stop', 'worker.service']);
    return said;
  };
  expect(await script('quiesce')).toMatchObject({ exitCode: 0, json: { stopped: ['app.service', 'worker.service'] } });
  await script('start');
  expect(running()).toEqual(['app.service', 'worker.service']);
});

test('sent twice: the second tells what the first has stopped, for the target has to start it', async () => {
  const { script, running } = server();
  await script('quiesce');
  expect(await script('quiesce')).toMatchObject({ exitCode: 0, json: { stopped: ['app.service', 'worker.service'] } });
  await script('start');
  expect(running()).toEqual(['app.service', 'worker.service']);
});

test('what another move stopped is not counted as stopped by this one', async () => {
  const { script } = server();
  await script('quiesce');
  expect(await script('quiesce', list(units), 'another')).toMatchObject({ exitCode: 0, json: { stopped: [] } });
});

test('a unit that systemd does not know: nothing was stopped, and nothing has to be started', async () => {
  const { script, running } = server();
  const Services = 'app.service,absent.service';
  expect(await script('quiesce', Services)).toMatchObject({ exitCode: 4, json: { error: 'NotFound', services: ['absent.service'] } });
  expect(await script('start', Services)).toMatchObject({ exitCode: 0 });
  expect(running()).toEqual(['app.service', 'worker.service']);
});

test('where nobody knows what was stopped all are started', async () => {
  const { guest, script, running } = server();
  for (const Owner of ['4f8887f1aeeb', '']) {
    guest.systemd.systemctl(['stop', ...units]);
    expect(await script('start', list(units), Owner)).toMatchObject({ exitCode: 0, json: { active: units } });
    expect(running()).toEqual(units);
  }
});

test('what can not be remembered is stopped all the same', async () => {
  const { guest, script, running } = server();
  guest.breakCommand('tee', { exitCode: 1 });
  expect(await script('quiesce')).toMatchObject({ exitCode: 0, json: { stopped: ['app.service', 'worker.service'] } });
  await script('start');
  expect(running()).toEqual(units);
});
