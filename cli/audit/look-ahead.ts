/**
 * Begins work on values before it is asked for, in their order.
 *
 * @param weightOf - of a value; no more than `most` is begun at a time, but always one
 */
export async function* lookingAhead<Value, Result>(
  values: AsyncIterable<Value> | Iterable<Value>,
  most: number,
  weightOf: (value: Value) => number,
  work: (value: Value) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: { readonly result: Promise<Result>; readonly weight: number }[] = [];
  let weight = 0;
  for await (const value of values) {
    const next = weightOf(value);
    while (begun.length > 0 && weight + next > most) {
      const first = begun.shift();
      if (first !== undefined) {
        yield await first.result;
        weight -= first.weight;
      }
    }
    const result = work(value);
    // a failure is told when its turn has come
    result.catch(() => undefined);
    begun.push({ result, weight: next });
    weight += next;
  }
  for (const { result } of begun) {
    yield await result;
  }
}
