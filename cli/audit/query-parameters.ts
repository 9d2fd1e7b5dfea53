import type { QueryParameter, SavedQuery } from '../../contracts/saved-queries.ts';
import { usageFailure } from '../failure.ts';

/** Of one execution parameter, from Athena's API. */
const MAXIMUM_LITERAL_LENGTH = 1024;

/** Parameters that have options of their own. */
const OWN_OPTIONS = ['since', 'until', 'tenant'];

/** Those that `--param` gives. */
export function namesFor(parameters: readonly QueryParameter[]): readonly string[] {
  return parameters.map((each) => each.name).filter((each) => !OWN_OPTIONS.includes(each));
}

/**
 * Values of a query's parameters, from `--param` and the options.
 *
 * @param given - such as `subject=lena_hofer_4821`
 * @param own - those that have options of their own
 * @throws CommandFailure with exit code 2 for a parameter that the query does not have, or that is missing
 */
export function parameterValues(
  { name, parameters }: Pick<SavedQuery, 'name' | 'parameters'>,
  given: readonly string[],
  own: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const values = new Map(Object.entries(own));
  const others = namesFor(parameters);
  for (const text of given) {
    const [, parameter = '', value] = /^(\w+)=(.+)$/s.exec(text) ?? [];
    if (!others.includes(parameter)) {
      const known = others.join(', ') || 'none';
      throw usageFailure(`--param is ${text}, expected name=value with a parameter of ${name}: ${known}`);
    }
    values.set(parameter, value);
  }
  const missing = parameters.filter((each) => !each.isOptional && values.get(each.name) === undefined);
  if (missing.length > 0) {
    const wanted = missing.map((each) => `--param ${each.name}=... (${each.about})`);
    throw usageFailure(`${name} lacks ${wanted.join(' and ')}`);
  }
  return Object.fromEntries(parameters.map((each) => [each.name, values.get(each.name) ?? '']));
}

/**
 * What Athena takes for the `?` of a query, in order: literals, so that nothing is spliced into SQL.
 *
 * @throws CommandFailure with exit code 2 for a value that is too long
 */
export function executionParameters(
  { placeholders }: Pick<SavedQuery, 'placeholders'>,
  values: Readonly<Record<string, string>>,
): readonly string[] {
  return placeholders.map((name) => {
    const literal = `'${(values[name] ?? '').replaceAll("'", "''")}'`;
    if (literal.length > MAXIMUM_LITERAL_LENGTH) {
      throw usageFailure(
        `--param ${name} is ${literal.length} long, expected at most ${MAXIMUM_LITERAL_LENGTH}`,
      );
    }
    return literal;
  });
}
