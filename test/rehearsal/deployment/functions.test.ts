import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock } from '../../../rehearsal/clock';
import { Lambda, type Surroundings } from '../../../rehearsal/functions/lambda';
import type { Json } from '../../../rehearsal/json';
import { Random } from '../../../rehearsal/random';

const HANDLERS = `
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { get, request } from 'node:http';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export const now = async () => [Date.now(), new Date().toISOString(), new Date(0).getTime(), Date().slice(0, 15), new Date() instanceof Date];
export const echo = async (event, context) => ({ event, context: { ...context, left: context.getRemainingTimeInMillis() }, env: process.env });
export const wait = async ({ ms }) => { const before = [Date.now(), performance.now()]; await sleep(ms); return [Date.now() - before[0], performance.now() - before[1]]; };
export const order = async () => {
  const seen = [];
  const log = (name, ms) => new Promise(resolve => setTimeout(() => { seen.push([name, Date.now()]); resolve(); }, ms));
  const start = Date.now();
  const cancelled = setTimeout(() => seen.push(['cancelled', Date.now()]), 150);
  let ticks = 0;
  const interval = setInterval(() => { if (++ticks === 3) clearInterval(interval); }, 90);
  await Promise.all([log('c', 300), log('a', 100), log('b', 100).then(() => clearTimeout(cancelled)), promisify(setTimeout)(200)]);
  return [seen.map(([name, at]) => [name, at - start]), ticks];
};
export const turns = async () => {
  const seen = [];
  const later = sleep(10).then(() => seen.push('later'));
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve));
  await sleep(5).then(() => seen.push('sooner'));
  await later;
  return seen;
};
export const mixed = async () => {
  const start = Date.now();
  for (let turn = 0; turn < 3; turn++) {
    await readFile(new URL(import.meta.url));
    await new Promise(resolve => setImmediate(resolve));
    createHash('sha256').update('x').digest();
    await sleep(1000);
  }
  return Date.now() - start;
};
export const call = async ({ path = '/' }) => {
  const start = Date.now();
  const timeout = setTimeout(() => { throw new Error('the request took virtual time'); }, 5);
  const text = await new Promise((resolve, reject) => {
    const sent = request({ hostname: '127.0.0.1', port: 1, path }, answer => { let all = ''; answer.on('data', part => { all += part; }); answer.on('end', () => resolve(all)); });
    sent.on('error', reject);
    sent.end();
  });
  clearTimeout(timeout);
  return [text, Date.now() - start];
};
export const outside = async () => { get('http://example.com/'); };
export const viaFetch = async () => { await fetch('https://example.com/'); };
export const fail = async () => { const error = new Error('not running'); error.name = 'SourceNotRunning'; throw error; };
export const failOddly = async () => { throw 'a string'; };
export const never = () => new Promise(() => {});
export const exit = async () => process.exit(3);
export const late = async () => { setTimeout(() => { throw new RangeError('late'); }, 10); await sleep(1000); };
export const forgotten = async () => { Promise.reject(new Error('unseen')); await sleep(1000); };
export const large = async ({ bytes }) => 'x'.repeat(bytes);
export const circular = async () => { const one = {}; one.one = one; return one; };
export const nothing = async () => {};
export const chance = async () => [Math.random(), Math.random()];
export const print = async () => { console.log('hello'); await sleep(10); };
let count = 0;
export const counting = async () => ++count;
export const nested = { deep: { handler: async () => 'deep' } };
export const notAFunction = 1;
export const leaving = async () => { setTimeout(() => {}, 1000); return ++count; };
let left = 0;
export const leave = async () => { setTimeout(() => { left++; }, 1000); return left; };
`;

jest.setTimeout(30_000); // for machines that do much else at the same time

let root: string;
let server: Server;
let account: Surroundings & { random: Random };
let lambda: Lambda;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'functions-'));
  writeFileSync(join(root, 'a.mjs'), HANDLERS);
  writeFileSync(join(root, 'c.cjs'), 'exports.handler = async () => "common";');
  writeFileSync(join(root, 'throws.mjs'), 'throw new TypeError("at load");');
  writeFileSync(join(root, 'syntax.mjs'), 'export const handler = (;');
  writeFileSync(join(root, 'imports.mjs'), 'import "not-there"; export const handler = 1;');
  server = createServer((_, response) => { setTimeout(() => response.end('answer'), 20); });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
  rmSync(root, { recursive: true });
});

beforeEach(() => {
  account = { clock: new Clock(), random: new Random(1), region: 'us-east-1', arn: (service, resource) => `arn:aws:${service}:us-east-1:111122223333:${resource}` };
  lambda = new Lambda(account, () => (server.address() as AddressInfo).port);
});

afterEach(() => lambda.close());

function put(handler: string, more: { timeoutSeconds?: number; environment?: Record<string, string> } = {}): string {
  const name = handler.replaceAll(/\W/g, '-');
  lambda.put(name, {
    root, handler: handler.includes('.') ? handler : `a.${handler}`, runtime: 'nodejs24.x', roleArn: 'arn:aws:iam::111122223333:role/r',
    timeoutSeconds: 60, memoryMb: 128, environment: {}, logGroup: 'g', tracing: false, ...more,
  });
  return name;
}

/** Invokes a handler; answers the payload, or the error. */
async function invoke(name: string, event: Json = {}): Promise<Json> {
  const { payload } = await account.clock.run(lambda.invoke(name, JSON.stringify(event)));
  return JSON.parse(payload) as Json;
}

async function run(handler: string, event: Json = {}): Promise<Json> {
  return invoke(put(handler), event);
}

describe('time in a handler', () => {
  test('is the rehearsal\'s clock', async () => {
    expect(await run('now')).toEqual([
      Date.parse('2026-01-05T09:00:00.600Z'), '2026-01-05T09:00:00.600Z', 0, 'Mon Jan 05 2026', true,
    ]);
  });

  test('passes while a handler sleeps, and costs no real time', async () => {
    const real = performance.now();
    expect(await run('wait', { ms: 59_000 })).toEqual([59_000, 59_000]);
    expect(performance.now() - real).toBeLessThan(20_000);
    expect(account.clock.timestamp()).toBe('2026-01-05T09:00:59.720Z'); // 600 ms cold start, 120 ms of its own
  });

  test('fires timers in their order, intervals again and again, cancelled ones never', async () => {
    expect(await run('order')).toEqual([[['a', 100], ['b', 100], ['c', 300]], 3]);
  });

  test('waits for files and the event loop without passing', async () => {
    expect(await run('mixed')).toBe(3000);
  });

  test('does not pass before the event loop has come to rest', async () => {
    expect(await run('turns')).toEqual(['sooner', 'later']);
  });

  test('stands still while a request is on its way, however long that really takes', async () => {
    expect(await run('call')).toEqual(['answer', 0]);
  });

  test('goes on for timers that were left behind, during the next invocation', async () => {
    const name = put('leave');
    expect(await invoke(name)).toBe(0);
    await account.clock.advance(5000);
    expect(await invoke(name)).toBe(0); // the frozen timer is due now, and fires while the handler runs
    expect(await invoke(name)).toBe(1);
  });
});

test('chance in a handler follows from the seed', async () => {
  const first = await run('chance') as number[];
  lambda.close();
  account.random = new Random(1);
  expect(await run('chance')).toEqual(first);
  expect(await run('chance')).not.toEqual(first);
  expect(first[0]).not.toBe(first[1]);
});

describe('the environment of a handler', () => {
  test('is the managed runtime\'s', async () => {
    const name = put('echo', { environment: { TABLE: 't' } });
    lambda.publish(name, '1');
    const { payload, executedVersion } = await account.clock.run(lambda.invoke(`${lambda.arn(name)}:1`, '{"a":1}'));
    expect(executedVersion).toBe('1');
    expect(JSON.parse(payload)).toEqual({
      event: { a: 1 },
      context: {
        functionName: 'echo', functionVersion: '1', invokedFunctionArn: 'arn:aws:lambda:us-east-1:111122223333:function:echo:1', memoryLimitInMB: '128',
        awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/), logGroupName: 'g', logStreamName: expect.stringContaining('2026/01/05/echo[1]'),
        callbackWaitsForEmptyEventLoop: true, left: 60_000,
      },
      env: expect.objectContaining({
        TABLE: 't', AWS_REGION: 'us-east-1', AWS_LAMBDA_FUNCTION_NAME: 'echo', AWS_LAMBDA_FUNCTION_VERSION: '1', AWS_ACCESS_KEY_ID: 'echo.1',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x', _HANDLER: 'a.echo', AWS_ENDPOINT_URL: expect.stringContaining('http://127.0.0.1:'),
      }),
    });
    expect(JSON.parse(payload).env).not.toHaveProperty('PATH');
    expect(lambda.principalOf('echo.1')).toEqual({ roleArn: 'arn:aws:iam::111122223333:role/r', callerArn: 'arn:aws:sts::111122223333:assumed-role/r/echo' });
  });

  test('has no network but the account', async () => {
    expect(await run('outside')).toMatchObject({ errorMessage: expect.stringContaining('no network but the look-alike account: example.com') });
    expect(await run('viaFetch')).toMatchObject({ errorMessage: expect.stringContaining('no network but the look-alike account') });
  });

  test('keeps what the module holds while the sandbox is warm; concurrent invocations have sandboxes of their own', async () => {
    const name = put('counting');
    const first = await Promise.all([1, 2].map(() => account.clock.run(lambda.invoke(name, '{}'))));
    expect(first.map(({ payload }) => payload)).toEqual(['1', '1']);
    const before = account.clock.now();
    expect(await invoke(name)).toBe(2);
    expect(account.clock.now() - before).toBe(120);
  });

  test('is used again by the next rehearsal, unless timers were left behind in it', async () => {
    const inNextRehearsal = async (handler: string) => {
      const count = await run(handler) as number;
      lambda.close();
      return await run(handler) as number - count;
    };
    expect(await inNextRehearsal('counting')).toBe(1);
    expect(await inNextRehearsal('leaving')).toBe(0);
  });

  test('prints into the function\'s log', async () => {
    await run('print');
    expect(lambda.logs).toEqual([expect.objectContaining({ functionName: 'print', version: '$LATEST', text: 'hello\n', delivered: true })]);
  });
});

describe('answers and errors, as the managed runtime writes them', () => {
  test.each<[string, Json, Json]>([
    ['fail', {}, { errorType: 'SourceNotRunning', errorMessage: 'not running', trace: expect.arrayContaining(['SourceNotRunning: not running']) }],
    ['failOddly', {}, { errorType: 'string', errorMessage: 'a string', trace: [] }],
    ['circular', {}, expect.objectContaining({ errorMessage: 'Unable to stringify response body' }) as Json],
    ['never', {}, expect.objectContaining({ errorType: 'Runtime.NodeJsExit' }) as Json],
    ['exit', {}, { errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: exit status 3$/) }],
    ['late', {}, expect.objectContaining({ errorType: 'RangeError', errorMessage: 'late' }) as Json],
    ['forgotten', {}, expect.objectContaining({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'unseen' }) as Json],
    ['wait', { ms: 60_001 }, { errorType: 'Sandbox.Timedout', errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 60.00 seconds$/) }],
    ['large', { bytes: 6 * 1024 * 1024 }, expect.objectContaining({ errorType: 'Function.ResponseSizeTooLarge' }) as Json],
    ['a.missing', {}, expect.objectContaining({ errorType: 'Runtime.HandlerNotFound', errorMessage: 'a.missing is undefined or not exported' }) as Json],
    ['a.notAFunction', {}, expect.objectContaining({ errorType: 'Runtime.HandlerNotFound' }) as Json],
    ['b.handler', {}, expect.objectContaining({ errorType: 'Runtime.ImportModuleError' }) as Json],
    ['imports.handler', {}, expect.objectContaining({ errorType: 'Runtime.ImportModuleError' }) as Json],
    ['syntax.handler', {}, expect.objectContaining({ errorType: 'Runtime.UserCodeSyntaxError' }) as Json],
    ['throws.handler', {}, expect.objectContaining({ errorType: 'TypeError', errorMessage: 'at load' }) as Json],
    ['nothing', {}, null],
    ['a.nested.deep.handler', {}, 'deep'],
    ['c.handler', {}, 'common'],
  ])('%s', async (handler, event, expected) => {
    expect(await run(handler, event)).toEqual(expected);
  });

  test('a sandbox that crashed or timed out is not used again', async () => {
    const name = put('wait');
    await invoke(name, { ms: 60_001 });
    const before = account.clock.now();
    expect(await invoke(name, { ms: 10 })).toEqual([10, 10]);
    expect(account.clock.now() - before).toBe(600 + 10 + 120);
  });

  test('refuses what is too large, and functions that are not there', async () => {
    await expect(lambda.invoke('nobody', '{}')).rejects.toMatchObject({ code: 'ResourceNotFoundException', message: expect.stringContaining('function:nobody') });
    await expect(lambda.invoke(put('nothing'), '{}', '7')).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    await expect(lambda.invoke(put('nothing'), 'x'.repeat(6 * 1024 * 1024 + 1))).rejects.toMatchObject({ code: 'RequestTooLargeException' });
    await expect(lambda.invoke('a b', '{}')).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
    await expect(lambda.invoke('f:1', '{}', '2')).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
  });
});

describe('faults', () => {
  test('make a handler fail before its work, or lose its answer after it', async () => {
    const name = put('counting');
    const count = Number(await invoke(name));
    lambda.fail('a', 'Outage', { message: 'down' });
    expect(await invoke(name)).toEqual({ errorType: 'Outage', errorMessage: 'down', trace: [] });
    expect(await invoke(name)).toBe(count + 1);
    lambda.fail('a', 'Outage', { afterwards: true, where: event => (event as { n?: number }).n === 1 });
    expect(await invoke(name, { n: 0 })).toBe(count + 2);
    expect(await invoke(name, { n: 1 })).toMatchObject({ errorType: 'Outage' });
    expect(await invoke(name, { n: 1 })).toBe(count + 4);
  });
});
