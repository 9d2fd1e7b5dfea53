import { expectedOneOf } from '../nearest.ts';
import { PERSONAL_DATA, type PersonalData } from './kinds.ts';
import { patternProblem } from './patterns.ts';

/** What a workflow redacts beside what is always redacted. */
export interface WorkflowRedaction {
  /** Personal data that tools disclose and this workflow's model is not shown. */
  readonly withheld: readonly PersonalData[];
  /** Regular expressions that `patternProblem` has nothing against. */
  readonly patterns: readonly string[];
}

/** Other names of kinds. */
const ALSO_CALLED: Readonly<Record<string, PersonalData>> = {
  e_mail: 'email',
  email_address: 'email',
  phone_number: 'phone',
  telephone: 'phone',
  credit_card: 'payment_card',
  card: 'payment_card',
  card_number: 'payment_card',
  pan: 'payment_card',
  ssn: 'national_id',
  social_security_number: 'national_id',
  ip: 'ip_address',
};

const NAMES: readonly string[] = [...PERSONAL_DATA, ...Object.keys(ALSO_CALLED)];

/** A word rather than a regular expression. */
const NAME = /^[A-Za-z][A-Za-z_ -]*$/;

export interface RedactionProblem {
  readonly list: 'patterns' | 'withheld';
  readonly index: number;
  readonly message: string;
}

/**
 * @param patterns - names of kinds, or regular expressions
 * @param withheld - kinds, true for all
 */
export function workflowRedaction(
  patterns: readonly string[],
  withheld: boolean | readonly string[],
): { readonly redaction?: WorkflowRedaction; readonly problems: readonly RedactionProblem[] } {
  const problems: RedactionProblem[] = [];
  const kinds = new Set<PersonalData>(withheld === true ? PERSONAL_DATA : []);
  const expressions: string[] = [];
  const named = (list: RedactionProblem['list'], index: number, name: string) => {
    const kind = kindCalled(name);
    if (kind === undefined) {
      problems.push({
        list,
        index,
        message: `'${name}' is no kind of personal data${expectedOneOf(name, NAMES)}`,
      });
    } else {
      kinds.add(kind);
    }
  };
  for (const [index, pattern] of patterns.entries()) {
    if (NAME.test(pattern)) {
      named('patterns', index, pattern);
      continue;
    }
    const problem = patternProblem(pattern);
    if (problem === undefined) {
      expressions.push(pattern);
    } else {
      problems.push({ list: 'patterns', index, message: `'${pattern}': ${problem}` });
    }
  }
  for (const [index, name] of (typeof withheld === 'boolean' ? [] : withheld).entries()) {
    named('withheld', index, name);
  }
  const isEmpty = kinds.size === 0 && expressions.length === 0;
  return { problems, ...(isEmpty ? {} : { redaction: { withheld: [...kinds], patterns: expressions } }) };
}

function kindCalled(name: string): PersonalData | undefined {
  const plain = name.toLowerCase().replaceAll(/[ -]/g, '_');
  return PERSONAL_DATA.find((kind) => kind === plain) ?? ALSO_CALLED[plain];
}
