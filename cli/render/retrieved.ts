import type { Retrieved, RetrievedDocument } from '../../contracts/events.ts';
import { printable } from './text.ts';

/** What a call has retrieved, in one line. */
export function retrievedText({ from, documents, more }: Retrieved): string {
  const named = documents.map(({ id, version }) =>
    printable(version === undefined ? id : `${id}@${version}`),
  );
  const all = [...named, ...(more === undefined ? [] : [`${more.count} more`])];
  return `retrieved ${all.length === 0 ? 'nothing' : all.join(', ')} from ${printable(from)}`;
}

/** A line for each document. */
export function retrievedTexts({ from, documents, more }: Retrieved): readonly string[] {
  const source = printable(from);
  return [
    ...(documents.length === 0 ? [`retrieved nothing from ${source}`] : []),
    ...documents.map((document) => `retrieved ${documentText(document)} from ${source}`),
    ...(more === undefined ? [] : [`retrieved ${more.count} more from ${source}, ${printable(more.digest)}`]),
  ];
}

function documentText({ id, version, owner, at }: RetrievedDocument): string {
  return [
    printable(id),
    ...(version === undefined ? [] : [`version ${printable(version)}`]),
    ...(owner === undefined ? [] : [`of ${printable(owner)}`]),
    ...(at === undefined ? [] : [`written at ${printable(at)}`]),
  ].join(' ');
}
