/** Target groups through the real client, in virtual time. */
import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TargetGroupSpec } from '../../../rehearsal/cloud/elbv2/state';
import { connect, type Connection } from './clients';

let connection: Connection;
beforeEach(async () => { connection = await connect(); });
afterEach(() => connection.close());

const send = (operation: string, input: object) => connection.send('ELASTIC_LOAD_BALANCING_V2', operation, input);
const pass = (seconds: number) => connection.account.clock.advance(seconds * 1000);

function group(spec: Partial<TargetGroupSpec> = {}) {
  const { account } = connection;
  const { instanceId } = account.ec2.addInstance();
  const { VpcId: vpcId, PrivateIpAddress: address } = account.ec2.instances.get(instanceId)!;
  return { instanceId, vpcId: vpcId!, address: address!, TargetGroupArn: account.elbv2.addTargetGroup({ name: 'web', vpcId: vpcId!, ...spec }) };
}

async function health(input: object): Promise<string[]> {
  const { TargetHealthDescriptions } = await send('DescribeTargetHealth', input) as { TargetHealthDescriptions: TargetHealthDescription[] };
  return TargetHealthDescriptions.map(({ Target, TargetHealth }) => `${Target!.Id}:${Target!.Port} ${TargetHealth!.State} ${TargetHealth!.Reason ?? ''}`.trim());
}

test('a target is registered, checked, healthy, drained, gone', async () => {
  const { instanceId: Id, TargetGroupArn } = group();
  const Targets = [{ Id }];
  expect(await health({ TargetGroupArn })).toEqual([]);
  expect(await health({ TargetGroupArn, Targets })).toEqual([`${Id}:80 unused Target.NotRegistered`]);
  await send('RegisterTargets', { TargetGroupArn, Targets });
  expect(await health({ TargetGroupArn })).toEqual([`${Id}:80 initial Elb.RegistrationInProgress`]);
  await pass(10);
  expect(await health({ TargetGroupArn })).toEqual([`${Id}:80 initial Elb.InitialHealthChecking`]);
  await pass(30);
  expect(await health({ TargetGroupArn })).toEqual([`${Id}:80 healthy`]);
  await send('RegisterTargets', { TargetGroupArn, Targets });
  expect(await health({ TargetGroupArn })).toEqual([`${Id}:80 healthy`]);
  await send('DeregisterTargets', { TargetGroupArn, Targets });
  expect(await health({ TargetGroupArn })).toEqual([`${Id}:80 draining Target.DeregistrationInProgress`]);
  await pass(299);
  await send('DeregisterTargets', { TargetGroupArn, Targets });
  expect(await health({ TargetGroupArn })).toHaveLength(1);
  await pass(1);
  expect(await health({ TargetGroupArn })).toEqual([]);
  await send('DeregisterTargets', { TargetGroupArn, Targets });
});

test('who is registered again while draining begins anew', async () => {
  const { instanceId: Id, TargetGroupArn } = group({ deregistrationDelaySeconds: 60 });
  connection.account.elbv2.addTarget(TargetGroupArn, Id);
  expect(await health({ TargetGroupArn })).toEqual([`${Id}:80 healthy`]);
  await send('DeregisterTargets', { TargetGroupArn, Targets: [{ Id }] });
  await send('RegisterTargets', { TargetGroupArn, Targets: [{ Id }] });
  expect(await health({ TargetGroupArn })).toEqual([`${Id}:80 initial Elb.RegistrationInProgress`]);
  await pass(120);
  expect(await health({ TargetGroupArn })).toEqual([`${Id}:80 healthy`]);
});

test('a Network Load Balancer wants as many checks as its threshold says; who does not answer is unhealthy', async () => {
  const { instanceId: Id, TargetGroupArn } = group({ protocol: 'TCP', port: 5432, healthCheckIntervalSeconds: 10, healthyThresholdCount: 3 });
  connection.account.elbv2.answers = () => false;
  await send('RegisterTargets', { TargetGroupArn, Targets: [{ Id }, { Id, Port: 5433 }] });
  await pass(30);
  expect(await health({ TargetGroupArn })).toEqual([`${Id}:5432 initial Elb.InitialHealthChecking`, `${Id}:5433 initial Elb.InitialHealthChecking`]);
  await pass(10);
  expect(await health({ TargetGroupArn, Targets: [{ Id }] })).toEqual([`${Id}:5432 unhealthy Target.FailedHealthChecks`]);
  connection.account.elbv2.answers = () => true;
  expect(await health({ TargetGroupArn })).toEqual([`${Id}:5432 healthy`, `${Id}:5433 healthy`]);
  await send('DeregisterTargets', { TargetGroupArn, Targets: [{ Id, Port: 5433 }] });
  expect(await health({ TargetGroupArn })).toEqual([`${Id}:5432 healthy`, `${Id}:5433 draining Target.DeregistrationInProgress`]);
});

test('a stopped instance is not used, nor is any target of a group without a load balancer', async () => {
  const { instanceId: Id, TargetGroupArn, vpcId } = group();
  const idle = connection.account.elbv2.addTargetGroup({ name: 'idle', vpcId, inUse: false });
  for (const arn of [TargetGroupArn, idle]) connection.account.elbv2.addTarget(arn, Id);
  expect(await health({ TargetGroupArn: idle })).toEqual([`${Id}:80 unused Target.NotInUse`]);
  await connection.send('EC2', 'StopInstances', { InstanceIds: [Id] });
  await pass(60);
  expect(await health({ TargetGroupArn })).toEqual([`${Id}:80 unused Target.InvalidState`]);
});

test('addresses: of the VPC, or private ones elsewhere with their zone', async () => {
  const { address, TargetGroupArn } = group({ targetType: 'ip' });
  const register = (Id: string, AvailabilityZone?: string) => send('RegisterTargets', { TargetGroupArn, Targets: [{ Id, AvailabilityZone }] });
  await register(address);
  await register('10.1.2.3', 'all');
  await pass(60);
  connection.account.elbv2.answers = ({ Id }) => Id === address;
  expect(await health({ TargetGroupArn })).toEqual([`${address}:80 healthy`, '10.1.2.3:80 unhealthy Target.FailedHealthChecks']);
  await expect(register('10.1.2.4')).rejects.toMatchObject({ name: 'InvalidTargetException' });
  await expect(register('8.8.8.8', 'all')).rejects.toMatchObject({ name: 'InvalidTargetException' });
  await expect(register('10.1.2.400', 'all')).rejects.toMatchObject({ name: 'ValidationError' });
});

test('what can not be registered', async () => {
  const { instanceId: Id, TargetGroupArn } = group();
  const elsewhere = connection.account.elbv2.addTargetGroup({ name: 'elsewhere', vpcId: 'vpc-0123456789abcdef0' });
  const invalid = { name: 'InvalidTargetException', $metadata: { httpStatusCode: 400 } };
  await expect(send('RegisterTargets', { TargetGroupArn: elsewhere, Targets: [{ Id }] })).rejects.toMatchObject(invalid);
  await expect(send('RegisterTargets', { TargetGroupArn, Targets: [{ Id: 'i-0123456789abcdef0' }] })).rejects.toMatchObject(invalid);
  await expect(send('RegisterTargets', { TargetGroupArn, Targets: [{ Id, AvailabilityZone: 'us-east-1a' }] })).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(send('RegisterTargets', { TargetGroupArn: `${TargetGroupArn}x`, Targets: [{ Id }] })).rejects.toMatchObject({ name: 'TargetGroupNotFoundException' });
  const Targets = Array.from({ length: 1001 }, (_, n) => ({ Id, Port: 1000 + n }));
  await expect(send('RegisterTargets', { TargetGroupArn, Targets })).rejects.toMatchObject({ name: 'TooManyTargetsException' });
  await connection.send('EC2', 'StopInstances', { InstanceIds: [Id] });
  await expect(send('RegisterTargets', { TargetGroupArn, Targets: [{ Id }] })).rejects.toMatchObject(invalid);
  expect(await health({ TargetGroupArn })).toEqual([]);
});

test('groups are found by ARN, name and load balancer, and come in pages', async () => {
  const { TargetGroupArn, vpcId } = group();
  const second = connection.account.elbv2.addTargetGroup({ name: 'api', vpcId, protocol: 'TCP', targetType: 'ip', port: 5432 });
  const arns = async (input: object) => (await send('DescribeTargetGroups', input) as { TargetGroups: { TargetGroupArn: string }[] }).TargetGroups
    .map(each => each.TargetGroupArn);
  expect(await arns({})).toEqual([TargetGroupArn, second]);
  expect(await arns({ Names: ['api'] })).toEqual([second]);
  const { TargetGroups: [first], NextMarker } = await send('DescribeTargetGroups', { PageSize: 1 }) as { TargetGroups: [{ LoadBalancerArns: string[] }]; NextMarker: string };
  expect(first).toMatchObject({ TargetGroupName: 'web', TargetType: 'instance', Protocol: 'HTTP', Port: 80, VpcId: vpcId, HealthCheckPath: '/' });
  expect(await arns({ PageSize: 1, Marker: NextMarker })).toEqual([second]);
  expect(await arns({ LoadBalancerArn: first.LoadBalancerArns[0] })).toEqual([TargetGroupArn]);
  await expect(send('DescribeTargetGroups', { TargetGroupArns: [second, `${second}x`] })).rejects.toMatchObject({ name: 'TargetGroupNotFoundException' });
});
