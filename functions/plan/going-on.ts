import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Plan } from '../../contracts/run.ts';
import type { Approval } from '../../domain/approval/approval.ts';
import { remainingWait } from '../../domain/approval/asks.ts';
import { answerTo, questionIdOf } from '../../domain/approval/question.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { endApproval, readApproval, useApproval } from '../adapters/approvals.ts';
import { transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { type OpenRunRecord, runIsOpen } from '../adapters/runs.ts';
import { type End, stopped } from './stops.ts';

/** What the machine is told when people are asked whether the run may go on: it sleeps, and there are no calls. */
export type Waiting = Pick<Plan, 'calls'> & Required<Pick<Plan, 'wait'>>;

/** The question that was put before this turn, by an earlier try of the same plan; undefined when there is none. */
export function questionBefore(
  client: DynamoDBDocumentClient,
  run: OpenRunRecord,
  turn: number,
): Promise<Approval | undefined> {
  return readApproval(client, { tenant: run.tenant, approvalId: questionIdOf(run, turn) });
}

/** @param now - ISO 8601 UTC */
export function waitingFor(question: Approval, now: string): Waiting {
  const { approvalId, callId } = question;
  return { calls: [], wait: { approvalId, callId, ...remainingWait(question, now), preview: null } };
}

/**
 * Takes the answer of the person whom the run was waiting for. Repeating it comes to the same.
 *
 * @param now - ISO 8601 UTC
 * @returns how the run ends, or for what it waits on, or undefined when it goes on
 */
export async function answerOf(
  client: DynamoDBDocumentClient,
  run: OpenRunRecord,
  approvalId: string,
  now: string,
): Promise<{ readonly end: End } | { readonly waiting: Waiting } | undefined> {
  const question = await readApproval(client, { tenant: run.tenant, approvalId });
  const answer = answerTo(question, run, approvalId, now);
  if (question !== undefined && answer.may === 'wait') {
    return { waiting: waitingFor(question, now) };
  }
  if (question !== undefined && answer.may === 'go on') {
    if (!answer.isUsed) {
      await transact(client, {
        approval: useApproval(question),
        run: runIsOpen(run),
        event: appendEvent(
          ledgerEvent(run, `${question.callId}/continued`, now, { type: 'run.continued', approvalId }),
        ),
      });
    }
    return undefined;
  }
  if (question !== undefined && answer.may === 'not' && answer.over !== undefined) {
    await transact(client, { approval: endApproval(question, answer.over) });
  }
  const message = answer.may === 'not' ? answer.message : `approval ${approvalId} does not exist`;
  return { end: stopped('not_continued', message) };
}
