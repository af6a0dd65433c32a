import { readdirSync } from 'node:fs';
import { handler as closePorts } from '../../lambda/replication/close-ports';
import { handler as connectTarget } from '../../lambda/replication/connect-target';
import { handler as demoteTarget } from '../../lambda/replication/demote-target';
import { handler as disconnect } from '../../lambda/replication/disconnect-source';
import { handler as finalize } from '../../lambda/replication/finalize-target';
import { handler as inspectSource } from '../../lambda/replication/inspect-source';
import { handler as inspectTarget } from '../../lambda/replication/inspect-target';
import { handler as isDisconnected } from '../../lambda/replication/is-source-disconnected';
import { handler as isInspected } from '../../lambda/replication/is-source-inspected';
import { handler as isSourceMirrored } from '../../lambda/replication/is-source-mirrored';
import { handler as isSourceServing } from '../../lambda/replication/is-source-serving';
import { handler as isSwitched } from '../../lambda/replication/is-source-switched';
import { handler as isUndone } from '../../lambda/replication/is-source-undone';
import { handler as isConnected } from '../../lambda/replication/is-target-connected';
import { handler as isDemoted } from '../../lambda/replication/is-target-demoted';
import { handler as isFinalized } from '../../lambda/replication/is-target-finalized';
import { handler as isTargetMirrored } from '../../lambda/replication/is-target-mirrored';
import { handler as isStillServing } from '../../lambda/replication/is-target-still-serving';
import { handler as isPrepared } from '../../lambda/replication/is-target-prepared';
import { handler as isTargetServing } from '../../lambda/replication/is-target-serving';
import { handler as mirrorSource } from '../../lambda/replication/mirror-source';
import { handler as mirrorTarget } from '../../lambda/replication/mirror-target';
import { handler as openPorts } from '../../lambda/replication/open-ports';
import { handler as prepareSource } from '../../lambda/replication/prepare-source';
import { handler as prepareTarget } from '../../lambda/replication/prepare-target';
import { handler as promoteSource } from '../../lambda/replication/promote-source';
import { handler as switchSource } from '../../lambda/replication/switch-source';
import { handler as switchTarget } from '../../lambda/replication/switch-target';
import type { Look, LookInput } from '../../lambda/shared/replication/command';
import { replicationParameters, type ReplicationStep } from '../../lib/private/replication-documents';
import { awsError, fakeAws } from './support/fake-aws';
import { EXECUTION, STEP } from './support/fixtures';
import { diskId, GB, host, hosts, SESSION, SOURCE_ID, TARGET_ID } from './support/replication';

const KEY = `${'A'.repeat(43)}=`;
const NOW = Date.parse('2026-01-05T09:00:10Z');
const on = { ...STEP, session: SESSION, instanceId: SOURCE_ID };
const replication = {
  engine: 'drbd' as const, preCopy: false, encryption: 'wireguard' as const, port: 7788, installPackages: true, overwriteTarget: false, metadataDirectory: '/var/lib/instance-mobility',
  services: ['app.service', 'postgresql@14-main.service'], warnings: [],
  volumes: [
    { mountPoint: '/data', bytes: 950 * GB, blockSize: 512, fstype: 'ext4', layout: 'disk' as const, options: 'rw,noatime', sourceDevice: diskId('S1'), devices: [diskId('T1')] },
    { mountPoint: '/logs', bytes: 1, blockSize: 4096, fstype: 'xfs', layout: 'raid0' as const, options: '', sourceDevice: '/dev/md/logs', devices: [diskId('T2'), diskId('T3')] },
  ],
};
const side = { ...STEP, execution: `${EXECUTION}-ä!`, session: SESSION, replication, hosts: hosts() };

beforeEach(() => { jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'setImmediate'] }); });
afterEach(() => { jest.useRealTimers(); });

describe('what is sent', () => {
  const COMMON = {
    Session: SESSION, Owner: `${EXECUTION}-__`, Engine: 'drbd', Services: 'app.service,postgresql@14-main.service', Port: '7788', Encryption: 'wireguard', InstallPackages: 'yes',
    MetadataDirectory: '/var/lib/instance-mobility', MaxRate: '',
  };
  const VOLUMES = `/data:950000000000:512:ext4:disk:${diskId('T1')}:rw,noatime;/logs:1:4096:xfs:raid0:${diskId('T2')}+${diskId('T3')}:`;

  test.each<[ReplicationStep, string, (documentName: string) => Promise<unknown>, Record<string, string>]>([
    ['inspect', SOURCE_ID, documentName => inspectSource({ ...on, mountPoints: ['/data', '/logs'], services: ['a.service'], documentName }), { Mounts: '/data,/logs', Services: 'a.service' }],
    ['inspect', SOURCE_ID, documentName => inspectSource({ ...on, mountPoints: [], services: [], documentName }), { Mounts: '', Services: '' }],
    ['inspect', TARGET_ID, documentName => inspectTarget({ ...STEP, instanceId: TARGET_ID, services: ['a.service'], documentName }), { Mounts: '', Services: 'a.service' }],
    ['prepare-target', TARGET_ID, documentName => prepareTarget({ ...side, documentName }), { ...COMMON, OwnAddress: '10.0.0.20', PeerAddress: '10.0.0.10', PeerKey: '', OverwriteTarget: 'no', Volumes: VOLUMES }],
    ['prepare-source', SOURCE_ID, documentName => prepareSource({ ...side, peerKey: KEY, documentName }), { ...COMMON, OwnAddress: '10.0.0.10', PeerAddress: '10.0.0.20', PeerKey: KEY, Mounts: '/data,/logs' }],
    ['prepare-source', SOURCE_ID, documentName => prepareSource({ ...side, peerKey: null, documentName }), { ...COMMON, OwnAddress: '10.0.0.10', PeerAddress: '10.0.0.20', PeerKey: '', Mounts: '/data,/logs' }],
    ['prepare-target', TARGET_ID, documentName => connectTarget({ ...side, peerKey: KEY, documentName }), { ...COMMON, OwnAddress: '10.0.0.20', PeerAddress: '10.0.0.10', PeerKey: KEY, OverwriteTarget: 'no', Volumes: VOLUMES }],
    ['pre-copy', TARGET_ID, documentName => mirrorTarget({ ...on, instanceId: TARGET_ID, documentName }), { Session: SESSION }],
    ['pre-copy', SOURCE_ID, documentName => mirrorSource({ ...on, documentName }), { Session: SESSION }],
    ['switch-source', SOURCE_ID, documentName => switchSource({ ...on, documentName }), { Session: SESSION }],
    ['switch-target', TARGET_ID, documentName => switchTarget({ ...on, instanceId: TARGET_ID, hotFiles: 'H4sIAAA=', documentName }), { Session: SESSION, HotFiles: 'H4sIAAA=' }],
    ['switch-target', TARGET_ID, documentName => switchTarget({ ...on, instanceId: TARGET_ID, hotFiles: null, documentName }), { Session: SESSION, HotFiles: '' }],
    ['finalize', SOURCE_ID, documentName => finalize({ ...on, documentName }), { Session: SESSION }],
    ['release-source', SOURCE_ID, documentName => disconnect({ ...on, documentName }), { Session: SESSION }],
    ['fall-back', SOURCE_ID, documentName => demoteTarget({ ...on, documentName }), { Session: SESSION, PeerLost: 'no' }],
    ['fall-back', SOURCE_ID, documentName => promoteSource({ ...on, peerLost: true, documentName }), { Session: SESSION, PeerLost: 'yes' }],
    ['fall-back', SOURCE_ID, documentName => promoteSource({ ...on, peerLost: false, documentName }), { Session: SESSION, PeerLost: 'no' }],
  ])('%s to %s', async (step, instanceId, send, expected) => {
    const calls = fakeAws({ SendCommand: () => ({ Command: { CommandId: 'c-1' } }) });
    expect(await send(step)).toEqual({ instanceId, commandId: 'c-1', sentAt: '2026-01-05T09:00:10.000Z' });
    const { DocumentName, InstanceIds, Parameters } = calls[0]!.input as { DocumentName: string; InstanceIds: string[]; Parameters: Record<string, string[]> };
    expect({ DocumentName, InstanceIds }).toEqual({ DocumentName: step, InstanceIds: [instanceId] });
    expect(Parameters).toEqual(Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, [value]])));
    // the document has every parameter, and takes its value
    const declared = replicationParameters(step);
    for (const [name, { allowedPattern, maxChars, default: fallback }] of Object.entries(declared)) {
      expect([name, Parameters[name] !== undefined || fallback !== undefined]).toEqual([name, true]);
      const value = Parameters[name]?.[0] ?? fallback!;
      expect(value).toMatch(new RegExp(allowedPattern));
      expect(value.length).toBeLessThanOrEqual(maxChars ?? Infinity);
    }
    expect(Object.keys(Parameters).filter(name => !(name in declared))).toEqual([]);
  });

  test('an instance that Systems Manager does not know', async () => {
    fakeAws({ SendCommand: () => { throw awsError('InvalidInstanceId', 'Instances not in a valid state'); } });
    await expect(switchSource({ ...on, documentName: 'd' })).rejects.toMatchObject({ name: 'HostUnreachable', message: expect.stringContaining(SOURCE_ID) });
  });
});

const waiting = { command: { instanceId: SOURCE_ID, commandId: 'c-1', sentAt: '2026-01-05T09:00:00.000Z' }, since: '2026-01-05T09:00:00.000Z', ...STEP };
const answers = (answer: unknown, Status = 'Success', StatusDetails = Status, StandardErrorContent = '') => fakeAws({
  GetCommandInvocation: () => ({ Status, StatusDetails, StandardErrorContent, StandardOutputContent: typeof answer === 'string' ? answer : JSON.stringify(answer) }), PutMetricData: () => ({}),
});
const METRICS = { namespace: 'InstanceMobility', construct: 'c' };
const PAUSED = { at: '2026-01-05T09:00:01.000Z', clockSynchronized: true, sentAt: '2026-01-05T09:00:00.000Z' };
const LOOKS: [string, (input: LookInput) => Promise<Look>, object][] = [
  ['inspected', isInspected, { host: null }], ['prepared', isPrepared, { publicKey: null }], ['connected', input => isConnected({ ...input, replication }), {}],
  ['switched', isSwitched, { hotFiles: null, paused: null }],
  ['target serving', input => isTargetServing({ ...input, paused: PAUSED, metrics: METRICS }), { pauseSeconds: null, measuredBy: null, warnings: [] }],
  ['finalized', isFinalized, { volumes: null, silentMillis: null }], ['disconnected', isDisconnected, {}], ['undone', isUndone, {}], ['demoted', isDemoted, { paused: null }],
  ['source serving', isSourceServing, { phase: null }], ['target mirrored', isTargetMirrored, {}],
  ['source mirrored', input => isSourceMirrored({ ...input, metrics: METRICS }), { pauseSeconds: null, warnings: [] }],
];
/** While these are waited for nobody serves, or a mounted filesystem does not answer. */
const PAUSING = ['switched', 'target serving', 'finalized', 'demoted', 'source serving', 'target mirrored', 'source mirrored'];

describe('what is looked at', () => {
  test('every handler that looks is among these', () => {
    const looking = readdirSync(`${__dirname}/../../lambda/replication`).filter(file => /^(is|are)-/.test(file)).map(file => file.replace('.ts', ''));
    const again = ['is-target-inspected', 'is-source-prepared', 'is-source-finalized', 'is-target-disconnected', 'is-target-undone'];
    // is-synchronised, is-pre-copied, is-source-there, is-target-still-serving and are-blocks-verified have tests of their own
    expect(looking.length - again.length).toBe(LOOKS.length + 5);
  });

  test.each(LOOKS)('%s: while it runs everything assigned is there', async (name, look, nothing) => {
    answers('', 'InProgress');
    const soon = await look(waiting);
    expect(soon).toEqual({ done: false, waitSeconds: PAUSING.includes(name) ? 2 : 4, ...nothing });
    jest.setSystemTime(NOW + 600_000);
    expect((await look(waiting)).waitSeconds).toBe(PAUSING.includes(name) ? 3 : 30);
  });

  test.each(LOOKS)('%s: a document that failed', async (name, look) => {
    answers({ error: 'EngineFailed', message: 'drbdadm says no' }, 'Failed');
    await expect(look(waiting)).rejects.toMatchObject({ name: 'EngineFailed', message: `${SOURCE_ID}: drbdadm says no` });
    for (const nonsense of ['', 'half {', '[]', '"text"', '{"phase":7,"serving":"yes","hotFiles":{},"publicKey":"; rm","engines":[],"peerReachable":1,"services":1}']) {
      answers(nonsense);
      const looked = look(waiting);
      // a preparation without encryption has nothing to say
      if (name === 'prepared' && !nonsense.includes('rm')) await expect(looked).resolves.toMatchObject({ publicKey: null });
      else await expect(looked).rejects.toMatchObject({ name: name === 'connected' && !nonsense.includes('rm') ? 'PeerUnreachable' : 'StrangeAnswer' });
    }
  });

  test.each<[string, string, RegExp]>([
    ['InvalidParameter', 'ParameterRefused', /words/], ['HeldByAnother', 'HeldByAnother', /words/], ['NotFound', 'NotFoundOnHost', /words/],
    ['Busy', 'MountBusy', /words. It is held by psql \(process 42, unit app.service\), vi \(process 7\): end them, or add their units to services$/],
    ['NotSupported', 'PackagesMissing', /words. Missing: drbd-utils, wireguard-tools$/], ['WrongState', 'ReplicationInWrongState', /words/],
    ['PeerUnreachable', 'PeerUnreachable', /words/], ['AgentTooOld', 'AgentTooOld', /words/], ['TargetInUse', 'TargetInUse', /words/], ['TargetUnfit', 'TargetUnfit', /words/],
    ['ServiceFailed', 'ServiceFailed', /words/], ['toString', 'HostCommandFailed', /words/], ['Whatever', 'HostCommandFailed', /words/],
    ['NotSupported', 'NotSupportedOnHost', /words$/],
  ])('the document\'s %s is %s', async (error, name, message) => {
    answers({
      error, message: 'words', ...error === 'Busy' ? { holders: [{ pid: 42, command: 'psql', unit: 'app.service' }, { pid: 7, command: 'vi', unit: '' }, 'x'] } : {},
      ...name === 'PackagesMissing' ? { missing: ['drbd-utils', 'wireguard-tools'] } : {},
    }, 'Failed');
    await expect(isDisconnected(waiting)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });

  test.each([
    ['TimedOut', 'DeliveryTimedOut', 'HostUnreachable'], ['TimedOut', 'Delivery Timed Out', 'HostUnreachable'], ['Failed', 'Undeliverable', 'HostUnreachable'],
    ['TimedOut', 'ExecutionTimedOut', 'HostCommandFailed'], ['Cancelled', 'Cancelled', 'HostCommandFailed'],
  ])('%s (%s) without an answer is %s', async (Status, StatusDetails, name) => {
    answers('', Status, StatusDetails, 'stderr');
    await expect(isDisconnected(waiting)).rejects.toMatchObject({ name, message: expect.stringContaining(StatusDetails) });
  });

  test('what the host has', async () => {
    const told = host();
    answers({ ...told, more: 'than is known' });
    expect(await isInspected(waiting)).toEqual({ done: true, waitSeconds: 0, host: told });
    for (const over of [{ disks: [{ ...told.disks[0], bytes: -1 }] }, { clock: 'now' }, { services: 'all' }, { sessions: [{ session: '../..', phase: 'switched', role: 'source' }] }]) {
      answers({ ...told, ...over });
      await expect(isInspected(waiting)).rejects.toMatchObject({ name: 'StrangeAnswer' });
    }
  });

  test('only a public key is taken for one', async () => {
    answers({ publicKey: KEY });
    expect(await isPrepared(waiting)).toMatchObject({ publicKey: KEY });
    answers({ publicKey: `${KEY}\n` });
    await expect(isPrepared(waiting)).rejects.toMatchObject({ name: 'StrangeAnswer' });
  });

  test('nothing is switched before the source was reached', async () => {
    const connected = (encryption: 'wireguard' | 'none') => isConnected({ ...waiting, replication: { encryption } });
    answers({ peerReachable: true });
    expect(await connected('wireguard')).toEqual({ done: true, waitSeconds: 0 });
    answers({ peerReachable: null });
    await expect(connected('wireguard')).rejects.toMatchObject({ name: 'PeerUnreachable' });
    expect(await connected('none')).toMatchObject({ done: true });
    answers({ peerReachable: false });
    await expect(connected('none')).rejects.toMatchObject({ name: 'PeerUnreachable' });
  });

  test('hot files that the next document would not take are left out', async () => {
    const switched = { phase: 'switched', pausedAt: '2026-01-05T09:00:01.250Z', clockSynchronized: false };
    answers({ ...switched, hotFiles: 'A'.repeat(20_000) });
    expect(await isSwitched(waiting)).toEqual({ done: true, waitSeconds: 0, hotFiles: 'A'.repeat(20_000), paused: { at: switched.pausedAt, clockSynchronized: false, sentAt: waiting.command.sentAt } });
    answers({ ...switched, hotFiles: 'A'.repeat(20_004) });
    expect(await isSwitched(waiting)).toMatchObject({ hotFiles: '' });
    answers({ ...switched, hotFiles: '$(reboot)' });
    expect(await isSwitched(waiting)).toMatchObject({ hotFiles: '' });
  });

  test('what only tells of a change is not what a change that was made fails by', async () => {
    answers({ phase: 'switched', pausedAt: 'just now', clockSynchronized: 'yes' });
    expect(await isSwitched(waiting)).toEqual({ done: true, waitSeconds: 0, hotFiles: '', paused: { at: null, clockSynchronized: null, sentAt: waiting.command.sentAt } });
    answers({ phase: 'finalized' });
    expect(await isFinalized(waiting)).toEqual({ done: true, waitSeconds: 0, volumes: null, silentMillis: null });
  });

  test('a target that still serves is not demoted, a source that does not serve is not promoted', async () => {
    answers({ serving: true, phase: 'fallen-back' });
    await expect(isDemoted(waiting)).rejects.toMatchObject({ name: 'ReplicationInWrongState' });
    expect(await isSourceServing(waiting)).toMatchObject({ done: true, phase: 'fallen-back' });
    answers({ serving: false, phase: 'fallen-back', pausedAt: null });
    await expect(isSourceServing(waiting)).rejects.toMatchObject({ name: 'ReplicationInWrongState' });
    expect(await isDemoted(waiting)).toMatchObject({ done: true, paused: { at: null, clockSynchronized: null } });
  });

  test('finalized and released are taken from the document\'s own word', async () => {
    answers({ phase: 'finalized', silentMillis: 1300, volumes: [{ mountPoint: '/data', device: diskId('T1') }] });
    expect(await isFinalized(waiting)).toEqual({ done: true, waitSeconds: 0, silentMillis: 1300, volumes: [{ mountPoint: '/data', device: diskId('T1') }] });
    await expect(isDisconnected(waiting)).rejects.toMatchObject({ name: 'StrangeAnswer' });
    answers({ phase: 'released' });
    expect(await isDisconnected(waiting)).toEqual({ done: true, waitSeconds: 0 });
  });

  test('where nothing was prepared nothing is to be undone', async () => {
    for (const error of ['NotFound', 'AgentTooOld']) {
      answers({ error, message: '' }, 'Failed');
      expect(await isUndone(waiting)).toEqual({ done: true, waitSeconds: 0 });
    }
  });
});

describe('the pause', () => {
  const serving = { phase: 'switched', servingAt: '2026-01-05T09:00:07.460Z', clockSynchronized: true, services: [{ name: 'app.service', activeState: 'active' }] };
  const ask = (paused: typeof PAUSED | object | null, answer: object) => {
    const calls = answers(answer);
    return isTargetServing({ ...waiting, paused: paused as typeof PAUSED, metrics: METRICS }).then(output => ({ output, calls }));
  };

  test('by the hosts\' clocks, and put as a metric', async () => {
    const { output, calls } = await ask(PAUSED, serving);
    expect(output).toEqual({ done: true, waitSeconds: 0, pauseSeconds: 6.5, measuredBy: 'hosts', warnings: [] });
    expect(calls.find(({ command }) => command === 'PutMetricData')?.input).toMatchObject({ Namespace: 'InstanceMobility', MetricData: [{ MetricName: 'SecondsPaused', Value: 6.5, Unit: 'Seconds' }] });
  });

  test.each<[string, object, object]>([
    ['the source\'s clock is not synchronised', { ...PAUSED, clockSynchronized: false }, serving], ['the target\'s is not', PAUSED, { ...serving, clockSynchronized: false }],
    ['one does not say', PAUSED, { ...serving, clockSynchronized: null }], ['the source did not say when', { ...PAUSED, at: null }, serving],
    ['the target did not say when', PAUSED, { ...serving, servingAt: 'soon', services: 'all' }],
    ['they contradict each other', { ...PAUSED, at: '2026-01-05T09:00:08.000Z' }, serving],
  ])('by the workflow\'s when %s', async (_, paused, answer) => {
    expect((await ask(paused, answer)).output).toMatchObject({ pauseSeconds: 10, measuredBy: 'workflow' });
  });

  test('a metric that can not be put does not go back to the source', async () => {
    fakeAws({ GetCommandInvocation: () => ({ Status: 'Success', StandardOutputContent: JSON.stringify(serving) }), PutMetricData: () => { throw awsError('Throttling', 'slow down'); } });
    expect(await isTargetServing({ ...waiting, paused: PAUSED, metrics: METRICS })).toMatchObject({ done: true, pauseSeconds: 6.5, warnings: [expect.stringContaining('slow down')] });
  });

  test('a service that failed is no serving target', async () => {
    await expect(ask(PAUSED, { ...serving, services: [{ name: 'app.service', activeState: 'failed' }] })).rejects.toMatchObject({ name: 'ServiceFailed', message: expect.stringContaining('app.service') });
    await expect(ask(PAUSED, { ...serving, phase: 'prepared' })).rejects.toMatchObject({ name: 'StrangeAnswer' });
  });
});

describe('the ports', () => {
  const GROUP = 'sg-0000000000000000f';
  const input = { ...STEP, hosts: hosts(), vpcId: 'vpc-here', securityGroupId: GROUP };
  const machine = (InstanceId: string, groups: string[], over: object = {}) => ({
    InstanceId, State: { Name: 'running' }, NetworkInterfaces: [
      { NetworkInterfaceId: `eni-second-${InstanceId}`, Attachment: { DeviceIndex: 1 }, Groups: [{ GroupId: 'sg-other' }] },
      { NetworkInterfaceId: `eni-${InstanceId}`, VpcId: 'vpc-here', Attachment: { DeviceIndex: 0, NetworkCardIndex: 0 }, Groups: groups.map(GroupId => ({ GroupId })) },
    ], ...over,
  });
  const aws = (instances: object[], modify: () => object = () => ({})) =>
    fakeAws({ DescribeInstances: () => ({ Reservations: [{ Instances: instances }] }), ModifyNetworkInterfaceAttribute: modify });
  const changes = (calls: ReturnType<typeof aws>) => calls.filter(({ command }) => command.startsWith('Modify')).map(({ input: { NetworkInterfaceId, Groups } }) => [NetworkInterfaceId, Groups]);

  test('are opened by joining with the primary interface, and closed again; twice is as once', async () => {
    const outside = [machine(SOURCE_ID, ['sg-a']), machine(TARGET_ID, ['sg-b', 'sg-c'])];
    const inside = [machine(SOURCE_ID, ['sg-a', GROUP]), machine(TARGET_ID, ['sg-b', 'sg-c', GROUP])];
    let calls = aws(outside);
    expect(await openPorts(input)).toEqual({ joined: [`eni-${SOURCE_ID}`, `eni-${TARGET_ID}`] });
    expect(changes(calls)).toEqual([[`eni-${SOURCE_ID}`, ['sg-a', GROUP]], [`eni-${TARGET_ID}`, ['sg-b', 'sg-c', GROUP]]]);
    calls = aws(inside);
    expect(await openPorts(input)).toEqual({ joined: [] });
    expect(await closePorts(input)).toEqual({ left: [`eni-${SOURCE_ID}`, `eni-${TARGET_ID}`] });
    expect(changes(calls)).toEqual([[`eni-${SOURCE_ID}`, ['sg-a']], [`eni-${TARGET_ID}`, ['sg-b', 'sg-c']]]);
    calls = aws(outside);
    expect(await closePorts(input)).toEqual({ left: [] });
    expect(changes(calls)).toEqual([]);
  });

  test('what is gone has left; what has no other group stays', async () => {
    const calls = aws([machine(SOURCE_ID, [GROUP]), machine(TARGET_ID, ['sg-b', GROUP], { State: { Name: 'terminated' } })]);
    expect(await closePorts(input)).toEqual({ left: [] });
    expect(changes(calls)).toEqual([]);
    await expect(openPorts(input)).rejects.toMatchObject({ name: 'PortsNotPossible', message: expect.stringContaining(TARGET_ID) });
  });

  test('of another VPC are refused, before either instance is changed', async () => {
    const calls = aws([machine(SOURCE_ID, ['sg-a']), machine(TARGET_ID, ['sg-b'])]);
    await expect(openPorts({ ...input, vpcId: 'vpc-elsewhere' })).rejects.toMatchObject({ name: 'PortsNotPossible', message: expect.stringContaining('vpc-here, not in the construct\'s vpc vpc-elsewhere') });
    expect(changes(calls)).toEqual([]);
  });

  test.each([
    ['SecurityGroupsPerInterfaceLimitExceeded', 'InterfaceGroupsFull', /Security groups per network interface/],
    ['UnauthorizedOperation', 'UnauthorizedOperation', /.*/],
  ])('%s is %s', async (code, name, message) => {
    aws([machine(SOURCE_ID, ['sg-a']), machine(TARGET_ID, ['sg-b'])], () => { throw awsError(code, 'EC2 says no'); });
    await expect(openPorts(input)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });
});

describe('whether a target serves although a fall back was begun', () => {
  const asked = { ...waiting, command: { ...waiting.command, undelivered: null } };
  const status = (over: object = {}) => ({ phase: 'switched', serving: true, services: [{ name: 'db.service', activeState: 'active' }, { name: 'once.service', activeState: 'inactive' }], ...over });

  test.each([['it did not hand over', {}], ['it stands alone', { phase: 'finalized' }], ['it has no services', { services: [] }]])('%s', async (_, over) => {
    answers(status(over));
    expect(await isStillServing(asked)).toEqual({ done: true, waitSeconds: 0 });
  });

  test.each<[string, object, RegExp]>([
    ['it handed over', { phase: 'fallen-back', serving: false }, /phase is "fallen-back"; not all is mounted/],
    ['it has a mount less', { serving: false }, /\(not all is mounted there\)/],
    ['a service failed', { services: [{ name: 'db.service', activeState: 'failed' }, { name: 'web.service', activeState: 'active' }] }, /db\.service failed/],
    ['no service runs', { services: [{ name: 'db.service', activeState: 'inactive' }] }, /none of its services runs/],
  ])('not where %s: nobody is led there', async (_, over, why) => {
    answers(status(over));
    await expect(isStillServing(asked)).rejects.toMatchObject({ name: 'ReplicationInWrongState', message: expect.stringMatching(why) });
  });

  test('one that does not answer is not said to serve', async () => {
    answers('', 'InProgress');
    expect(await isStillServing(asked)).toEqual({ done: false, waitSeconds: 4 });
    await expect(isStillServing({ ...asked, command: { ...asked.command, undelivered: 'it is off' } })).rejects.toMatchObject({ name: 'HostUnreachable', message: expect.stringContaining('it is off') });
    answers({ serving: true });
    await expect(isStillServing(asked)).rejects.toMatchObject({ name: 'HostUnreachable' });
  });
});
