import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { checked, invalid, type Item } from '../values';

/** The names and values that the expressions of one request share. Each must be given, and each given one be used. */
export class Placeholders {
  /** The attributes that the expressions touch, by their top level names: what dynamodb:Attributes tells. */
  readonly attributes = new Set<string>();
  private readonly used = new Set<string>();
  private readonly values: Item;

  constructor(private readonly names: Readonly<Record<string, string>> = {}, values: Item = {}) {
    this.values = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, checked(value)]));
  }

  name(kind: string, placeholder: string): string {
    const name = this.names[placeholder];
    if (name === undefined) {
      throw invalid(`Invalid ${kind}: An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`);
    }
    this.used.add(placeholder);
    return name;
  }

  value(kind: string, placeholder: string): AttributeValue {
    const value = this.values[placeholder];
    if (value === undefined) {
      throw invalid(`Invalid ${kind}: An expression attribute value used in expression is not defined; attribute value: ${placeholder}`);
    }
    this.used.add(placeholder);
    return value;
  }

  /** To be asked once all expressions are read. */
  checkUse(): void {
    for (const [what, given] of [['Names', this.names], ['Values', this.values]] as const) {
      const unused = Object.keys(given).filter(key => !this.used.has(key));
      if (unused.length > 0) {
        throw invalid(`Value provided in ExpressionAttribute${what} unused in expressions: keys: {${unused.join(', ')}}`);
      }
    }
  }
}
