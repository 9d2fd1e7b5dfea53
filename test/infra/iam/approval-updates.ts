import type { ApprovalMessage } from '../../../contracts/api.ts';
import { ENV } from '../../../contracts/environment.ts';
import { EMPTY_BOARD } from '../../../domain/approval/posting.ts';
import { claimBoard, endTurn } from '../../../functions/tell-people/board.ts';
import * as records from '../../../functions/tell-people/records.ts';
import { approvalOf } from '../../support/approval.ts';
import { attributesOf } from './run-updates.ts';

process.env[ENV.approvalsTable] ??= 'approvals';

const AT = '2026-01-31T09:00:00.000Z';
const MESSAGE: ApprovalMessage = {
  ...{ channel: 'C0', ts: '1.1', at: AT, approverRole: 'manager', shown: 'waiting/0/1' },
  why: 'asked',
};
const APPROVAL = approvalOf({ messages: [MESSAGE] });
const REACH = { reachedUntil: AT, due: AT };

const UPDATES = {
  'claim an approval': records.claim(APPROVAL, { now: AT, until: AT }),
  'give up a claim': records.unclaim(APPROVAL, AT),
  'keep an approval back': records.unclaim(APPROVAL, AT, AT),
  'add a message': records.addMessage(APPROVAL, MESSAGE, { ...REACH, mine: AT }),
  'say for the first time that people are reached': records.sayReached(APPROVAL, REACH),
  'say again that people are reached': records.sayReached({ ...APPROVAL, reachedUntil: AT }, REACH),
  'see to an approval later': records.setDue(APPROVAL, AT),
  'see to an approval no more': records.dropDue(APPROVAL),
  'mark what a message shows': records.markShown(APPROVAL, MESSAGE, 'approved/1') as records.Update,
  'take the turn of a tenant': claimBoard('acme', { now: AT, until: AT }),
  'end the turn of a tenant': endTurn({ tenant: 'acme', board: EMPTY_BOARD, until: AT }, EMPTY_BOARD, AT),
  'end the last turn of a tenant': endTurn({ tenant: 'acme', board: EMPTY_BOARD, until: AT }, EMPTY_BOARD),
};

/** A member of a list or a map, which IAM does not look at. */
const PATHS = /\[\d+\]\.\w+/g;

/** Every update of an approval that telling people makes, as the attributes that DynamoDB sees it touch. */
export const TELLING_UPDATES: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(UPDATES).map(([name, update]) => [
    name,
    attributesOf({
      Update: {
        ...update,
        UpdateExpression: update.UpdateExpression?.replaceAll(PATHS, ''),
        ConditionExpression: update.ConditionExpression?.replaceAll(PATHS, ''),
      },
    }),
  ]),
);

/** What telling people must never come to, by what is touched beside. */
export const MORE_THAN_TELLING: Readonly<Record<string, readonly string[]>> = {
  'tell people and approve': ['state'],
  'tell people and say what they said': ['verdicts', 'revision'],
  'tell people and ask somebody else': ['asks'],
  'tell people and be content with fewer': ['quorum'],
  'tell people of another call': ['proposal', 'digest'],
  'tell people and wait for longer': ['expiresAt'],
  'tell people and change the heartbeat': ['heartbeatSeconds'],
  'tell people and change what wakes a machine': ['sealedToken', 'tokenDigest'],
  'tell people and count a press': ['presses'],
  'tell people and take it out of the queue': ['waitingTenant'],
  'tell people and change who asked': ['requesters'],
};
