import type { FactLoader } from '../../../domain/tool/facts.ts';
import { MemberResource } from './definitions.ts';

/** Which member a call names, and nothing about them: the authorizer invokes no function. */
export const loadLoyaltyFacts: FactLoader = async ({ arguments: { member_id } }) => ({
  resource: { type: MemberResource.name, id: String(member_id), attributes: {} },
  call: {},
});
