/** `FUZZ_SEED` repeats a run, `FUZZ_CASES` makes more of it: `FUZZ_CASES=100000 npm test -- --only unit fuzz`. */
export function fuzzing(defaultCases: number): { readonly seed: number; readonly cases: number } {
  const { FUZZ_SEED: seed = '1', FUZZ_CASES: cases = `${defaultCases}` } = process.env;
  return { seed: Number(seed), cases: Number(cases) };
}

/** What makes random choices. @param random - at least 0, less than 1 */
export function chooser(random: () => number) {
  const below = (end: number) => Math.floor(random() * end);
  return {
    below,
    one: <Value>(values: readonly Value[]): Value => values[below(values.length)] as Value,
    /** Once in so many times. */
    oncein: (times: number) => below(times) === 0,
  };
}
