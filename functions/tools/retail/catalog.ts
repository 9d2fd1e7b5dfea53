/** One product of the shop, as the catalog lists it. */
export interface CatalogEntry {
  readonly name: string;
  readonly productId: string;
}

/**
 * JSON object of product name to product id, sorted by name. Spaced and escaped as Python writes it, because
 * recorded results are compared as text.
 */
export function catalogJson(entries: readonly CatalogEntry[]): string {
  const sorted = entries.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const members = sorted.map(({ name, productId }) => `${asciiJson(name)}: ${asciiJson(productId)}`);
  return `{${members.join(', ')}}`;
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
