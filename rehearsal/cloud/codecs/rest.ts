import { httpOperations, type Wire } from '../schemas';

/** A request of a REST service: method and path say which operation is meant, and hold a part of its input. */
export interface RestRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: string;
}

interface Route {
  readonly operation: string;
  /** The texts that stand in the path in the place of `{Name}`, still encoded. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The operation whose method and path template a request fits. */
export function routeOf(wire: Wire, { method, url }: RestRequest): Route | undefined {
  const path = url.split('?')[0]!.split('/');
  for (const { operation, method: wanted, path: template } of httpOperations(wire)) {
    const parts = template.split('/');
    if (wanted !== method || parts.length !== path.length) continue;
    const labels: Record<string, string> = {};
    const fits = parts.every((part, index) => {
      const label = /^\{(\w+)\}$/.exec(part)?.[1];
      if (label === undefined) return part === path[index];
      labels[label] = path[index]!;
      return path[index] !== '';
    });
    if (fits) return { operation, labels };
  }
  return undefined;
}
