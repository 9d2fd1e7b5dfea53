import type { Rule } from '../rule.ts';
import { ACTING_RULES } from './acting.ts';
import { HIDING_RULES } from './hiding.ts';
import { LANGUAGE_RULES } from './languages.ts';
import { OVERRIDING_RULES } from './overriding.ts';

/** Signs of instructions that are meant for a model. The table is in docs/detectors.md. */
export const INJECTION_RULES: readonly Rule[] = [
  ...OVERRIDING_RULES,
  ...ACTING_RULES,
  ...HIDING_RULES,
  ...LANGUAGE_RULES,
];
