import { rolesAsked } from '../../domain/approval/approval.ts';
import type { MayCountersign } from './verdicts.ts';

/** People of a role that is asked, but for those who asked themselves. */
export const mayByRole: MayCountersign = (person, approval, _, now) => {
  if (rolesAsked(approval, person, now).length === 0) {
    const message = `${person.id} lacks the role '${approval.approverRole}', ask somebody who has it`;
    return { code: 'missing_role', message };
  }
  return approval.requesters.includes(person.id)
    ? { code: 'own_request', message: `${person.id} is the one the run acts for, ask somebody else` }
    : undefined;
};
