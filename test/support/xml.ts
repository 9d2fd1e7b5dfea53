import assert from 'node:assert/strict';

export interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const TOKEN =
  /<\?xml [^?]*\?>|<\/(?<close>[\w-]+)>|<(?<open>[\w-]+)(?<attributes>(?:\s+[\w-]+="[^"<]*")*)\s*(?<empty>\/?)>|(?<text>[^<]+)/gy;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 cannot hold
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** As much of XML as reports use, and nothing that is not well-formed: anything else fails. */
export function parseXml(xml: string): readonly Element[] {
  assert.doesNotMatch(xml, FORBIDDEN);
  assert.ok(xml.isWellFormed());
  const root: Element = { tag: '', attributes: {}, children: [], text: '' };
  const open = [root];
  let end = 0;
  for (const match of xml.matchAll(TOKEN)) {
    assert.equal(match.index, end, `not well-formed at ${xml.slice(end, end + 40)}`);
    end += match[0].length;
    const { close, open: tag, attributes = '', empty, text } = match.groups ?? {};
    const inner = open.at(-1) as Element;
    if (tag !== undefined) {
      const pairs = [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value = '']) => [
        name,
        unescaped(value),
      ]);
      const element: Element = { tag, attributes: Object.fromEntries(pairs), children: [], text: '' };
      assert.equal(Object.keys(element.attributes).length, pairs.length, 'an attribute twice');
      inner.children.push(element);
      if (empty === '') {
        open.push(element);
      }
    } else if (close !== undefined) {
      assert.equal(open.pop()?.tag, close);
    } else if (text !== undefined) {
      inner.text += unescaped(text);
    }
  }
  assert.equal(end, xml.length, `not well-formed at ${xml.slice(end, end + 40)}`);
  assert.deepEqual(open, [root]);
  return root.children;
}

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#(\d+);|(\w+);)?/g, (whole, number, name) => {
    const character = number === undefined ? ENTITIES[name] : String.fromCodePoint(Number(number));
    assert.ok(character !== undefined, `'${whole}' is no entity`);
    return character;
  });
}
