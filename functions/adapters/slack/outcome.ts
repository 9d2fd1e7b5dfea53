import type { RichTextSection } from '@slack/types';
import type { Approval } from '../../../domain/approval/approval.ts';
import { isQuestionId } from '../../../domain/approval/question.ts';
import { bold, instant, line, plain } from './rich.ts';
import { shortened } from './text.ts';
import { listed, type MessageContext, personWords, type Standing } from './words.ts';

/** Stands first, so that the outcome is told at a glance. */
export const OUTCOME_SIGNS: Readonly<Record<Exclude<Standing, 'open'>, string>> = {
  approved: '✅ Approved',
  used: '✅ Approved',
  rejected: '⛔ Rejected',
  expired: '⌛ Expired',
  unreachable: '📵 Nobody reached',
};

/** As much as is shown of what somebody said, or of the names of those who did. */
const MOST_CHARACTERS = 500;

/** What has become of the request, in place of its buttons. @param most - characters of a note or of names */
export function outcomeLine(
  approval: Approval,
  standing: Exclude<Standing, 'open'>,
  context: MessageContext,
  most: number = MOST_CHARACTERS,
): RichTextSection {
  const sign = bold(`${OUTCOME_SIGNS[standing]} `);
  const isQuestion = isQuestionId(approval.approvalId);
  const not = isQuestion ? 'The run ends.' : 'The call is not made.';
  switch (standing) {
    case 'approved':
    case 'used':
      return line(
        sign,
        plain('by '),
        bold(approversOf(approval, context), most),
        plain(`. ${goingOn(standing, isQuestion)}`),
      );
    case 'rejected': {
      const { by, note } = approval.verdicts.findLast(({ verdict }) => verdict === 'reject') ?? {};
      const who = by === undefined ? 'somebody' : personWords(by, context);
      const why = note === undefined ? ', without a reason. ' : `: “${shortened(note, most)}” `;
      return line(sign, plain('by '), bold(who, most), plain(why), plain(not));
    }
    case 'expired':
      return line(
        sign,
        plain('since nobody decided before '),
        instant(approval.expiresAt),
        plain(`. ${not}`),
      );
    case 'unreachable':
      return line(sign, plain(`who may decide, so nobody was asked. ${not}`));
  }
}

function goingOn(standing: 'approved' | 'used', isQuestion: boolean): string {
  if (isQuestion) {
    return standing === 'used' ? 'The run went on.' : 'The run goes on.';
  }
  return standing === 'used'
    ? 'Policy let the call through; how it went is with the run.'
    : 'Policy now decides once more and then lets the call through.';
}

function approversOf({ verdicts }: Approval, context: MessageContext): string {
  const people = verdicts
    .filter(({ verdict }) => verdict === 'approve')
    .map(({ by }) => personWords(by, context));
  return people.length === 0 ? 'people' : listed(people);
}
