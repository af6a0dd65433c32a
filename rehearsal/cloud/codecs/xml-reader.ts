/** An element of an XML document: what is in it is either text or further elements. */
export interface Element {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Element[];
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: '\'' };

/**
 * Reads the XML that the clients write: elements and text, and attributes, which are namespaces only and count for nothing. Anything else
 * (document types, comments, CDATA) is refused.
 */
export function readXml(xml: string): Element {
  const token = /<\?xml[^?]*\?>|<\/([\w.:-]+)\s*>|<([\w.:-]+)((?:\s+[\w.:-]+\s*=\s*"[^"<]*")*)\s*(\/?)>|([^<]+)/y;
  const top = { name: '', text: '', children: [] as Element[] };
  const open = [top];
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const match = token.exec(xml);
    if (!match) throw new Error(`unexpected ${JSON.stringify(xml.slice(at, at + 20))}`);
    const [, closed, opened, , empty, text] = match;
    const inner = open[open.length - 1]!;
    if (text !== undefined) inner.text += decoded(text);
    else if (opened !== undefined) {
      const element = { name: opened, text: '', children: [] as Element[] };
      inner.children.push(element);
      if (!empty) open.push(element);
    } else if (closed !== undefined) {
      if (inner === top || inner.name !== closed) throw new Error(`</${closed}> closes what is not open`);
      open.pop();
    }
  }
  const [root, ...others] = top.children;
  if (!root || others.length > 0 || open.length > 1) throw new Error('not one whole element');
  return root;
}

function decoded(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (_all, hex?: string, decimal?: string, name = '') =>
    hex ? String.fromCodePoint(parseInt(hex, 16)) : decimal ? String.fromCodePoint(Number(decimal)) : entities[name] ?? fail(name));
}

function fail(name: string): never {
  throw new Error(`unknown entity ${name}`);
}
