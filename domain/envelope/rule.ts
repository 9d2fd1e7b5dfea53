import { cedarText } from '../policy/cedar-text.ts';
import type { EnvelopeNote } from './normalise.ts';

/** One policy before it has a line. */
export interface Rule {
  /** Place in the envelope that it comes from. */
  readonly path: EnvelopeNote['path'];
  readonly slug: string;
  readonly effect: 'permit' | 'forbid';
  readonly tools: readonly string[];
  readonly reason: string;
  readonly when?: string;
  readonly unless?: string;
  /** Who approves, and how many of them. */
  readonly approvers?: { readonly role: string; readonly people: number };
}

export type RuleOrNote = Rule | EnvelopeNote;

/** @param place - file and line, for the reason */
export function policyText(rule: Rule, id: string, agent: string, place: string): string {
  const { effect, tools, reason, when, unless, approvers } = rule;
  const actions = tools.map((tool) => `Action::${cedarText(tool)}`);
  return [
    `@id(${cedarText(id)})`,
    `@reason(${cedarText(`${reason} (${place})`)})`,
    ...(approvers === undefined
      ? []
      : [`@approvers(${cedarText(approvers.role)})`, `@quorum("${approvers.people}")`]),
    `${effect} (`,
    `  principal == Agent::${cedarText(agent)},`,
    `  action ${actions.length === 1 ? `== ${actions[0]}` : `in [${actions.join(', ')}]`},`,
    '  resource',
    ')',
    ...(when === undefined ? [] : [`when { ${when} }`]),
    ...(unless === undefined ? [] : [`unless { ${unless} }`]),
  ]
    .join('\n')
    .concat(';');
}

const LONGEST_SLUG = 48;

/** What a line is about, in letters that ids and file names have. */
export function slugOf(text: string): string {
  const words = text
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  return words.replace(/^-/, '').slice(0, LONGEST_SLUG).replace(/-$/, '');
}
