import { Account } from '../../../rehearsal/cloud/account';
import { Untouched } from '../../../rehearsal/scenarios/expectations';
import { Tap } from '../../../rehearsal/scenarios/tap';

const operator = { callerArn: 'arn:aws:iam::111122223333:user/operator' };

function server() {
  const account = new Account();
  const { instanceId, volumeIds: [root, data] } = account.ec2.addInstance({ volumes: [{}, {}] });
  return { account, instanceId, root: root!, data: data!, call: (operation: string, input: object) => account.call('EC2', operation, input, operator) };
}

describe('a tap on a volume', () => {
  const tapped = async () => {
    const { account, data } = server();
    const { ec2, clock } = account;
    ec2.write(data, 1, 'old');
    const tap = new Tap(ec2, data);
    await clock.advance(1000);
    ec2.write(data, 2, 'before');
    await clock.advance(1000);
    const instant = clock.now();
    const picture = new Map(ec2.content(data));
    await clock.advance(1000);
    ec2.write(data, 2, 'after');
    ec2.write(data, 3, 'after, too');
    return { tap, instant, picture };
  };

  test('a true picture equals what was there at its instant', async () => {
    const { tap, instant, picture } = await tapped();
    expect(tap.compare(picture, instant)).toEqual({ equal: true, blocksCompared: 2, laterWritesSeen: 0 });
  });

  test('a block that holds a later write is seen', async () => {
    const { tap, instant, picture } = await tapped();
    expect(tap.compare(new Map([...picture, [2, 'after']]), instant)).toEqual({ equal: false, blocksCompared: 2, laterWritesSeen: 1 });
    expect(tap.compare(new Map([...picture, [3, 'after, too']]), instant)).toEqual({ equal: false, blocksCompared: 3, laterWritesSeen: 1 });
  });

  test('a block that is missing or wrong is a difference', async () => {
    const { tap, instant, picture } = await tapped();
    expect(tap.compare(new Map([[1, 'old']]), instant)).toMatchObject({ equal: false, laterWritesSeen: 0 });
    expect(tap.compare(new Map([...picture, [1, 'rotten']]), instant)).toMatchObject({ equal: false, laterWritesSeen: 0 });
  });

  test('of writes in the millisecond of the picture any number may have come before it', async () => {
    const { account, data } = server();
    const { ec2, clock } = account;
    const tap = new Tap(ec2, data);
    ec2.write(data, 1, 'first');
    const picture = new Map(ec2.content(data));
    ec2.write(data, 1, 'second');
    expect(tap.compare(picture, clock.now()).equal).toBe(true);
    expect(tap.compare(new Map([[1, 'second']]), clock.now()).equal).toBe(true);
    expect(tap.compare(new Map([[1, 'third']]), clock.now()).equal).toBe(false);
  });
});

describe('an untouched source', () => {
  const watched = () => {
    const all = server();
    const untouched = new Untouched(all.account, [all.instanceId, all.root, all.data]);
    return { ...all, verdict: () => untouched.expectation() };
  };

  test('reading, snapshots and images without reboot do not touch it', async () => {
    const { account, instanceId, call, verdict } = watched();
    await call('DescribeInstances', { InstanceIds: [instanceId] });
    await call('CreateSnapshots', { InstanceSpecification: { InstanceId: instanceId } });
    await account.clock.advance(60_000);
    await call('CreateImage', { InstanceId: instanceId, Name: 'image', NoReboot: true });
    expect(verdict()).toMatchObject({ holds: true });
  });

  test.each([
    ['TerminateInstances', (id: string) => ({ InstanceIds: [id] })],
    ['CreateImage', (id: string) => ({ InstanceId: id, Name: 'image' })],
    ['CreateTags', (id: string) => ({ Resources: [id], Tags: [{ Key: 'a', Value: 'b' }] })],
    ['ModifyInstanceAttribute', (id: string) => ({ InstanceId: id, DisableApiTermination: { Value: true } })],
  ])('%s touches it', async (operation, input) => {
    const { instanceId, call, verdict } = watched();
    await call(operation, input(instanceId));
    expect(verdict()).toMatchObject({ holds: false, detail: expect.stringContaining(`${operation} on it`) as string });
  });

  test('a change that no call explains is seen as well', () => {
    const { account, data, verdict } = watched();
    account.ec2.volumes.get(data)!.Size = 1;
    expect(verdict()).toMatchObject({ holds: false, detail: `${data} has changed` });
  });
});
