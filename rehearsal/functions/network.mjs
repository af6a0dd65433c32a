// The network of a sandbox: the look-alike account and nothing else.
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { stir } from './activity.mjs';

export const network = {
  /** The port on which the account of the current rehearsal listens: sandboxes outlive rehearsals. */
  port: undefined,
  /** Requests that have not been answered. */
  inFlight: 0,
};

function refuse(host) {
  throw new Error(`the rehearsal has no network but the look-alike account: ${host}`);
}

const realRequest = http.request;

http.request = function request(...args) {
  const from = typeof args[0] === 'string' || args[0] instanceof URL ? new URL(args[0]) : undefined;
  const options = {
    ...(from && { protocol: from.protocol, hostname: from.hostname, port: from.port, path: `${from.pathname}${from.search}` }),
    ...args.slice(from ? 1 : 0).find(argument => typeof argument === 'object'),
  };
  if ((options.hostname ?? options.host) !== '127.0.0.1') refuse(options.hostname ?? options.host);
  const sent = realRequest({ ...options, port: network.port }, args.find(argument => typeof argument === 'function'));
  network.inFlight++;
  stir();
  sent.once('close', () => { network.inFlight--; stir(); });
  return sent;
};
http.get = (...args) => { const sent = http.request(...args); sent.end(); return sent; };
https.request = https.get = (first, second) => refuse(String(first?.hostname ?? first?.host ?? second?.hostname ?? first));
globalThis.fetch = async input => refuse(String(input?.url ?? input));
syncBuiltinESMExports(); // for `import { request } from 'node:http'`
