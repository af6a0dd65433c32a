import { SSMClient } from '@aws-sdk/client-ssm';
import { Account } from '../../../rehearsal/cloud/account';
import { serve, type Server } from '../../../rehearsal/cloud/server';
import type { Guest } from '../../../rehearsal/guest/guest';

export interface Region {
  readonly account: Account;
  readonly client: SSMClient;
  readonly instanceId: string;
  readonly guest: Guest;
}

const open: { account: Account; server: Server; client: SSMClient }[] = [];

/** An account with one managed instance, behind HTTP, and the real client. */
export async function region(): Promise<Region> {
  const account = new Account();
  const { instanceId } = account.ec2.addInstance({ profile: 'managed', volumes: [{}, {}] });
  const server = await serve(account, () => ({ callerArn: 'arn:aws:sts::111122223333:assumed-role/console/someone' }));
  const client = new SSMClient({
    endpoint: server.url, region: account.region, credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' }, maxAttempts: 1,
  });
  open.push({ account, server, client });
  return { account, client, instanceId, guest: account.ssm.guest(instanceId) };
}

/** Lets what still runs come to its end, and closes. */
export async function closeRegions(): Promise<void> {
  for (const { account, server, client } of open.splice(0)) {
    await account.clock.advance(4_000_000);
    client.destroy();
    await server.close();
  }
}

/** A document with one script. */
export function document(script: string, parameters: object = {}, timeoutSeconds = '60'): object {
  return {
    schemaVersion: '2.2',
    description: 'a test',
    parameters,
    mainSteps: [{ action: 'aws:runShellScript', name: 'run', inputs: { timeoutSeconds, runCommand: script.split('\n') } }],
  };
}
