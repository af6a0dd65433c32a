import type { Json, JsonObject } from '../json';
import { type Resource, type Stack, UnknownTemplate } from '../template';

/** What a resource is called once it exists. */
export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a template's functions may ask for. */
export interface Environment {
  readonly pseudo: Readonly<Record<string, Json>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly availabilityZones: readonly string[];
  identify(resource: Resource): Identity;
  import(name: string): Json;
}

const NO_VALUE = Symbol('AWS::NoValue');
type Resolved = Json | typeof NO_VALUE;

/** Evaluates the intrinsic functions of one stack's template; whatever is unknown is refused. */
export class Intrinsics {
  private readonly byId: ReadonlyMap<string, Resource>;

  constructor(private readonly stack: Stack, private readonly environment: Environment) {
    this.byId = new Map(stack.resources.map(resource => [resource.logicalId, resource]));
  }

  /** The value of something in the template. */
  resolve(value: Json): Json {
    const resolved = this.evaluate(value);
    if (resolved === NO_VALUE) throw this.unknown('AWS::NoValue stands where a value is needed');
    return resolved;
  }

  object(value: JsonObject): JsonObject {
    return this.resolve(value) as JsonObject;
  }

  /** Whether a resource or output exists under the stack's conditions. */
  holds(condition: string | undefined): boolean {
    return condition === undefined || this.condition(condition);
  }

  private evaluate(value: Json): Resolved {
    if (Array.isArray(value)) return value.map(one => this.evaluate(one)).filter(one => one !== NO_VALUE);
    if (typeof value === 'string' && value.includes('{{resolve:')) throw this.unknown(`dynamic references are not supported: ${value}`);
    if (typeof value !== 'object' || value === null) return value;
    const [key] = Object.keys(value);
    if (key !== undefined && Object.keys(value).length === 1 && (key === 'Ref' || key.startsWith('Fn::'))) return this.call(key, value[key]!);
    const entries = Object.entries(value).map(([name, one]): [string, Resolved] => [name, this.evaluate(one)]);
    return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== NO_VALUE));
  }

  private call(name: string, argument: Json): Resolved {
    switch (name) {
      case 'Ref': return this.ref(String(argument));
      case 'Fn::GetAtt': return this.attribute(...this.attributeName(argument));
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, Json];
        return this.strings(name, parts).join(separator);
      }
      case 'Fn::Sub': return this.substitute(argument);
      case 'Fn::Select': {
        const [index, list] = argument as [Json, Json];
        const chosen = this.list(name, list)[Number(this.resolve(index))];
        if (chosen === undefined) throw this.unknown(`Fn::Select finds no element ${JSON.stringify(index)}`);
        return chosen;
      }
      case 'Fn::Split': {
        const [separator, text] = argument as [string, Json];
        return String(this.resolve(text)).split(separator);
      }
      case 'Fn::If': {
        const [condition, then, otherwise] = argument as [string, Json, Json];
        return this.evaluate(this.condition(condition) ? then : otherwise);
      }
      case 'Fn::FindInMap': return this.find(argument);
      case 'Fn::GetAZs': return [...this.environment.availabilityZones];
      case 'Fn::Base64': return Buffer.from(String(this.resolve(argument))).toString('base64');
      case 'Fn::ImportValue': return this.environment.import(String(this.resolve(argument)));
      default: throw this.unknown(`the rehearsal does not know ${name}`);
    }
  }

  private ref(id: string): Resolved {
    if (id === 'AWS::NoValue') return NO_VALUE;
    const { pseudo } = this.environment;
    if (Object.hasOwn(pseudo, id)) return pseudo[id]!;
    if (Object.hasOwn(this.stack.parameters, id)) return this.parameter(id);
    return this.environment.identify(this.resource(id)).ref;
  }

  private parameter(id: string): Json {
    const value = this.environment.parameters[id] ?? this.stack.parameters[id]!.Default;
    if (value === undefined) throw this.unknown(`the parameter ${id} has no value`);
    const type = String(this.stack.parameters[id]!.Type);
    if (type === 'CommaDelimitedList' || type.startsWith('List<')) return String(value).split(',');
    return value;
  }

  private attributeName(argument: Json): [string, string] {
    const [id, attribute] = typeof argument === 'string' ? [argument.split('.')[0]!, argument.split('.').slice(1).join('.')] : argument as [string, Json];
    return [id, String(this.resolve(attribute))];
  }

  private attribute(id: string, attribute: string): Json {
    const resource = this.resource(id);
    const { attributes } = this.environment.identify(resource);
    const value = attributes[attribute];
    if (value === undefined) throw this.unknown(`the rehearsal does not know the attribute ${attribute} of ${id} (${resource.type})`);
    return value;
  }

  private substitute(argument: Json): string {
    const [text, variables] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, JsonObject];
    return text.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      if (Object.hasOwn(variables, name)) return String(this.resolve(variables[name]!));
      if (name.includes('.')) return String(this.attribute(...this.attributeName(name)));
      return String(this.resolve({ Ref: name }));
    });
  }

  private find(argument: Json): Json {
    const [map, top, second] = (argument as Json[]).slice(0, 3).map(key => String(this.resolve(key))) as [string, string, string];
    const value = (this.stack.mappings[map]?.[top] as JsonObject | undefined)?.[second];
    if (value === undefined) throw this.unknown(`the mapping ${map} has no ${top} ${second}`);
    return value;
  }

  private condition(name: string): boolean {
    const expression = this.stack.conditions[name];
    if (expression === undefined) throw this.unknown(`there is no condition ${name}`);
    return this.truth(expression);
  }

  private truth(expression: Json): boolean {
    const [key, argument] = Object.entries(expression as JsonObject)[0] ?? [];
    const all = () => argument as Json[];
    switch (key) {
      case 'Fn::Equals': return JSON.stringify(this.resolve(all()[0]!)) === JSON.stringify(this.resolve(all()[1]!));
      case 'Fn::And': return all().every(one => this.truth(one));
      case 'Fn::Or': return all().some(one => this.truth(one));
      case 'Fn::Not': return !this.truth(all()[0]!);
      case 'Condition': return this.condition(String(argument));
      default: throw this.unknown(`the rehearsal does not know the condition function ${key}`);
    }
  }

  private resource(id: string): Resource {
    const resource = this.byId.get(id);
    if (!resource) throw this.unknown(`there is nothing called ${id}`);
    if (!this.holds(resource.condition)) throw this.unknown(`${id} does not exist under its condition ${resource.condition}`);
    return resource;
  }

  private list(name: string, value: Json): Json[] {
    const list = this.resolve(value);
    if (!Array.isArray(list)) throw this.unknown(`${name} needs a list`);
    return list;
  }

  private strings(name: string, value: Json): string[] {
    return this.list(name, value).map(one => {
      if (typeof one === 'object') throw this.unknown(`${name} needs strings`);
      return String(one);
    });
  }

  private unknown(problem: string): UnknownTemplate {
    return new UnknownTemplate(this.stack.name, problem);
  }
}
