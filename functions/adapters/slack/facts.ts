import type { RichTextElement, RichTextSection } from '@slack/types';
import { type Approval, asked, missing } from '../../../domain/approval/approval.ts';
import { isQuestionId } from '../../../domain/approval/question.ts';
import { code, line, named, plain } from './rich.ts';
import { money, shortened, valueText } from './text.ts';
import { listed, type MessageContext, personWords, riskWords, standingOf } from './words.ts';

/** How much of what is known of a call is shown; the rest is counted. */
export interface FactsRoom {
  /** Arguments, facts and reasons each. */
  readonly most: number;
  /** Characters of each. */
  readonly value: number;
}

/** `order_id="W1"`, each set apart; what is left out is counted. */
export function pairs(values: Readonly<Record<string, unknown>>, room: FactsRoom): RichTextElement[] {
  return apart(
    Object.entries(values).map(([name, each]) => `${name}=${valueText(each)}`),
    room,
  );
}

function apart(texts: readonly string[], { most, value }: FactsRoom): RichTextElement[] {
  const left = texts.length - most;
  return [
    ...texts.slice(0, most).flatMap((text) => [code(text, value), plain('  ')]),
    ...(texts.length === 0 ? [plain('none')] : []),
    ...(left > 0 ? [plain(`… and ${left} more, see Details`)] : []),
  ];
}

/** Why people are asked, how much is at stake, and who has to sign for as long as that is open. */
export function askLines(approval: Approval, context: MessageContext, room: FactsRoom): RichTextSection[] {
  const isOpen = standingOf(approval, context.now) === 'open';
  return [
    named(isOpen ? 'Why you are asked' : 'Why people were asked', plain(reasonWords(approval, room))),
    ...(isQuestionId(approval.approvalId) ? [] : [named('Risk', plain(riskWords(approval), room.value * 2))]),
    ...(isOpen ? [named('Has to sign', plain(signatureWords(approval, context), room.value * 3))] : []),
  ];
}

/** What else a person goes by when deciding, one line each. */
export function factLines(approval: Approval, context: MessageContext, room: FactsRoom): RichTextSection[] {
  const isQuestion = isQuestionId(approval.approvalId);
  return [
    named('Asked for by', plain(requesterWords(approval, context), room.value * 2)),
    ...(Object.keys(approval.facts).length === 0 ? [] : [named('Known', ...pairs(approval.facts, room))]),
    ...scoreLines(approval, room),
    ...(isQuestion ? questionLines(approval, room) : [named('Cost of the call', plain(costWords(approval)))]),
    evidenceLine(approval, context),
  ];
}

/** Where to look before deciding. */
function evidenceLine(approval: Approval, { runUrl }: Pick<MessageContext, 'runUrl'>): RichTextSection {
  const url = runUrl(approval);
  return named(
    'Evidence',
    ...(isWebAddress(url) ? [{ type: 'link' as const, url, text: 'the run' }, plain(', or ')] : []),
    code(`countersign events ${approval.runId}`, 200),
  );
}

function isWebAddress(url: string): boolean {
  return /^https?:\/\/[^\s]{1,2000}$/.test(url);
}

function reasonWords({ reasons, policies }: Approval, { most, value }: FactsRoom): string {
  const words = [...reasons.slice(0, most).map((reason) => shortened(reason, value * 2))];
  const left = reasons.length - words.length;
  const rest = left > 0 ? ` … and ${left} more, see Details` : '';
  const by = policies.length === 0 ? '' : ` (policy ${shortened(policies.join(', '), value * 2)})`;
  return `${words.join('; ') || 'policy leaves it to people'}${rest}${by}`;
}

function scoreLines({ scores }: Approval, { value }: FactsRoom): RichTextSection[] {
  if (scores === undefined) {
    return [];
  }
  const { injection, sentiment, topics } = scores;
  const about = topics.length === 0 ? '' : `; topics: ${topics.join(', ')}`;
  const words = `injection ${injection}, anger ${sentiment}, each of 1000${about}`;
  return [named('What the run had read', plain(words, value * 3))];
}

function questionLines({ proposal }: Approval, room: FactsRoom): RichTextSection[] {
  const { evidence, spent, cap } = proposal.arguments;
  const seen = Array.isArray(evidence) ? evidence.map(String) : [];
  return [
    ...(seen.length === 0 ? [] : [named('Seen', ...apart(seen, room))]),
    named('Spent', plain(`${String(spent)} of ${String(cap)}`, room.value)),
  ];
}

/** For whom the run acts, and who started it. */
export function requesterWords(
  { user, requesters, agent, workflow }: Approval,
  context: MessageContext,
): string {
  const starters = requesters.filter((id) => id !== user.id).map((id) => personWords(id, context));
  const started = starters.length === 0 ? '' : `, started by ${listed(starters)}`;
  return `${personWords(user.id, context)}${started}, through agent ${agent} in ${workflow}`;
}

function costWords({ holdMicroDollars }: Pick<Approval, 'holdMicroDollars'>): string {
  return holdMicroDollars === 0 ? 'nothing' : `at most ${money(holdMicroDollars)}`;
}

/** `1 of 2 support_manager; Maria Keller has approved`. */
function signatureWords(approval: Approval, context: MessageContext): string {
  const left = missing(approval, context.now);
  const roles = asked(approval, context.now).map(({ approverRole, quorum }, index) => {
    const signed = quorum - (left[index]?.people ?? quorum);
    return `${signed} of ${quorum} ${approverRole}`;
  });
  const people = approval.verdicts
    .filter(({ verdict }) => verdict === 'approve')
    .map(({ by }) => personWords(by, context));
  const who =
    people.length === 0
      ? 'nobody has approved yet'
      : `${listed(people)} ${people.length === 1 ? 'has' : 'have'} approved`;
  return `${roles.join(', or ')}; ${who}`;
}

export function redactedLine({ approvalId }: Pick<Approval, 'approvalId'>): RichTextSection {
  return line(
    plain('Secrets and personal data are not shown in Slack; '),
    code(`countersign approval ${approvalId}`, 200),
    plain(' shows everything.'),
  );
}
