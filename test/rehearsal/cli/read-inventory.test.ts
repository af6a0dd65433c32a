import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { instancesOf } from '../../../rehearsal/inventory/inventory';
import { readInventory, UnusableInventory } from '../../../rehearsal/inventory/read-inventory';

const own = '111122223333';
let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'inventory-')); });
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, content: unknown) =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
const instances = (...ids: readonly string[]) => ({
  Reservations: [{ OwnerId: '444455556666', ReservationId: 'r-1', Instances: ids.map(InstanceId => ({
    InstanceId, LaunchTime: '2024-02-03T04:05:06.000Z', State: { Code: 16, Name: 'running' }, Placement: { AvailabilityZone: 'eu-west-1b' },
    IamInstanceProfile: { Arn: 'arn:aws:iam::444455556666:instance-profile/web' },
  })) }],
});

test('files are known by what they hold, not by their names', () => {
  put('1.txt', instances('i-0123456789abcdef0'));
  put('2', { Volumes: [{ VolumeId: 'vol-1', CreateTime: '2024-02-03T04:05:06+01:00' }] });
  put('3', { InstanceId: 'i-0123456789abcdef0', UserData: { Value: 'Zm9v' } });
  put('4', { InstanceId: 'i-0123456789abcdef0', DisableApiTermination: { Value: true } });
  put('5', { InstanceProfile: { InstanceProfileName: 'web', Roles: [] } });
  put('6', { InstanceInformationList: [{ InstanceId: 'i-0123456789abcdef0', LastPingDateTime: 1700000000.5 }] });
  const { inventory, files, region, remarks } = readInventory(folder, own);
  expect(files.map(each => each.command)).toEqual([
    'aws ec2 describe-instances', 'aws ec2 describe-volumes', 'aws ec2 describe-instance-attribute', 'aws ec2 describe-instance-attribute',
    'aws iam get-instance-profile', 'aws ssm describe-instance-information',
  ]);
  expect(region).toBe('eu-west-1');
  expect(inventory.Volumes).toEqual([{ VolumeId: 'vol-1', CreateTime: new Date('2024-02-03T03:05:06Z') }]);
  expect(inventory.InstanceAttributes).toEqual([
    { InstanceId: 'i-0123456789abcdef0', UserData: { Value: 'Zm9v' }, DisableApiTermination: { Value: true } },
  ]);
  expect(inventory.InstanceInformationList[0]!.LastPingDateTime).toEqual(new Date(1700000000500));
  expect(instancesOf(inventory)[0]!.IamInstanceProfile!.Arn).toBe('arn:aws:iam::111122223333:instance-profile/web');
  expect(remarks).toEqual(['account 444455556666 is called 111122223333 in the rehearsal']);
});

test('recordings are unwrapped, and later files replace what earlier ones told of the same instance', () => {
  put('1', { status: 200, data: instances('i-0aaaaaaaaaaaaaaaa', 'i-0bbbbbbbbbbbbbbbb') });
  const later = instances('i-0bbbbbbbbbbbbbbbb');
  later.Reservations[0]!.Instances[0]!.State = { Code: 80, Name: 'stopped' };
  put('2', later);
  expect(instancesOf(readInventory(folder, own).inventory).map(({ InstanceId, State }) => [InstanceId, State!.Name])).toEqual([
    ['i-0aaaaaaaaaaaaaaaa', 'running'], ['i-0bbbbbbbbbbbbbbbb', 'stopped'],
  ]);
});

test('what is not understood is named, with its reason', () => {
  put('1-good', instances('i-0123456789abcdef0'));
  put('2-text', 'INSTANCES\ti-0123456789abcdef0');
  put('3-query', [['i-0123456789abcdef0', 'running']]);
  put('4-other', { LoadBalancers: [] });
  put('5-error', { status: 400, data: { Error: { Code: 'InvalidVolume.NotFound', Message: 'no' } } });
  put('6-wrong', { Volumes: [{ VolumeId: 'vol-1', Size: 'big' }] });
  put('7-newer', { Volumes: [{ VolumeId: 'vol-1', Colour: 'red' }] });
  put('8-page', { Snapshots: [], NextToken: 'more' });
  mkdirSync(join(folder, '9-folder'));
  symlinkSync(join(folder, 'nowhere'), join(folder, 'b-dangling'));
  put('a-attached', { InstanceId: 'i-0123456789abcdef0', VolumeId: 'vol-1', Device: '/dev/sdf' });
  expect(readInventory(folder, own).remarks.map(remark => remark.replace(`${folder}/`, '')).sort()).toEqual([
    '2-text: is not JSON; print answers with --output json',
    '3-query: is no object; print whole answers, without --query',
    '4-other: has LoadBalancers: no answer that a rehearsal needs',
    '5-error: is an error answer (InvalidVolume.NotFound)',
    '6-wrong: looks like `aws ec2 describe-volumes`, but Volumes[0].Size is not a number: "big"',
    '7-newer: left out, unknown here: Volume.Colour',
    '8-page: is one page only (NextToken): what follows is not in this rehearsal',
    '9-folder: is no file',
    'a-attached: has InstanceId, VolumeId, Device: no answer that a rehearsal needs',
    'account 444455556666 is called 111122223333 in the rehearsal',
    expect.stringMatching(/^b-dangling: can not be read: ENOENT/),
  ]);
});

test('a folder without instances, with several Regions, or that does not exist is refused', () => {
  expect(() => readInventory(join(folder, 'none'), own)).toThrow(/can not read the folder .*none/);
  put('1', { Volumes: [] });
  expect(() => readInventory(folder, own)).toThrow(new UnusableInventory('no file holds an instance, as `aws ec2 describe-instances` prints it'));
  put('2', instances('i-0123456789abcdef0'));
  put('3', { Subnets: [{ SubnetId: 'subnet-1', AvailabilityZone: 'us-west-2-lax-1a' }] });
  expect(() => readInventory(folder, own)).toThrow(/several Regions \(eu-west-1, us-west-2\)/);
});
