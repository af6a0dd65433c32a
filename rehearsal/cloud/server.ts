import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { Account } from './account';
import { operationOf, readInput, writeError, writeOutput, type Answer } from './codecs';
import { ConnectionLost } from './faults';
import { wireSignedFor, type Wire } from './schemas';
import { AwsError, type Principal } from './service';

export interface Server {
  /** What functions get as AWS_ENDPOINT_URL. */
  readonly url: string;
  close(): Promise<void>;
}

/** Puts the account on the network of this machine (127.0.0.1 only). The access key id of a request names its caller. */
export async function serve(account: Account, principalOf: (accessKeyId: string) => Principal | undefined): Promise<Server> {
  const server = createServer((request, response) => {
    // virtual time stands still while a request is on its way, in work, and until its answer has left
    const gone = new Promise<void>(resolve => response.once('close', resolve));
    void account.clock.during(Promise.all([gone, handle(account, principalOf, request, response)]));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve, reject) => {
      server.close(error => (error ? reject(error) : resolve()));
      server.closeAllConnections();
    }),
  };
}

/** Services with one endpoint for all Regions; their requests are signed for us-east-1. */
const global = new Set(['IAM', 'ROUTE_53']);

async function handle(
  account: Account, principalOf: (accessKeyId: string) => Principal | undefined, request: IncomingMessage, response: ServerResponse,
): Promise<void> {
  const bytes = await bytesOf(request);
  const requestId = account.random.uuid();
  let wire: Wire | undefined;
  try {
    const scope = signatureScope(request);
    wire = wireSignedFor(scope.service);
    if (!wire) throw new AwsError('NotEmulated', `the rehearsal has no service ${scope.service}`, 501);
    const principal = principalOf(scope.accessKeyId);
    if (!principal) throw unknownCaller(wire, scope.accessKeyId);
    const callers = accountOf(account, principal);
    if (!global.has(wire.id) && !callers.knows(scope.region)) {
      throw new AwsError('NotEmulated', `the rehearsal's account ${callers.accountId} is in ${callers.region}, and nothing of it in ${scope.region}`, 501);
    }
    const there = global.has(wire.id) ? callers : callers.inRegion(scope.region);
    const asked = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: textOf(request, bytes), bytes };
    const operation = operationOf(wire, asked);
    const input = readInput(wire, operation, asked);
    const output = await there.call(wire.id, operation, input, principal, requestId);
    send(account, response, writeOutput(wire, operation, output, requestId));
  } catch (error) {
    if (error instanceof ConnectionLost) {
      response.destroy();
      return;
    }
    // a mistake of the rehearsal itself must not look like AWS's refusal, nor be retried by the client
    const refusal = error instanceof AwsError ? error : new AwsError('RehearsalFailure', errorText(error), 501);
    send(account, response, wire ? writeError(wire, refusal, requestId) : plainError(request, refusal));
  }
}

/** A request reaches the account of its caller. */
function accountOf(account: Account, { roleArn }: Principal): Account {
  const accountId = roleArn?.split(':')[4];
  return accountId === undefined || accountId === account.accountId ? account : account.other(accountId);
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function textOf({ headers }: IncomingMessage, bytes: Buffer): string {
  // PutMetricData compresses what is large
  return (headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
}

interface Scope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

/** Reads who signed for which service in which Region. The signature itself is not checked. */
function signatureScope({ headers: { authorization = '' } }: IncomingMessage): Scope {
  const [, accessKeyId, region, service] = /Credential=([^/,\s]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(authorization) ?? [];
  if (!accessKeyId || !region || !service) throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  return { accessKeyId, region, service };
}

function unknownCaller({ protocol }: Wire, accessKeyId: string): AwsError {
  if (protocol === 'ec2') return new AwsError('AuthFailure', `AWS was not able to validate the provided access credentials (${accessKeyId})`, 401);
  const xml = protocol === 'query' || protocol === 'rest-xml';
  return new AwsError(xml ? 'InvalidClientTokenId' : 'UnrecognizedClientException',
    `The security token included in the request is invalid (${accessKeyId})`, xml ? 403 : 400);
}

/** A refusal to a client whose protocol is not known. */
function plainError({ headers }: IncomingMessage, { code, message, status }: AwsError): Answer {
  if (String(headers['content-type']).includes('x-www-form-urlencoded')) {
    const text = message.replace(/[<&]/g, ' ');
    return {
      status, headers: { 'content-type': 'text/xml' },
      body: `<ErrorResponse><Error><Code>${code}</Code><Message>${text}</Message></Error></ErrorResponse>`,
    };
  }
  return { status, headers: { 'content-type': 'application/json', 'x-amzn-errortype': code }, body: JSON.stringify({ __type: code, message }) };
}

function send(account: Account, response: ServerResponse, { status, headers, body }: Answer): void {
  // the SDK measures its clock against this header
  response.sendDate = false;
  response.writeHead(status, { ...headers, date: new Date(account.clock.now()).toUTCString(), 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function errorText(error: unknown): string {
  return error instanceof Error ? `${error.stack ?? error.message}` : String(error);
}
