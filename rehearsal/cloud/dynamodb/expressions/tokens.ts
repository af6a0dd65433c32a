import { invalid } from '../values';

export interface Token {
  /** `word` (a name, function or keyword), `name` (#n), `value` (:v), `number`, `symbol`, or the `end`. */
  readonly kind: 'word' | 'name' | 'value' | 'number' | 'symbol' | 'end';
  readonly text: string;
}

const pattern = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(\d+)|(<>|<=|>=|[=<>()[\],.+-]))/y;

/** Cuts an expression into tokens. `kind` is the parameter's name, which AWS's messages mention. */
export function tokens(kind: string, expression: string): Token[] {
  if (expression.trim() === '') throw invalid(`Invalid ${kind}: The expression can not be empty;`);
  const found: Token[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < expression.trimEnd().length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(expression);
    if (!match) throw syntaxError(kind, expression.slice(at).trim().charAt(0), expression.slice(at, at + 20).trim());
    const [, word, name, value, number, symbol] = match;
    found.push(word !== undefined ? { kind: 'word', text: word }
      : name !== undefined ? { kind: 'name', text: name }
        : value !== undefined ? { kind: 'value', text: value }
          : number !== undefined ? { kind: 'number', text: number } : { kind: 'symbol', text: symbol! });
  }
  return [...found, { kind: 'end', text: '<EOF>' }];
}

export function syntaxError(kind: string, token: string, near: string) {
  return invalid(`Invalid ${kind}: Syntax error; token: "${token}", near: "${near}"`);
}
