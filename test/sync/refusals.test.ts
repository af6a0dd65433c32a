import { addSubnet } from '../../rehearsal/cloud/ec2/default-network';
import type { Json } from '../../rehearsal/json';
import { groupArn, hostedZoneId } from '../../rehearsal/scenarios/sync-server';
import { expectSuccess } from '../support/rehearse';
import { rehearseSync, type SyncBench, synthesizedSync } from '../support/sync';

jest.setTimeout(60_000);

const full = synthesizedSync();
const plain = synthesizedSync(() => ({}));
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are JSON of any shape */
type Any = any;

describe('refuses before anything is made', () => {
  const none = { available: false, version: null, missing: ['drbdadm'], installable: false };
  test.each<[string, { [key: string]: Json }, RegExp, ((bench: SyncBench) => void)?]>([
    ['NoCommonEngine|PackagesMissing', {}, /drbd/i, bench => bench.pair.alter('target', 'inspect', answer => ({ ...answer, engines: { drbd: none, md: none } }))],
    ['PackagesMissing', {}, /WireGuard|wireguard/, bench => bench.pair.alter('target', 'inspect', answer => ({ ...answer, wireguard: { available: false, installable: false, missing: ['wg'] } }))],
    ['NitroDoesNotEncrypt', { encryption: 'nitro', target: { launch: { instanceType: 'm5d.large' } } }, /wireguard/],
    ['AgentTooOld', {}, /3\.3\.2746\.0/, bench => { bench.account.ssm.guest(bench.sourceInstanceId).agentVersion = '3.2.0.0'; }],
    ['InstanceNotManaged', {}, /online/, bench => { bench.account.ssm.guest(bench.sourceInstanceId).online = false; }],
    ['TargetUnfit', { target: { launch: { instanceType: 'm5.large' } } }, /no instance store/],
    ['NothingToMove', { mountPoints: ['/elsewhere'] }, /\/elsewhere/],
    ['ServiceNotFound', { services: ['writer.service'] }, /writer\.service/, bench => bench.pair.alter('source', 'inspect', answer => ({
      ...answer, services: [{ name: 'writer.service', loadState: 'not-found', activeState: 'inactive', enabled: false }],
    }))],
    ['SourceIsProtected', { releaseSource: 'terminate' }, /protect/],
    ['TrafficNotMovable', { traffic: { records: [{ hostedZoneId, name: 'other.example.com', type: 'A' }] } }, /other\.example\.com/],
    ['InvalidRequest', { engine: 'rsync' }, /engine/],
    ['InvalidRequest', { rateLimit: 0 }, /rateLimit/],
    ['InvalidRequest', { services: ['a; rm -rf /'] }, /services/],
    ['InvalidRequest', { traffic: { targetGroupArns: [groupArn.replace('orders', 'others')] } }, /targetGroups/],
    ['SourceNotFound|InvalidInstanceID.NotFound', { sourceInstanceId: 'i-0123456789abcdef0' }, /i-0123456789abcdef0/],
  ])('%s: %j', (...[error, input, message, arrange]) => rehearseSync(full, async bench => {
    arrange?.(bench);
    const run = await bench.run(input);
    expect(run).toMatchObject({ status: 'FAILED', error: expect.stringMatching(new RegExp(`^(${error})$`)), cause: expect.stringMatching(message) });
    expect(run.trace).not.toContain('Mark switching');
    expect(bench.others()).toEqual([]);
    await bench.expectNothingHappened(run);
  }));

  test('a member of an Auto Scaling group, which would replace it; not one in standby there, whose plan tells what becomes of that', () => rehearseSync(full, async bench => {
    const { account: { autoScaling }, sourceInstanceId } = bench;
    autoScaling.addMember(sourceInstanceId, { group: 'web' });
    const refused = await bench.run();
    expect(refused).toMatchObject({ status: 'FAILED', error: 'SourceInAutoScalingGroup', cause: expect.stringContaining('is InService in the Auto Scaling group web') });
    expect(bench.others()).toEqual([]);
    bench.expectNothingLeft(refused);
    autoScaling.enterStandby(sourceInstanceId);
    const run = await bench.run({ planOnly: true });
    expectSuccess(run);
    expect((run.output as Any).plan.warnings).toContainEqual(expect.stringMatching(/^i-\w+ is in standby in the Auto Scaling group web: .* Detach i-\w+ before it is released/));
  }));

  test('an existing target in another VPC than that whose ports the construct opens', () => rehearseSync(full, async bench => {
    const { SubnetId, VpcId } = addSubnet(bench.account.ec2, { zone: 'us-east-1a' });
    const target = bench.addTarget({ subnetId: SubnetId! });
    const refused = await bench.run({ target: { instanceId: target }, planOnly: true });
    expect(refused).toMatchObject({ status: 'FAILED', error: 'PortsNotPossible', cause: expect.stringContaining(`${target} is in ${VpcId}, not in the construct's vpc`) });
    await bench.expectNothingHappened(refused);
  }));

  test('an existing target that is a member of an Auto Scaling group, which might terminate it', () => rehearseSync(full, async bench => {
    const { account: { autoScaling } } = bench;
    const target = bench.addTarget();
    autoScaling.addMember(target, { group: 'spare' });
    const refused = await bench.run({ target: { instanceId: target } });
    expect(refused).toMatchObject({ status: 'FAILED', error: 'TargetNotPossible', cause: expect.stringContaining('is InService in the Auto Scaling group spare, which may terminate it') });
    await bench.expectNothingHappened(refused);
    autoScaling.enterStandby(target);
    expectSuccess(await bench.run({ target: { instanceId: target }, planOnly: true }));
  }));

  test('a foreign filesystem on the disk of an existing target, without consent to erase it', () => rehearseSync(full, async bench => {
    bench.pair.alter('target', 'inspect', answer => ({
      ...answer, disks: (answer.disks as Any[]).map(disk => (disk.instanceStore ? { ...disk, inUse: 'it has a filesystem of the type xfs' } : disk)),
    }));
    const input = { target: { instanceId: bench.addTarget() } };
    const run = await bench.run(input);
    expect(run).toMatchObject({ status: 'FAILED', error: 'TargetInUse', cause: expect.stringContaining('overwriteTarget') });
    await bench.expectNothingHappened(run);
  }));

  test('a target that is smaller, or does not carry the tag, or takes part in another move', () => rehearseSync(full, async bench => {
    const small = bench.addTarget();
    bench.pair.alter('target', 'inspect', answer => ({ ...answer, disks: (answer.disks as Any[]).map(disk => (disk.instanceStore ? { ...disk, bytes: 1 << 20 } : disk)) }));
    const run = await bench.run({ target: { instanceId: small } });
    expect(run).toMatchObject({ status: 'FAILED', error: 'TargetUnfit' });
    const untagged = await bench.run({ target: { instanceId: bench.addTarget({ tags: {} }) } });
    expect(untagged).toMatchObject({ status: 'FAILED' });
    const busy = await bench.run({ target: { instanceId: bench.addTarget({ tags: { 'instance-mobility:movable': 'true', 'instance-mobility:phase': 'serving', 'instance-mobility:session': '0123456789ab' } }) } });
    expect(busy).toMatchObject({ status: 'FAILED', error: 'MoveUnfinished' });
    await bench.expectNothingHappened(run);
  }));

  test('an approval that nobody can give', () => rehearseSync(plain, async bench => {
    expect(await bench.run({ approve: ['switch'], traffic: {} })).toMatchObject({ status: 'FAILED', error: 'InvalidRequest', cause: expect.stringContaining('notificationTopic') });
  }));

  test('a second execution on the same source, while the first is at work', () => rehearseSync(full, async bench => {
    const first = bench.start();
    await bench.account.clock.advance(60_000);
    const second = bench.start();
    await bench.rehearsal.finish(second);
    expect(second).toMatchObject({ status: 'FAILED', error: 'InstanceIsLeased', cause: expect.stringContaining(first.arn) });
    expectSuccess(await bench.finish(first));
  }));
});
