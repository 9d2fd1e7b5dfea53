import { RULE_SET, type RuleSet, scoresByRules } from '../../../domain/detector/by-rules.ts';
import type { Detector } from '../../../domain/detector/detector.ts';

/** By rules alone, inside this process: no network, and nothing that can be out. */
export function rulesDetector(rules: RuleSet = RULE_SET): Detector {
  return async (text) => scoresByRules(text, rules);
}
