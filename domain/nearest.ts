/** Letters that may be missing, too many, wrong or swapped: one in three, and two at least of a word that is not short. */
function tolerance(word: string): number {
  return Math.max(word.length > 3 ? 2 : 1, Math.floor(word.length / 3));
}

/**
 * The word that was probably meant.
 *
 * @returns undefined when none is near
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const same = known.find((each) => plain(each) === plain(word));
  if (same !== undefined) {
    return same;
  }
  const [best] = known
    .map((each) => ({ each, distance: editDistance(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ distance }) => distance <= tolerance(word))
    .sort(
      (left, right) =>
        left.distance - right.distance ||
        Number(right.each.startsWith(word)) - Number(left.each.startsWith(word)) ||
        (left.each < right.each ? -1 : 1),
    );
  return best?.each;
}

/** Names that differ in case and word marks only are the same name, written by somebody with other habits. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** `, did you mean 'x'` to go behind a message; empty when nothing is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? '' : `, did you mean '${meant}'`;
}

const MOST_LISTED = 12;

/** `, expected one of a, b` with a suggestion where there is one; the list is left out when it is long. */
export function expectedOneOf(word: string, known: readonly string[]): string {
  const meant = didYouMean(word, known);
  if (known.length === 0) {
    return ', and there is none';
  }
  return known.length <= MOST_LISTED ? `, expected one of ${known.join(', ')}${meant}` : meant;
}

/** Damerau and Levenshtein's: insertions, deletions, replacements, and neighbours that were swapped. */
function editDistance(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= right.length; column += 1) {
      const differs = left[row - 1] === right[column - 1] ? 0 : 1;
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + differs,
          swapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(left.length, right.length);
}
