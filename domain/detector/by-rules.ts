import { highestOf, NOTHING_FOUND, type Scores, WORST } from './detector.ts';
import { INJECTION_RULES } from './injection/rules.ts';
import { reading, type Views } from './reading.ts';
import { found, type Rule, scoreOf } from './rule.ts';
import { SENTIMENT_RULES } from './sentiment.ts';
import { TOPICS, type TopicFinder, topicFinder } from './topics.ts';

/** Changes whenever some text may get another score than before; it is in every reason. */
export const RULES_VERSION = 2;

export interface RuleSet {
  readonly injection: readonly Rule[];
  readonly sentiment: readonly Rule[];
  readonly topicsOf: TopicFinder;
}

/** The rules that are documented in docs/detectors.md. */
export const RULE_SET: RuleSet = {
  injection: INJECTION_RULES,
  sentiment: SENTIMENT_RULES,
  topicsOf: topicFinder(TOPICS),
};

/**
 * Characters of a text as it is written, and as it is read with everything decoded in it: whoever makes an executor read for
 * minutes keeps it from settling. docs/detectors.md says what that many take.
 */
export const LONGEST_TEXT = 2 ** 18;

/** INVARIANT: what nobody has read to its end is not taken for harmless, wherever in it the harm may be. */
const TOO_LONG: Scores = { ...WORST, reasons: [`rules-${RULES_VERSION}/too-long`] };

/** Scores by rules alone: of the same text always the same, whatever else happens. All of the text, window by window, or none of it. */
export function scoresByRules(text: string, rules: RuleSet = RULE_SET): Scores {
  if (text.length > LONGEST_TEXT) {
    return TOO_LONG;
  }
  const { length, whole, windows } = reading(text);
  if (length > LONGEST_TEXT) {
    return TOO_LONG;
  }
  const injection = signFinder(rules.injection, whole);
  const sentiment = signFinder(rules.sentiment, whole);
  const scores = windows().map((views) => {
    const [against, unhappy] = [injection(views), sentiment(views)];
    return {
      injection: scoreOf(against),
      sentiment: scoreOf(unhappy),
      topics: [],
      reasons: [...against, ...unhappy].map(({ id }) => `rules-${RULES_VERSION}/${id}`),
    };
  });
  return highestOf([...scores, { ...NOTHING_FOUND, topics: rules.topicsOf(text) }]);
}

/** What is found in views of the whole text speaks against each of its windows. */
function signFinder(
  rules: readonly Rule[],
  whole: Partial<Views>,
): (window: Partial<Views>) => readonly Rule[] {
  const inWhole = new Set(found(rules, whole));
  return (window) => {
    const inWindow = new Set(found(rules, window));
    return rules.filter((rule) => inWhole.has(rule) || inWindow.has(rule));
  };
}
