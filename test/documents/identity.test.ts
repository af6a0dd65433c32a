import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { readIdentityDocument, resetIdentityDocument } from '../../lib/clone/identity-documents';
import { Account } from '../../rehearsal/cloud/account';
import type { Guest } from '../../rehearsal/guest/guest';
import type { Json } from '../../rehearsal/json';

jest.setTimeout(30_000);

const owner = 'arn:aws:states:us-east-1:111122223333:execution:InstanceClone:one';
const someone = { callerArn: 'arn:aws:sts::111122223333:assumed-role/console/someone' };

/** The documents as they are deployed. */
const stack = new Stack(new App(), 'Stack');
for (const define of [readIdentityDocument, resetIdentityDocument]) define(stack);
const documents = Object.entries(Template.fromStack(stack).findResources('AWS::SSM::Document'))
  .map(([id, { Properties }]) => [/^Read/.test(id) ? 'read' : 'reset', (Properties as { Content: object }).Content] as const);

interface Identity { registration: string; instanceId: string | null; machineId: string; hostKeys: string[]; hostname: string; cloudInit: string | null }

/** An original, and a clone made of its snapshot. */
async function family(prepare: (original: Guest) => void = () => undefined) {
  const account = new Account();
  for (const [name, content] of documents) account.ssm.putDocument(name, content);
  const { instanceId: originalId, volumeIds: [root] } = account.ec2.addInstance({ profile: 'web', volumes: [{ size: 8 }] });
  const original = account.ssm.guest(originalId);
  prepare(original);
  const call = (operation: string, input: object) => account.call('EC2', operation, input, someone) as Promise<never>;
  const { SnapshotId } = await call('CreateSnapshot', { VolumeId: root }) as { SnapshotId: string };
  await account.clock.advance(600_000);
  const { ImageId } = await call('RegisterImage', {
    Name: 'copy', RootDeviceName: '/dev/xvda', Architecture: 'x86_64', VirtualizationType: 'hvm', EnaSupport: true,
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId } }],
  }) as { ImageId: string };
  await account.clock.advance(60_000);
  const { Instances: [launched] } = await call('RunInstances', { ImageId, InstanceType: 'm5.large', MinCount: 1, MaxCount: 1, IamInstanceProfile: { Name: 'web' } }) as
    { Instances: [{ InstanceId: string }] };
  await account.clock.advance(300_000);
  const clone = account.ssm.guest(launched.InstanceId);
  const run = async (guest: Guest, document: string, parameters: Record<string, string> = {}) => {
    const { Command: { CommandId } } = await account.call('SSM', 'SendCommand', {
      InstanceIds: [guest.instanceId], DocumentName: document, TimeoutSeconds: 60,
      Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
    }, someone) as { Command: { CommandId: string } };
    await account.clock.advance(900_000);
    const { StatusDetails, StandardOutputContent, ResponseCode } = await account.call('SSM', 'GetCommandInvocation', { CommandId, InstanceId: guest.instanceId }, someone) as
      { StatusDetails: string; StandardOutputContent: string; ResponseCode: number };
    return { status: StatusDetails, code: ResponseCode, json: JSON.parse(StandardOutputContent) as { [key: string]: Json } };
  };
  const read = async (guest: Guest) => (await run(guest, 'read')).json as unknown as Identity;
  const reset = (guest: Guest, Clones = launched.InstanceId) => run(guest, 'reset', { Owner: owner, Clones });
  return { account, original, clone, read, reset, run };
}

const withoutCloudInit = (guest: Guest): void => {
  for (const path of [...guest.system.files.keys()]) if (path.startsWith('/var/lib/cloud')) guest.system.files.delete(path);
};

describe('read', () => {
  test('tells who a system says it is, and changes nothing', async () => {
    const { original, read } = await family();
    const before = new Map(original.system.files);
    const identity = await read(original);
    expect(identity).toEqual({
      registration: original.instanceId, instanceId: original.instanceId, machineId: expect.stringMatching(/^[0-9a-f]{64}$/),
      hostKeys: [expect.stringMatching(/^SHA256:/), expect.anything(), expect.anything()], hostname: original.system.hostname, cloudInit: original.instanceId,
    });
    // the machine id itself is confidential
    expect(JSON.stringify(identity)).not.toContain(before.get('/etc/machine-id')!.trim());
    expect(new Map(original.system.files)).toEqual(before);
  });

  test('a clone has its original\'s machine id, and without cloud-init its host keys and name as well', async () => {
    const first = await family();
    expect((await first.read(first.clone)).machineId).toBe((await first.read(first.original)).machineId);
    const { read, clone, original } = await family(withoutCloudInit);
    const { machineId, hostKeys, hostname } = await read(original);
    expect(await read(clone)).toMatchObject({ machineId, hostKeys, hostname, cloudInit: null });
  });

  test('what can not be read is null', async () => {
    const { account, original, read } = await family(guest => {
      guest.system.files.delete('/etc/machine-id');
      guest.without.add('ssh-keygen');
    });
    original.system.files.delete('/etc/machine-id');
    account.ec2.get(account.ec2.instances, original.instanceId).MetadataOptions!.HttpEndpoint = 'disabled';
    expect(await read(original)).toMatchObject({ registration: original.instanceId, instanceId: null, machineId: null, hostKeys: [] });
  });
});

describe('reset', () => {
  test.each([['with cloud-init', () => undefined], ['without cloud-init', withoutCloudInit]] as const)('gives the clone an identity of its own, %s', async (_, prepare) => {
    const { original, clone, read, reset, account } = await family(prepare);
    const [before, theirs] = [await read(clone), await read(original)];
    const untouched = new Map(original.system.files);
    const { status, json } = await reset(clone);
    expect(status).toBe('Success');
    expect(json).toMatchObject({ owner, found: { machineId: before.machineId, hostKeys: before.hostKeys, hostname: before.hostname } });
    const after = await read(clone);
    expect(after.machineId).not.toBe(theirs.machineId);
    expect(after.hostKeys).toHaveLength(3);
    expect(after.hostKeys.filter(key => [...theirs.hostKeys, ...before.hostKeys].includes(key))).toEqual([]);
    expect(after.hostname).toMatch(/^ip-\d+-\d+-\d+-\d+$/);
    expect(account.ec2.get(account.ec2.instanceModels, clone.instanceId).reboots).toBe(1);
    expect(new Map(original.system.files)).toEqual(untouched);
  });

  test('D-Bus has the new machine id, and nothing of the original is left in cloud-init\'s state', async () => {
    const { original, clone, reset } = await family();
    expect(clone.system.files.has(`/var/lib/cloud/instances/${original.instanceId}/user-data.txt`)).toBe(true);
    await reset(clone);
    expect(clone.system.files.get('/var/lib/dbus/machine-id')).toBe('link: /etc/machine-id');
    expect([...clone.system.files.keys()].filter(path => path.includes(original.instanceId))).toEqual([]);
    expect(clone.system.files.get('/var/lib/cloud/instance')).toBe(`/var/lib/cloud/instances/${clone.instanceId}`);
  });

  test('a cloud-init that trusts its cache is made to see a new instance', async () => {
    const { original, clone, reset, read } = await family(guest => guest.system.files.set('/var/lib/cloud/instance/manual-clean', ''));
    expect((await read(clone)).cloudInit).toBe(original.instanceId);
    expect((await reset(clone)).json).toMatchObject({ found: { cloudInit: original.instanceId } });
    expect((await read(clone)).cloudInit).toBe(clone.instanceId);
  });

  test('on the original nothing happens', async () => {
    const { original, clone, reset } = await family();
    const before = new Map(original.system.files);
    expect(await reset(original, clone.instanceId)).toMatchObject({ status: 'Failed', code: 3, json: { error: 'NotAClone', message: expect.stringContaining(original.instanceId) } });
    expect(new Map(original.system.files)).toEqual(before);
    expect(original.account.ec2.get(original.account.ec2.instanceModels, original.instanceId).reboots).toBe(0);
  });

  test('sent twice: one reset, one reboot, one answer; another owner\'s is a reset of its own', async () => {
    const { clone, reset, run, account } = await family();
    const first = await reset(clone);
    const files = new Map(clone.system.files);
    expect((await reset(clone)).json).toEqual(first.json);
    expect(new Map(clone.system.files)).toEqual(files);
    const reboots = () => account.ec2.get(account.ec2.instanceModels, clone.instanceId).reboots;
    expect(reboots()).toBe(1);
    await run(clone, 'reset', { Owner: `${owner}-2`, Clones: clone.instanceId });
    expect(reboots()).toBe(2);
  });

  test('waits for the first boot, and gives up when that never ends', async () => {
    const patient = await family();
    patient.clone.system.cloudInitStatus = 'running';
    patient.account.clock.after(60_000, () => { patient.clone.system.cloudInitStatus = 'done'; });
    expect((await patient.reset(patient.clone)).status).toBe('Success');
    const { clone, reset, account } = await family();
    clone.system.cloudInitStatus = 'running';
    const before = clone.system.files.get('/etc/machine-id');
    expect(await reset(clone)).toMatchObject({ code: 4, json: { error: 'StillBooting' } });
    expect(clone.system.files.get('/etc/machine-id')).toBe(before);
    expect(account.ec2.get(account.ec2.instanceModels, clone.instanceId).reboots).toBe(0);
  });

  test.each(['systemd-machine-id-setup', 'rm', 'hostnamectl', 'ssh-keygen'] as const)('%s that fails fails the reset, and the next run does all of it again', async command => {
    const { original, clone, reset, read } = await family();
    clone.breakCommand(command, { exitCode: 1, stderr: 'no', times: 1, where: argv => argv[0] !== '--static' && argv[0] !== '-l' });
    expect(await reset(clone)).toMatchObject({ code: 5, json: { error: 'ResetFailed' } });
    expect((await reset(clone)).status).toBe('Success');
    expect((await read(clone)).machineId).not.toBe((await read(original)).machineId);
  });

  test('without a server of SSH there are no host keys, and none are made', async () => {
    const { clone, reset, read } = await family(guest => {
      withoutCloudInit(guest);
      for (const path of [...guest.system.files.keys()]) if (path.startsWith('/etc/ssh')) guest.system.files.delete(path);
    });
    clone.without.add('ssh-keygen');
    expect((await reset(clone)).json).toMatchObject({ found: { hostKeys: [] } });
    expect((await read(clone)).hostKeys).toEqual([]);
  });

  test('without metadata the instance id is the name', async () => {
    const { account, clone, reset, read } = await family();
    account.ec2.get(account.ec2.instances, clone.instanceId).MetadataOptions!.HttpEndpoint = 'disabled';
    expect((await reset(clone)).status).toBe('Success');
    expect(await read(clone)).toMatchObject({ hostname: clone.instanceId, instanceId: null });
  });

  test('a command that is missing is named', async () => {
    const { clone, reset } = await family();
    clone.without.add('systemd-machine-id-setup');
    expect(await reset(clone)).toMatchObject({ code: 7, json: { error: 'NotSupported', message: expect.stringContaining('systemd-machine-id-setup') } });
  });

  test.each(['3.2.582.0', '3.3.3572.0'])('agent %s hands over the parameters', async version => {
    const { clone, reset } = await family();
    clone.agentVersion = version;
    expect((await reset(clone)).status).toBe('Success');
  });

  test.each([
    ['Owner', "arn:aws:states:us-east-1:111122223333:execution:M:n'; reboot; '"], ['Clones', 'i-0123456789abcdef0; reboot'], ['Clones', ''], ['Clones', '$(reboot)'],
  ])('%s: %j is refused by SSM', async (name, value) => {
    const { clone, run } = await family();
    await expect(run(clone, 'reset', { Owner: owner, Clones: clone.instanceId, [name]: value })).rejects.toMatchObject({ name: 'InvalidParameters' });
  });
});
