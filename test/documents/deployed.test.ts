import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { freezeDocument, thawDocument } from '../../lib/private/filesystem-documents';
import { committed } from '../../rehearsal/cloud/ec2';
import type { Json } from '../../rehearsal/json';
import { databaseServer, owner, type DatabaseServer } from './database-server';

/** The documents as they are deployed: by their own patterns, through SSM. */
const stack = new Stack(new App(), 'Stack');
const contents = new Map([freezeDocument(stack), thawDocument(stack)].map(({ node }) => [node.id, contentOf(node.id)]));
const someone = { callerArn: 'arn:aws:sts::111122223333:assumed-role/console/someone' };

function contentOf(id: string): object {
  const documents = Template.fromStack(stack).findResources('AWS::SSM::Document');
  const [logicalId = ''] = Object.keys(documents).filter(each => each.startsWith(id));
  return (documents[logicalId] as { Properties: { Content: object } }).Properties.Content;
}

function deployed(): DatabaseServer {
  const server = databaseServer();
  for (const [name, content] of contents) server.account.ssm.putDocument(name, content);
  return server;
}

async function send({ account, guest }: DatabaseServer, document: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const { Command } = await account.call('SSM', 'SendCommand', {
    InstanceIds: [guest.instanceId], DocumentName: document, TimeoutSeconds: 60,
    Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
  }, someone) as { Command: { CommandId: string } };
  return Command.CommandId;
}

async function answer({ account, guest }: DatabaseServer, CommandId: string): Promise<{ status: string; json: { [key: string]: Json } }> {
  const { StatusDetails, StandardOutputContent } = await account.call('SSM', 'GetCommandInvocation', { CommandId, InstanceId: guest.instanceId }, someone) as
    { StatusDetails: string; StandardOutputContent: string };
  return { status: StatusDetails, json: JSON.parse(StandardOutputContent) as { [key: string]: Json } };
}

test.each(['3.3.3572.0', '3.2.582.0'])('freeze, snapshot, thaw through agent %s: every change in the snapshots has its commit record', async agent => {
  const server = deployed();
  const { account, guest, volumes } = server;
  guest.agentVersion = agent;
  const data = volumes.slice(1);
  for (const id of data) account.ec2.keepWriting(id, { blocksPerSecond: 8 });
  await account.clock.advance(5250);
  expect(data.some(id => !committed(account.ec2.content(id)))).toBe(true);
  const frozen = await send(server, 'FreezeDocument', { Owner: owner, Volumes: volumes.join(',') });
  await account.clock.advance(8250);
  expect(await answer(server, frozen)).toMatchObject({ status: 'Success', json: { frozen: ['/logs', '/data'] } });
  const pictures = data.map(id => account.ec2.freeze(id));
  const before = data.map(id => new Map(account.ec2.content(id)));
  await account.clock.advance(5000);
  expect(data.map(id => new Map(account.ec2.content(id)))).toEqual(before);
  const thawed = await send(server, 'ThawDocument', { Owner: owner });
  await account.clock.advance(5000);
  expect(await answer(server, thawed)).toMatchObject({ status: 'Success', json: { by: 'command', thawed: ['/logs', '/data'] } });
  expect(pictures.every(picture => committed(picture.all()))).toBe(true);
  await account.clock.advance(2000);
  expect(data.map(id => new Map(account.ec2.content(id)))).not.toEqual(before);
});

test('an answer that comes late: the timer has thawed, and the thaw says so', async () => {
  const server = deployed();
  const { account, guest, volumes } = server;
  guest.reportDelay = 15_000;
  const frozen = await send(server, 'FreezeDocument', { Owner: owner, Volumes: volumes.join(','), Seconds: '10' });
  await account.clock.advance(20_000);
  const { json } = await answer(server, frozen);
  expect(Date.parse(String(json.until))).toBeLessThan(account.clock.now());
  guest.reportDelay = 300;
  const thawed = await send(server, 'ThawDocument', { Owner: owner });
  await account.clock.advance(5000);
  expect((await answer(server, thawed)).json).toMatchObject({ by: 'timer', frozenUntil: json.until });
});

test('the failure of a script arrives whole', async () => {
  const server = deployed();
  const frozen = await send(server, 'FreezeDocument', { Owner: owner, Volumes: 'vol-0123456789abcdef0' });
  await server.account.clock.advance(5000);
  expect(await answer(server, frozen)).toMatchObject({ status: 'Failed', json: { error: 'VolumeNotFound' } });
});

test.each([
  ['Owner', 'arn:aws:states:us-east-1:111122223333:execution:M:n\'; reboot; \''],
  ['Owner', 'arn:aws:states:us-east-1:111122223333:execution:M:$(reboot)'],
  ['Owner', 'x'.repeat(600)],
  ['Volumes', 'vol-0123456789abcdef0\'; reboot #'],
  ['Volumes', 'vol-0123456789abcdef0 '],
  ['Seconds', '60; reboot'],
  ['Seconds', '9'],
  ['Seconds', '301'],
])('%s: %j is refused by SSM', async (name, value) => {
  const server = deployed();
  await expect(send(server, 'FreezeDocument', { Owner: owner, Volumes: server.volumes.join(','), [name]: value })).rejects.toMatchObject({ name: 'InvalidParameters' });
});
