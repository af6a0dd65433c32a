import type { Json, JsonObject } from '../json';
import { StateFailure } from './failure';
import { dataLimit, size, variablesLimit } from './limits';

/** Bytes that all variables of an execution take. */
export interface Store {
  bytes: number;
}

/** The variables of one scope; an inner scope reads those of the scopes around it and has its own for the time it lives. */
export class Variables {
  private readonly own = new Map<string, Json>();

  constructor(private readonly store: Store, private readonly outer?: Variables) {}

  inner(): Variables {
    return new Variables(this.store, this);
  }

  /** All that an expression can see, by name. */
  visible(): JsonObject {
    return { ...this.outer?.visible(), ...Object.fromEntries(this.own) };
  }

  assign(values: JsonObject): void {
    const bytes = Object.entries(values).map(([name, value]) => size(value) - this.bytesOf(name));
    if (size(values) > dataLimit || this.store.bytes + sum(bytes) > variablesLimit) {
      // the name of the error is unverified; the limits are documented
      throw new StateFailure('States.DataLimitExceeded', 'The size of the assigned variables exceeds the maximum number of bytes service limit.');
    }
    this.store.bytes += sum(bytes);
    for (const [name, value] of Object.entries(values)) this.own.set(name, value);
  }

  /** The scope is over. */
  drop(): void {
    this.store.bytes -= sum([...this.own.keys()].map(name => this.bytesOf(name)));
    this.own.clear();
  }

  private bytesOf(name: string): number {
    const value = this.own.get(name);
    return value === undefined ? 0 : size(value);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
