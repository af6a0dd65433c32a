import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../service';
import { errorSchema, operationSchemas, type Wire } from '../schemas';
import { readJson, writeJson } from './json';
import { readQuery } from './query';
import { writeBindings } from './bindings';
import { readRest, type RestRequest, routeOf } from './rest';
import { readRestXml } from './rest-xml';
import { element, escapeXml, writeXml } from './xml';

/** An answer as HTTP carries it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** The operation that a request names; JSON services name it in a header, behind their own name, REST services by method and path. */
export function operationOf(wire: Wire, request: RestRequest): string {
  const { headers, body } = request;
  if (wire.protocol === 'rest-xml' || wire.protocol === 'rest-json') return routeOf(wire, request)?.operation ?? '';
  if (wire.protocol !== 'json') return new URLSearchParams(body).get('Action') ?? '';
  return String(headers['x-amz-target'] ?? '').split('.').pop() ?? '';
}

/** The input of an operation, as the SDK's types describe it. */
export function readInput(wire: Wire, operation: string, request: RestRequest): object {
  const { body } = request;
  const schemas = operationSchemas(wire, operation);
  if (!schemas) throw new AwsError('NotEmulated', `${wire.id} has no operation ${operation || '(none was named)'}`, 501);
  if (wire.protocol === 'rest-xml') return readRestXml(wire, schemas.input, request);
  if (wire.protocol === 'rest-json') return readRest(wire, schemas.input, request);
  if (wire.protocol !== 'json') return readQuery(wire.protocol, schemas.input, new URLSearchParams(body));
  let json;
  try {
    json = JSON.parse(body);
  } catch {
    throw new AwsError('SerializationException', 'the body of the request is not JSON');
  }
  return schemas.input.isUnitSchema() ? {} : readJson(schemas.input, json) as object;
}

/** An operation's output on its way to the client. */
export function writeOutput(wire: Wire, operation: string, output: object, requestId: string): Answer {
  const schemas = operationSchemas(wire, operation);
  if (!schemas) throw new Error(`${wire.id} has no operation ${operation}`);
  const content = schemas.output.isUnitSchema() ? {} : output;
  if (wire.protocol === 'rest-xml' || wire.protocol === 'rest-json') return writeRest(wire, operation, schemas.output, content, requestId);
  if (wire.protocol === 'json') {
    const json = schemas.output.isUnitSchema() ? {} : writeJson(schemas.output, content);
    return { status: 200, headers: jsonHeaders(wire, requestId), body: JSON.stringify(json) };
  }
  const inner = schemas.output.isUnitSchema() ? '' : writeXml(schemas.output, content);
  const members = wire.protocol === 'ec2'
    ? element('requestId', requestId) + inner
    : (schemas.output.isUnitSchema() ? '' : element(`${operation}Result`, inner))
      + element('ResponseMetadata', element('RequestId', requestId));
  return xml(200, `<${operation}Response xmlns="${wire.xmlNamespace}">${members}</${operation}Response>`, requestId);
}

/** A REST service's answer: headers, and a body that holds nothing but members, or is one itself. */
function writeRest(wire: Wire, operation: string, schema: NormalizedSchema, output: object, requestId: string): Answer {
  const { headers, payload, rest } = schema.isUnitSchema() ? { headers: {}, payload: undefined, rest: {} } : writeBindings(schema, output);
  if (payload !== undefined) return { status: 200, headers: { ...headers, 'x-amzn-requestid': requestId }, body: payload };
  if (wire.protocol === 'rest-json') {
    const json = schema.isUnitSchema() ? {} : writeJson(schema, rest);
    return { status: 200, headers: { ...jsonHeaders(wire, requestId), ...headers }, body: JSON.stringify(json) };
  }
  const inner = schema.isUnitSchema() ? '' : writeXml(schema, rest);
  const answer = xml(200, `<${operation}Response xmlns="${wire.xmlNamespace}">${inner}</${operation}Response>`, requestId);
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

/** A refusal on its way to the client, spelled as the protocol spells it. */
export function writeError(wire: Wire, error: AwsError, requestId: string): Answer {
  const { code, message, status } = error;
  if (wire.protocol === 'json' || wire.protocol === 'rest-json') return jsonError(wire, error, requestId);
  const fault = element('Code', escapeXml(code)) + element('Message', escapeXml(message));
  if (wire.protocol === 'ec2') {
    return xml(status, `<Response><Errors><Error>${fault}</Error></Errors>${element('RequestID', requestId)}</Response>`, requestId);
  }
  const type = element('Type', status < 500 ? 'Sender' : 'Receiver');
  return xml(status, `<ErrorResponse xmlns="${wire.xmlNamespace}"><Error>${type}${fault}</Error>`
    + `${element('RequestId', requestId)}</ErrorResponse>`, requestId);
}

function jsonError(wire: Wire, { code, message, status, details }: AwsError, requestId: string): Answer {
  const schema = errorSchema(wire, code);
  const names = schema ? [...schema.structIterator()].map(([name]) => name) : [];
  const body = {
    __type: schema?.getName() ?? code,
    ...(schema ? writeJson(schema, details) as object : {}),
    [names.includes('Message') ? 'Message' : 'message']: message,
  };
  const headers = jsonHeaders(wire, requestId);
  if (wire.protocol === 'rest-json') headers['x-amzn-errortype'] = code;
  // the old code, for clients that know the service by its query protocol
  if (wire.queryCompatible) headers['x-amzn-query-error'] = `${code};${status < 500 ? 'Sender' : 'Receiver'}`;
  return { status, headers, body: JSON.stringify(body) };
}

function jsonHeaders(wire: Wire, requestId: string): Record<string, string> {
  return { 'content-type': wire.protocol === 'rest-json' ? 'application/json' : `application/x-amz-json-${wire.jsonVersion}`, 'x-amzn-requestid': requestId };
}

function xml(status: number, body: string, requestId: string): Answer {
  return {
    status,
    headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}
