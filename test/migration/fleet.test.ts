/** A fleet of the whole construct: its moves are made by the machine that moves one instance. */
import type { FleetReport } from '../../lambda/shared/fleet/report';
import type { Execution } from '../../rehearsal/asl';
import type { Account } from '../../rehearsal/cloud/account';
import { makeSecurityGroup, makeSubnet } from '../../rehearsal/cloud/ec2/default-network';
import { zoneId } from '../../rehearsal/cloud/ec2/zones';
import { Rehearsal } from '../../rehearsal/rehearsal';
import { CAPACITY, factory, home, MOVABLE, outpostArn, outpostId, synthesizedMigration, vpcId } from '../support/migration';
import { recordUsage } from '../support/permissions';
import { expectSuccess } from '../support/rehearse';

jest.setTimeout(240_000);

const DAY = 86_400_000;

/** An Outpost whose service link tells for ten days that it is up. */
function furnish(account: Account): void {
  account.sns.addTopic('ops');
  account.ec2.vpcs.set(vpcId, { VpcId: vpcId, CidrBlock: '10.20.0.0/16', State: 'available', IsDefault: false, InstanceTenancy: 'default', OwnerId: account.accountId });
  makeSecurityGroup(account.ec2, { vpcId, name: 'default', description: 'default VPC security group' });
  account.outposts.add({ id: outpostId, vpcId, zone: 'us-east-1a', slots: { 'm5.large': 3 }, link: { capacity: CAPACITY } });
  for (const [id, cidr, outpost] of [[home, '10.20.1.0/24', undefined], [factory, '10.20.3.0/24', outpostArn]] as const) {
    makeSubnet(account.ec2, { id, vpcId, cidr, zone: 'us-east-1a', zoneId: zoneId(account.region, 'us-east-1a'), ...outpost && { outpostArn: outpost } });
  }
  const metric = { namespace: 'AWS/Outposts', metricName: 'ConnectedStatus', dimensions: { OutpostId: outpostId } };
  for (let time = account.clock.now(); time < account.clock.now() + 10 * DAY; time += 300_000) account.cloudwatch.put(metric, 1, time);
}

test('a fleet is approved, moved one by one over the service link, held for days, and reported; what can not be moved, or does not fit, says why', async () => {
  const rehearsal = await Rehearsal.start({ assembly: synthesizedMigration() });
  const { account } = rehearsal;
  try {
    furnish(account);
    const add = (name: string, written = 2): string => account.ec2.addInstance({
      name, type: 'm5.large', profile: 'app-server', subnetId: home, tags: { [MOVABLE.key]: MOVABLE.value }, volumes: [{ size: 8, written: 1 }, { size: 60, written }],
    }).instanceId;
    // one more than there is room for; who waits for one of the two sees the link for more than an hour
    const [surplus, one, two, broken] = [add('surplus'), add('one', 50), add('two', 50), add('broken')] as const;
    for (const id of [one, two]) for (const { Ebs } of account.ec2.instances.get(id)!.BlockDeviceMappings) account.ec2.write(Ebs!.VolumeId!, 7, `kept by ${id}`);
    // in standby it may go, too
    account.autoScaling.addMember(two, { group: 'web' });
    account.autoScaling.enterStandby(two);
    const input = {
      instances: { tag: MOVABLE }, destination: 'factory', strategy: 'now', approve: ['plan'], keepSource: 'P4D', rates: [100],
      priority: { [surplus]: -1 },
      overrides: { [broken]: { volumes: { '/dev/sdx': { transport: 'ebs' } } } },
    };
    const first = rehearsal.startExecution('Fleet', input);
    await account.clock.advance(20 * 60_000);
    const { message } = account.sns.published[0]!;
    expect(message).toContain('wants to move 3 instance(s) to factory');
    await account.call('SFN', 'SendTaskSuccess', { taskToken: /--task-token '([^']+)'/.exec(message)![1]!, output: '{}' }, { callerArn: 'arn:aws:iam::111122223333:user/operator' });
    await account.clock.advance(3 * 60_000);
    // what is under way has its place; of the other two nobody knows whether they will ever start
    const meanwhile = rehearsal.startExecution('Fleet', { instances: { ids: [surplus, two, broken] }, destination: 'factory', strategy: 'now', planOnly: true });
    expectSuccess(await rehearsal.finish(meanwhile));
    const { bucket: name, key: stored } = meanwhile.output as { bucket: string; key: string };
    const { refusals } = JSON.parse(account.s3.text(name, stored)!) as { refusals: { reason: string }[] };
    expect(refusals.map(({ reason }) => reason)).toEqual([expect.stringContaining('which has 3 free (1 promised to moves under way, 2 to others of this fleet)')]);
    await rehearsal.finish(first);
    let run: Execution = first;
    const parts = () => (run.output as { continuedBy?: string }).continuedBy;
    for (let next = parts(); next !== undefined; next = parts()) run = await rehearsal.finish(rehearsal.executions.find(({ arn }) => arn === next)!);
    expectSuccess(run);
    expect(run.arn).toMatch(/-part2$/);
    expect(run.output).toMatchObject({ moved: 2, refused: [{ id: surplus, reason: expect.stringContaining('which has 3 free (3 to others of this fleet)') }], failed: [{ id: broken, error: 'TransportNotPossible' }] });

    const { report: key, bucket } = run.output as { report: string; bucket: string };
    const report = JSON.parse(account.s3.text(bucket, key)!) as FleetReport;
    expect(report.moved.map(({ id }) => id).sort()).toEqual([one, two].sort());
    for (const { id, targetInstanceId, seconds, downtime } of report.moved) {
      const target = account.ec2.instances.get(targetInstanceId!)!;
      expect(target.OutpostArn).toBe(outpostArn);
      for (const { Ebs } of target.BlockDeviceMappings) expect(account.ec2.content(Ebs!.VolumeId!).get(7)).toBe(`kept by ${id}`);
      expect(seconds.realised).toBeGreaterThan(0);
      expect(downtime.realised).toBeLessThan(15 * 60);
      // it was held for four days, and then let go
      expect(account.ec2.instances.get(id)?.State.Name ?? 'terminated').toBe('terminated');
    }
    // AWS moves one at a time, and the next begins when the link is free, long before the source of the first is let go
    const spans = report.moved.map(({ startedAt, switchedAt }) => ({ from: Date.parse(startedAt!), to: Date.parse(switchedAt!) }));
    const [a, b] = spans.sort((x, y) => x.from - y.from);
    expect(b!.from).toBeGreaterThanOrEqual(a!.to);
    expect(b!.from - a!.to).toBeLessThan(3_600_000);
    for (const table of account.dynamodb.tables.values()) for (const item of table.all()) if ('held' in item) expect(item.held).toEqual({ M: {} });

    // what they took is known to the next
    const next = rehearsal.startExecution('Fleet', { instances: { ids: [broken] }, destination: 'factory', strategy: 'now', planOnly: true });
    expectSuccess(await rehearsal.finish(next));
    expect(account.s3.text(bucket, (next.output as { key: string }).key.replace('plan.json', 'past.json'))).toContain('"book":"outpost/');

    // one of them may come home
    const back = rehearsal.startExecution('Fleet', { instances: { ids: [report.moved[0]!.targetInstanceId!] }, destination: 'home', strategy: 'now', planOnly: true });
    expectSuccess(await rehearsal.finish(back));
    expect(back.output).toMatchObject({ plan: { moves: 1, refused: 0 } });

    // and a replay can be asked what the days before would have cost
    const replay = rehearsal.startExecution('Replay', {
      instances: { ids: [broken] }, destination: 'factory', from: new Date(account.clock.now() - 16 * DAY).toISOString(), horizon: 'P1D', strategies: ['now', 'adaptive'],
    });
    expectSuccess(await rehearsal.finish(replay));
    expect(replay.output).toMatchObject({ instances: 1, strategies: [{ strategy: 'now' }, { strategy: 'adaptive' }] });
  } finally {
    recordUsage(rehearsal);
    await rehearsal.close();
  }
});
