import { invalid } from '../values';
import type { Placeholders } from './names';
import type { Path } from './paths';
import { reservedWords } from './reserved-words';
import { syntaxError, tokens, type Token } from './tokens';

/** Reads one expression token by token; the grammars of conditions, updates and projections build on it. */
export class Parser {
  private readonly tokens: readonly Token[];
  private position = 0;

  constructor(readonly kind: string, expression: string, readonly placeholders: Placeholders) {
    this.tokens = tokens(kind, expression);
  }

  peek(ahead = 0): Token {
    return this.tokens[Math.max(0, Math.min(this.position + ahead, this.tokens.length - 1))]!;
  }

  next(): Token {
    const token = this.peek();
    this.position++;
    return token;
  }

  /** Takes the next token if it is this symbol. */
  symbol(text: string): boolean {
    if (this.peek().kind !== 'symbol' || this.peek().text !== text) return false;
    this.position++;
    return true;
  }

  /** Takes the next token if it is this keyword; keywords have no case. */
  keyword(word: string): boolean {
    if (this.peek().kind !== 'word' || this.peek().text.toUpperCase() !== word) return false;
    this.position++;
    return true;
  }

  expect(symbol: string): void {
    if (!this.symbol(symbol)) throw this.unexpected();
  }

  end(): void {
    if (this.peek().kind !== 'end') throw this.unexpected();
  }

  unexpected() {
    const near = [this.peek(-1), this.peek(), this.peek(1)].filter(({ kind }) => kind !== 'end').map(({ text }) => text).join(' ');
    return syntaxError(this.kind, this.peek().text, near);
  }

  /** Whether a function call follows. */
  isCall(): boolean {
    return this.peek().kind === 'word' && this.peek(1).text === '(' && this.peek(1).kind === 'symbol';
  }

  path(): Path {
    const parts: [string, ...(string | number)[]] = [this.attribute()];
    for (;;) {
      if (this.symbol('.')) {
        parts.push(this.attribute());
      } else if (this.symbol('[')) {
        const index = this.next();
        if (index.kind !== 'number') throw this.unexpected();
        parts.push(Number(index.text));
        this.expect(']');
      } else {
        this.placeholders.attributes.add(parts[0]);
        return parts;
      }
    }
  }

  private attribute(): string {
    const token = this.peek();
    if (token.kind === 'name') {
      this.position++;
      return this.placeholders.name(this.kind, token.text);
    }
    if (token.kind !== 'word') throw this.unexpected();
    if (reservedWords.has(token.text.toUpperCase())) {
      throw invalid(`Invalid ${this.kind}: Attribute name is a reserved keyword; reserved keyword: ${token.text}`);
    }
    this.position++;
    return token.text;
  }
}
