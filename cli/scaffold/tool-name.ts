import { usageFailure } from '../failure.ts';

/** A tool's name and the spellings that follow from it. */
export interface ToolName {
  /** `billing.get_late_fee`. */
  readonly full: string;
  readonly namespace: string;
  /** `get_late_fee`. */
  readonly verbNoun: string;
  /** `late_fee`. */
  readonly noun: string;
  /** `get late fee`. */
  readonly words: string;
  /** `getLateFee`. */
  readonly identifier: string;
  /** `GetLateFee`. */
  readonly typeName: string;
  /** `get-late-fee`. */
  readonly file: string;
  /** `late_fee_id`: the argument that says which one a call is about. */
  readonly argument: string;
  /** `late-fees`: where an API might have them. */
  readonly collection: string;
}

const PATTERN = /^[a-z][a-z0-9]*\.[a-z][a-z0-9]*(_[a-z0-9]+)+$/;

/** Bedrock takes 64 characters in a tool's name, and has two underscores for our dot. */
const MAXIMUM_LENGTH = 63;

/** Lambda takes 64 characters in a function's name: `<prefix>-execute-<namespace>`, with a prefix of at most 20. */
const MAXIMUM_NAMESPACE_LENGTH = 35;

/** Words that JavaScript or the files of every namespace have already, and that the pattern would take. */
const TAKEN: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for function if implements import in instanceof interface let new null package private protected ' +
    'public return static super switch this throw true try typeof undefined var void while with yield ' +
    'api assert environment executor handler test z'
  ).split(' '),
);

/** @throws CommandFailure for a name that is not `namespace.verb_noun` */
export function parseToolName(full: string): ToolName {
  const [namespace = '', verbNoun = ''] = full.split('.');
  if (!PATTERN.test(full)) {
    throw usageFailure(
      `tool name '${full}', expected namespace.verb_noun in lower case, such as billing.get_invoice`,
    );
  }
  if (full.length > MAXIMUM_LENGTH || namespace.length > MAXIMUM_NAMESPACE_LENGTH) {
    throw usageFailure(
      `tool name '${full}' has ${full.length} characters and its namespace ${namespace.length}, expected at most ${MAXIMUM_LENGTH} and ${MAXIMUM_NAMESPACE_LENGTH}`,
    );
  }
  if (TAKEN.has(namespace)) {
    throw usageFailure(`namespace '${namespace}' is a word of the code around it, choose another`);
  }
  const words = verbNoun.split('_');
  const typeName = pascalCase(words);
  const noun = words.slice(1);
  return {
    full,
    namespace,
    verbNoun,
    noun: noun.join('_'),
    words: words.join(' '),
    identifier: `${typeName.charAt(0).toLowerCase()}${typeName.slice(1)}`,
    typeName,
    file: words.join('-'),
    argument: `${noun.join('_')}_id`,
    collection: `${noun.join('-')}s`,
  };
}

/** `Billing` of `billing`: its Cedar type, and how its names begin. */
export function typeNameOf(namespace: string): string {
  return pascalCase([namespace]);
}

function pascalCase(words: readonly string[]): string {
  return words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('');
}
