import type { ActionsBlock, Button } from '@slack/types';
import type { Approval } from '../../../domain/approval/approval.ts';
import { LIMITS } from './limits.ts';
import { shortened } from './text.ts';
import { ACTIONS, buttonValue } from './values.ts';
import { titleOf, verdictWords } from './words.ts';

/** What people press. INVARIANT: no is as near as yes: one press each, and neither asks back. */
export function verdictButtons(approval: Approval): ActionsBlock {
  const words = verdictWords(approval);
  const hasApproved = approval.verdicts.some(({ verdict }) => verdict === 'approve');
  return {
    type: 'actions',
    block_id: approval.approvalId,
    elements: [
      { ...button(approval, ACTIONS.approve, words.approve), style: 'primary' },
      { ...button(approval, ACTIONS.reject, words.reject), style: 'danger' },
      button(approval, ACTIONS.rejectWithReason, `${words.reject} with reason…`),
      button(approval, ACTIONS.details, 'Details'),
      ...(hasApproved ? [button(approval, ACTIONS.withdraw, words.withdraw)] : []),
    ],
  };
}

/** What is left to press when nothing is left to decide. */
export function detailsButton(approval: Approval): ActionsBlock {
  return {
    type: 'actions',
    block_id: approval.approvalId,
    elements: [button(approval, ACTIONS.details, 'Details')],
  };
}

function button(approval: Approval, action_id: string, text: string): Button {
  return {
    type: 'button',
    action_id,
    text: { type: 'plain_text', text: shortened(text, LIMITS.buttonText), emoji: false },
    value: buttonValue(approval),
    accessibility_label: shortened(`${text}: ${titleOf(approval)}`, LIMITS.accessibilityLabel),
  };
}
