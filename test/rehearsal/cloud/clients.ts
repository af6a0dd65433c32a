import { Account, type AccountOptions } from '../../../rehearsal/cloud/account';
import { wireOf } from '../../../rehearsal/cloud/schemas';
import { serve } from '../../../rehearsal/cloud/server';
import type { Principal } from '../../../rehearsal/cloud/service';

export const person: Principal = { callerArn: 'arn:aws:iam::111122223333:user/somebody' };
export const role: Principal = {
  roleArn: 'arn:aws:iam::111122223333:role/Step', callerArn: 'arn:aws:sts::111122223333:assumed-role/Step/step-function',
};

/** An account on the network, and the real clients to call it with. */
export interface Connection {
  readonly account: Account;
  readonly url: string;
  /** Sends an operation through the service's pinned client; the answer comes without its metadata. */
  send(serviceId: string, operation: string, input?: object): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

interface AnyClient {
  send(command: unknown): Promise<Record<string, unknown>>;
  destroy(): void;
}

const callers: Readonly<Record<string, Principal>> = { AKIDPERSON: person, AKIDROLE: role };

/** Clients do not retry unless told so: a test sees each refusal. */
export async function connect(
  { maxAttempts = 1, as = 'AKIDPERSON', ...options }: AccountOptions & { maxAttempts?: number; as?: string } = {}, account = new Account(options),
): Promise<Connection> {
  const server = await serve(account, id => callers[id]);
  const clients = new Map<string, AnyClient>();
  const client = (serviceId: string) => {
    let known = clients.get(serviceId);
    if (!known) {
      const exported = wireOf(serviceId).client;
      const name = Object.keys(exported).find(each => /^[A-Z]\w*Client$/.test(each) && each !== '__Client')!;
      const Client = exported[name] as new (options: object) => AnyClient;
      known = new Client({
        endpoint: server.url, region: account.region, maxAttempts, credentials: { accessKeyId: as, secretAccessKey: 'none' },
      });
      clients.set(serviceId, known);
    }
    return known;
  };
  return {
    account,
    url: server.url,
    send: async (serviceId, operation, input = {}) => {
      const Command = wireOf(serviceId).client[`${operation}Command`] as new (input: object) => unknown;
      const output = await client(serviceId).send(new Command(input));
      delete output.$metadata;
      return output;
    },
    close: async () => {
      for (const each of clients.values()) each.destroy();
      await server.close();
    },
  };
}

/** An account that only repeats: it keeps what it is called with and answers what it is told. */
export class Echo extends Account {
  input: object = {};
  operation = '';
  reply: () => object = () => ({});

  override async call(_: string, operation: string, input: object): Promise<object> {
    this.operation = operation;
    this.input = input;
    return this.reply();
  }
}
