import { letsOut } from '../../rehearsal/cloud/ec2/security-groups';
import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import type { Json } from '../../rehearsal/json';
import { type Bench, everything, expectSuccess, rehearse, SERVER, synthesized } from '../support/rehearse';

jest.setTimeout(120_000);

const full = synthesized(everything);
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs and outputs are JSON that tests look into */
type Any = any;
const MANAGED: InstanceSpec = { ...SERVER, profile: 'web' };
/** What an execution gets that says nothing of either. */
const DEFAULTS: { [key: string]: Json } = { isolation: null, identity: null };
const real = { where: (input: Any): boolean => input.DryRun !== true };

/** The clones as they are now: those of the bench's execution, or those that are named. */
function clonesOf(bench: Bench): string[] {
  return [...bench.account.ec2.instances.values()].filter(({ InstanceId, State }) => InstanceId !== bench.sourceInstanceId && State.Name !== 'terminated').map(({ InstanceId }) => InstanceId);
}

/** The roles, groups and rules that a clone has at this moment. */
function cageOf(bench: Bench, id: string) {
  const { ec2 } = bench.account;
  const { NetworkInterfaces, IamInstanceProfile } = ec2.get(ec2.instances, id);
  const groups = NetworkInterfaces.flatMap(({ Groups }) => Groups ?? []).map(({ GroupId }) => ec2.get(ec2.securityGroups, GroupId!));
  return {
    profile: IamInstanceProfile?.Arn?.split('/').at(-1), groups: [...new Set(groups.map(({ GroupId }) => GroupId))],
    lets: (port: number, address: string) => groups.some(group => letsOut(group, port, address)),
    admits: groups.some(({ IpPermissions }) => (IpPermissions ?? []).length > 0),
  };
}

/** Does something when a state is entered. */
function when(bench: Bench, state: string, act: () => void): void {
  bench.rehearsal.listen((_, event) => { if (event.stateEnteredEventDetails?.name === state) act(); });
}

const filesOf = (bench: Bench, id: string): string => JSON.stringify([...bench.account.ssm.guest(id).system.files]);

describe('by default', () => {
  test('a clone by volume copies is in isolation from its placeholder on, and again when it falls back to snapshots', () => rehearse(
    full, { ...MANAGED, volumes: [{ size: 20, deleteOnTermination: true }] }, async bench => {
      const source = cageOf(bench, bench.sourceInstanceId);
      const seen: ReturnType<typeof cageOf>[] = [];
      for (const state of ['Is placeholder running', 'Attach copies', 'Replace root', 'Is root replaced', 'Are instances running', 'Reset identity', 'Verify identity']) {
        when(bench, state, () => { for (const id of clonesOf(bench)) seen.push(cageOf(bench, id)); });
      }
      bench.account.ec2.rootReplacementFails = 'failed';
      const run = await bench.run(DEFAULTS);
      expectSuccess(run);
      const { clones: [clone], plan, identity } = run.output as Any;
      expect(plan.fellBack).not.toBeNull();
      expect(run.trace.filter(state => state === 'Make isolation group')).toHaveLength(2);
      expect(seen.length).toBeGreaterThan(8);
      for (const cage of seen) {
        expect(cage.profile).toMatch(/IsolatedProfile/);
        expect(cage.groups).not.toEqual(expect.arrayContaining(source.groups));
      }
      expect(cageOf(bench, clone.instanceId)).toMatchObject({ profile: 'web', groups: source.groups });
      expect(identity.clones).toEqual([expect.objectContaining({ instanceId: clone.instanceId, shared: [] })]);
      expect([...bench.account.ec2.securityGroups.values()].filter(({ GroupName }) => GroupName.startsWith('instance-mobility'))).toEqual([]);
      expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
      bench.expectSourceUntouched();
    }));

  test('clones begin without network and rights, get an identity of their own, and only then what their source has', () => rehearse(full, MANAGED, async bench => {
    const { ec2, ssm } = bench.account;
    const source = cageOf(bench, bench.sourceInstanceId);
    const before = filesOf(bench, bench.sourceInstanceId);
    const seen: { state: string; cage: ReturnType<typeof cageOf> }[] = [];
    for (const state of ['Are instances running', 'Finish instances', 'Are clones managed', 'Reset identity', 'Are identities reset', 'Read identity', 'Verify identity']) {
      when(bench, state, () => { for (const id of clonesOf(bench)) seen.push({ state, cage: cageOf(bench, id) }); });
    }
    const run = await bench.run({ count: 2, ...DEFAULTS });
    expectSuccess(run);
    const { clones, identity, plan } = run.output as Any;
    expect(new Set(seen.map(({ state }) => state)).size).toBe(7);
    for (const { cage } of seen) {
      expect(cage.profile).toMatch(/IsolatedProfile/);
      expect(cage.groups).not.toEqual(expect.arrayContaining(source.groups));
      expect(cage.groups).toHaveLength(1);
      expect(cage.admits).toBe(false);
      // neither the network of the source nor anything but HTTPS
      for (const address of ['10.0.0.5', '172.31.0.5', '192.168.1.1', '100.64.0.1', '169.254.1.1']) expect(cage.lets(443, address)).toBe(false);
      for (const port of [22, 25, 80, 3306, 5432]) expect(cage.lets(port, '52.94.224.10')).toBe(false);
      expect(cage.lets(443, '52.94.224.10')).toBe(true);
    }
    for (const { instanceId } of clones) {
      const cage = cageOf(bench, instanceId);
      expect([cage.profile, cage.groups]).toEqual(['web', source.groups]);
      // once for the reset, once when let out
      expect(ec2.get(ec2.instanceModels, instanceId).reboots).toBe(2);
    }
    const ids = [bench.sourceInstanceId, ...clones.map(({ instanceId }: Any) => instanceId)].map(id => ssm.guest(id).system);
    for (const file of ['/etc/machine-id', '/etc/ssh/ssh_host_ed25519_key.pub', '/etc/hostname']) expect(new Set(ids.map(({ files }) => files.get(file))).size).toBe(3);
    expect(identity).toEqual({
      mode: 'reset', comparedWith: 'source', clones: clones.map(({ instanceId }: Any) => ({ instanceId, hostname: expect.stringMatching(/^ip-/), shared: [] })),
    });
    expect(plan.isolation).toMatchObject({ via: 'internet' });
    expect(plan.warnings).toContainEqual(expect.stringContaining('no interface endpoints for Systems Manager'));
    expect(filesOf(bench, bench.sourceInstanceId)).toBe(before);
    expect([...ec2.securityGroups.values()].filter(({ GroupName }) => GroupName.startsWith('instance-mobility'))).toEqual([]);
    bench.expectSourceUntouched();
    bench.expectLeaseFree();
    expect(ec2.ownedBy(run.arn)).toEqual([]);
    expect(run.trace.filter(state => !/^(Wait|Are|Is|.*\?$)/.test(state))).toEqual([
      'Check request', 'Acquire lease', 'Clone', 'Describe source', 'Plan clone', 'Snapshot volumes', 'Make image', 'Make isolation group', 'Launch instances', 'Finish instances',
      'Reset identity', 'Read identity', 'Verify identity', 'Admit clones', 'Restart clones', 'Verify clones', 'Tidy up', 'Report clones', 'Release lease', 'Cloned',
    ]);
  }));

  test('with endpoints in the VPC nothing else can be reached', () => rehearse(full, MANAGED, async bench => {
    const { ec2 } = bench.account;
    const subnetId = ec2.get(ec2.instances, bench.sourceInstanceId).SubnetId!;
    const addresses = ['ssm', 'ssmmessages', 'ec2messages'].map(service => ec2.addVpcEndpoint({ service, subnetId }))
      .map(({ NetworkInterfaceIds: [id] = [] }) => ec2.get(ec2.networkInterfaces, id!).PrivateIpAddress!);
    let cage: ReturnType<typeof cageOf> | undefined;
    when(bench, 'Verify identity', () => { cage = cageOf(bench, clonesOf(bench)[0]!); });
    const run = await bench.run(DEFAULTS);
    expectSuccess(run);
    expect((run.output as Any).plan.isolation).toMatchObject({ via: 'endpoints', egress: addresses.map(address => `${address}/32`) });
    expect(addresses.every(address => cage!.lets(443, address))).toBe(true);
    expect([cage!.lets(443, '52.94.224.10'), cage!.lets(443, '172.31.0.200'), cage!.lets(80, addresses[0]!)]).toEqual([false, false, false]);
  }));

  test('endpoints without a private name do not count, for the agent does not find them', () => rehearse(full, MANAGED, async bench => {
    const { ec2 } = bench.account;
    const subnetId = ec2.get(ec2.instances, bench.sourceInstanceId).SubnetId!;
    for (const service of ['ssm', 'ssmmessages']) ec2.addVpcEndpoint({ service, subnetId, privateDns: service === 'ssm' });
    expect((await bench.run({ ...DEFAULTS, planOnly: true })).output).toMatchObject({ plan: { isolation: { via: 'internet' } } });
  }));

  test('a rule that is gone, though the group still shows it, is no reason to give up', () => rehearse(full, MANAGED, async bench => {
    bench.account.fail('RevokeSecurityGroupEgress', 'InvalidPermission.NotFound', { times: 1 });
    expectSuccess(await bench.run(DEFAULTS));
  }));

  test('without a profile in the end: the isolated one is taken away again', () => rehearse(full, { ...MANAGED, interfaces: [{}, { tags: { nic: 'two' } }] }, async bench => {
    const run = await bench.run({ ...DEFAULTS, instanceProfile: 'none' });
    expectSuccess(run);
    const [clone] = clonesOf(bench);
    expect(cageOf(bench, clone!)).toMatchObject({ profile: undefined, groups: cageOf(bench, bench.sourceInstanceId).groups });
    expect(bench.account.ec2.get(bench.account.ec2.instances, clone!).NetworkInterfaces).toHaveLength(2);
  }));

  test('an agent of old takes its commands another way', () => rehearse(full, MANAGED, async bench => {
    when(bench, 'Are clones managed', () => { for (const id of clonesOf(bench)) bench.account.ssm.guest(id).agentVersion = '3.2.582.0'; });
    expectSuccess(await bench.run(DEFAULTS));
  }));

  test('a stopped source can not be asked: clones are compared with what they took over from it', () => rehearse(full, { ...MANAGED, state: 'stopped' }, async bench => {
    const run = await bench.run(DEFAULTS);
    expectSuccess(run);
    expect((run.output as Any).identity).toMatchObject({ mode: 'reset', comparedWith: 'found' });
    expect((run.output as Any).plan.warnings).toContainEqual(expect.stringContaining('source is stopped'));
  }));

  test('a source whose agent falls silent meanwhile is not waited for', () => rehearse(full, MANAGED, async bench => {
    when(bench, 'Reset identity', () => { bench.account.ssm.guest(bench.sourceInstanceId).online = false; });
    const run = await bench.run(DEFAULTS);
    expectSuccess(run);
    expect((run.output as Any).identity.comparedWith).toBe('found');
  }));
});

describe('as asked for', () => {
  test('identity "keep" in isolation: only the registration is verified', () => rehearse(full, MANAGED, async bench => {
    const run = await bench.run({ ...DEFAULTS, identity: 'keep' });
    expectSuccess(run);
    expect(run.trace).not.toContain('Reset identity');
    expect((run.output as Any).identity).toMatchObject({ mode: 'report', clones: [{ shared: ['machine id'] }] });
    expect(cageOf(bench, clonesOf(bench)[0]!).profile).toBe('web');
  }));

  test('identity "reset" without isolation', () => rehearse(full, MANAGED, async bench => {
    const run = await bench.run({ ...DEFAULTS, isolation: false });
    expectSuccess(run);
    expect(run.trace).toEqual(expect.arrayContaining(['Reset identity', 'Verify identity']));
    for (const state of ['Make isolation group', 'Admit clones', 'Restart clones']) expect(run.trace).not.toContain(state);
    expect((run.output as Any).plan.warnings).toContainEqual(expect.stringContaining('until its identity is reset the clone runs as its source'));
  }));

  test('what the construct names is what isolated clones may reach', () => rehearse(synthesized(stack => ({ ...everything(stack), isolationEgress: ['52.94.224.0/20', '2001:db8::/64'] })), MANAGED, async bench => {
    let cage: ReturnType<typeof cageOf> | undefined;
    when(bench, 'Verify identity', () => { cage = cageOf(bench, clonesOf(bench)[0]!); });
    expectSuccess(await bench.run(DEFAULTS));
    expect([cage!.lets(443, '52.94.224.10'), cage!.lets(443, '52.95.0.1')]).toEqual([true, false]);
  }));
});

describe('refused', () => {
  test.each<[string, InstanceSpec]>([
    ['a source that Systems Manager does not see', SERVER], ['Windows', { ...MANAGED, platform: { windows: true } }],
  ])('%s, with what to say to clone it all the same; a plan alone is made', (_, spec) => rehearse(full, spec, async bench => {
    const run = await bench.run(DEFAULTS);
    expect(run).toMatchObject({ status: 'FAILED', error: 'IdentityNotVerifiable' });
    expect(JSON.parse(run.cause!).message).toMatch(/"identity": "keep" and "isolation": false/);
    bench.expectNothingHappened(run);
    const plan = await bench.run({ ...DEFAULTS, planOnly: true });
    expectSuccess(plan);
    expect((plan.output as Any).plan.checks).toContainEqual({ check: 'identity', result: 'not possible', detail: expect.stringContaining('nothing is verified') });
    expectSuccess(await bench.run({ identity: 'keep', isolation: false }));
  }));

  test('a clone that is still its source stays in isolation, and is removed', () => rehearse(full, MANAGED, async bench => {
    const id = bench.account.ssm.guest(bench.sourceInstanceId).system.files.get('/etc/machine-id')!;
    when(bench, 'Read identity', () => bench.account.ssm.guest(clonesOf(bench)[0]!).system.files.set('/etc/machine-id', id));
    const run = await bench.run(DEFAULTS);
    expect(run).toMatchObject({ status: 'FAILED', error: 'IdentityNotVerified', cause: expect.stringContaining('machine id of its source') });
    expect(run.trace).not.toContain('Admit clones');
    bench.expectNothingHappened(run);
  }));

  test('a host key of the source, likewise', () => rehearse(full, MANAGED, async bench => {
    const { files } = bench.account.ssm.guest(bench.sourceInstanceId).system;
    when(bench, 'Read identity', () => bench.account.ssm.guest(clonesOf(bench)[0]!).system.files.set('/etc/ssh/ssh_host_rsa_key.pub', files.get('/etc/ssh/ssh_host_rsa_key.pub')!));
    const run = await bench.run(DEFAULTS);
    expect(run).toMatchObject({ status: 'FAILED', error: 'IdentityNotVerified', cause: expect.stringContaining('host key SHA256:') });
    bench.expectNothingHappened(run);
  }));

  test('an agent that is registered as the source, likewise', () => rehearse(full, MANAGED, async bench => {
    when(bench, 'Read identity', () => { bench.account.ssm.guest(clonesOf(bench)[0]!).registeredAs = bench.sourceInstanceId; });
    const run = await bench.run({ ...DEFAULTS, identity: 'keep' });
    expect(run).toMatchObject({ status: 'FAILED', error: 'IdentityNotVerified', cause: expect.stringContaining(`registered in Systems Manager as ${bench.sourceInstanceId}`) });
    bench.expectNothingHappened(run);
  }));

  test('two clones that are one', () => rehearse(full, MANAGED, async bench => {
    when(bench, 'Read identity', () => { for (const id of clonesOf(bench)) bench.account.ssm.guest(id).system.files.set('/etc/machine-id', `${'ab'.repeat(16)}\n`); });
    const run = await bench.run({ ...DEFAULTS, count: 2 });
    expect(run).toMatchObject({ status: 'FAILED', error: 'IdentityNotVerified', cause: expect.stringMatching(/i-\w+ has the machine id of i-\w+/) });
    bench.expectNothingHappened(run);
  }));

  test('a clone that does not come online, with what may be in its way', () => rehearse(full, MANAGED, async bench => {
    when(bench, 'Are clones managed', () => { for (const id of clonesOf(bench)) bench.account.ssm.guest(id).online = false; });
    const run = await bench.run(DEFAULTS);
    expect(run).toMatchObject({ status: 'FAILED', error: 'CloneNotManagedBySsm', cause: expect.stringContaining('way to the internet') });
    bench.expectNothingHappened(run);
  }));

  test.each([['a reset that fails', 'IdentityNotReset', 'could not make a machine id'], ['a reboot that does not end', 'IdentityNotReset', 'did not come back']])('%s', (what, error, cause) =>
    rehearse(full, MANAGED, async bench => {
      when(bench, 'Reset identity', () => {
        const guest = bench.account.ssm.guest(clonesOf(bench)[0]!);
        if (what === 'a reset that fails') guest.breakCommand('systemd-machine-id-setup', { exitCode: 1, stderr: 'no' });
        else bench.account.ec2.timing.instanceReboot = 40_000;
      });
      const run = await bench.run(DEFAULTS);
      expect(run).toMatchObject({ status: 'FAILED', error, cause: expect.stringContaining(cause) });
      bench.expectNothingHappened(run);
    }));
});

/** Which call a step can not do without; the execution input that takes the step. */
const STEPS: [step: string, operation: string, input?: { [key: string]: Json }][] = [
  ['Plan clone', 'DescribeVpcEndpoints'],
  ['Make isolation group', 'CreateSecurityGroup'],
  ['Make isolation group', 'RevokeSecurityGroupEgress'],
  ['Make isolation group', 'AuthorizeSecurityGroupEgress'],
  ['Make isolation group', 'DescribeSecurityGroups'],
  ['Are clones managed', 'DescribeInstanceInformation'],
  ['Reset identity', 'SendCommand'],
  ['Are identities reset', 'GetCommandInvocation'],
  ['Read identity', 'SendCommand'],
  ['Are identities known', 'GetCommandInvocation'],
  ['Admit clones', 'DescribeIamInstanceProfileAssociations'],
  ['Admit clones', 'ReplaceIamInstanceProfileAssociation'],
  ['Admit clones', 'DisassociateIamInstanceProfile', { instanceProfile: 'none' }],
  ['Admit clones', 'ModifyNetworkInterfaceAttribute'],
  ['Are clones admitted', 'DescribeInstances'],
  ['Restart clones', 'RebootInstances'],
];

describe('a step that fails for good leaves the source as it was and nothing behind', () => {
  test.each(STEPS)('%s: %s', (step, operation, input = {}) => rehearse(full, MANAGED, async bench => {
    bench.account.fail(operation, 'OrderedFailure', { times: Infinity, ...real, ...bench.by(step) });
    const run = await bench.run({ ...DEFAULTS, ...input });
    expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
    expect(clonesOf(bench)).toEqual([]);
    bench.expectNothingHappened(run);
  }));
});

describe('an answer that is lost is asked for again, and nothing is there twice', () => {
  const changing: typeof STEPS = [...STEPS.filter(([, operation]) => !/^(Describe|Get)/.test(operation)), ['Tidy up', 'DeleteSecurityGroup']];
  test.each(changing)('%s: %s', (step, operation, input = {}) => rehearse(full, MANAGED, async bench => {
    // more often than the SDK tries by itself, so that Step Functions runs the handler again
    bench.account.fail(operation, 'InternalError', { times: 4, afterwards: true, ...real, ...bench.by(step) });
    const run = await bench.run({ ...DEFAULTS, ...input });
    expectSuccess(run);
    expect(clonesOf(bench)).toHaveLength(1);
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
    expect([...bench.account.ec2.securityGroups.values()].filter(({ GroupName }) => GroupName.startsWith('instance-mobility'))).toEqual([]);
    bench.expectSourceUntouched();
  }));

  test('describes lag behind what was created', () => rehearse(full, MANAGED, async bench => {
    bench.account.consistency.describeLag = 20;
    const run = await bench.run(DEFAULTS);
    expectSuccess(run);
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
  }));
});

describe('what is left', () => {
  test('a group that can not be removed is told, and the daily sweep removes it', () => rehearse(full, MANAGED, async bench => {
    bench.account.fail('DeleteSecurityGroup', 'DependencyViolation', { times: 1, ...bench.by('Tidy up') });
    const run = bench.start(DEFAULTS);
    await bench.rehearsal.finish(run);
    expectSuccess(run);
    expect((run.output as Any).leftOver).toMatchObject([{ type: 'security-group', reason: expect.stringContaining('DependencyViolation') }]);
    expect(bench.account.ec2.ownedBy(run.arn)).toHaveLength(1);
    await bench.account.clock.advance(26 * 3_600_000);
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
    expect(clonesOf(bench)).toHaveLength(1);
  }));

  test.each(['Launch instances', 'Reset identity', 'Restart clones'])('of an execution that is aborted at "%s" the janitor removes everything, the group as well', state => rehearse(full, MANAGED, async bench => {
    const run = bench.start(DEFAULTS);
    when(bench, state, () => {
      void bench.account.call('SFN', 'StopExecution', { executionArn: run.arn }, { callerArn: 'arn:aws:iam::111122223333:user/operator' });
    });
    await bench.finish(run);
    expect(run.status).toBe('ABORTED');
    expect(clonesOf(bench)).toEqual([]);
    bench.expectNothingHappened(run);
  }));
});
