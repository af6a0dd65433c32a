import type { Json, JsonObject } from '../../json';
import type { RuleTarget } from './state';

/** What a target gets of an event: all of it, a part, a constant, or a transformed text. */
export function targetInput({ Input, InputPath, InputTransformer }: RuleTarget, event: JsonObject): Json {
  if (Input !== undefined) return JSON.parse(Input) as Json;
  if (InputPath !== undefined) return at(event, InputPath) ?? null;
  if (InputTransformer) return transform(InputTransformer, event);
  return event;
}

/** EventBridge user guide, "Input transformation": `<name>` stands for a part of the event; a string inside quotes stays text. */
function transform({ InputPathsMap = {}, InputTemplate }: NonNullable<RuleTarget['InputTransformer']>, event: JsonObject): Json {
  let quoted = false;
  const text = InputTemplate.replace(/\\.|"|<([\w.-]+)>/g, (match: string, name: string | undefined) => {
    if (match === '"') quoted = !quoted;
    if (name === undefined) return match;
    const value = name === 'aws.events.event.json' ? event : name === 'aws.events.event.ingestion-time' ? event.time : pathOf(name);
    const json = value === undefined ? '' : JSON.stringify(value);
    // inside quotes a string comes without its own
    return quoted ? (typeof value === 'string' ? json.slice(1, -1) : json.replace(/["\\]/g, '\\$&')) : json;
  });
  return JSON.parse(text) as Json;

  function pathOf(name: string): Json | undefined {
    const path = InputPathsMap[name];
    if (path === undefined) throw new Error(`the input template names <${name}>, which has no path`);
    return at(event, path);
  }
}

/** The value at a path such as `$.detail.items[0].id`. */
function at(event: JsonObject, path: string): Json | undefined {
  if (!/^\$(\.[\w-]+|\[\d+\])*$/.test(path)) throw new Error(`the rehearsal does not understand the path ${path}`);
  let value: Json | undefined = event;
  for (const [, name, index] of path.matchAll(/\.([\w-]+)|\[(\d+)\]/g)) {
    if (index !== undefined) value = Array.isArray(value) ? value[Number(index)] : undefined;
    else value = typeof value === 'object' && value !== null && !Array.isArray(value) ? value[name!] : undefined;
  }
  return value;
}
