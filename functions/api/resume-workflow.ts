import { z } from 'zod';
import { DEFAULT_TENANT } from '../../contracts/api.ts';
import type { PauseView } from '../../contracts/budgets.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { dayOf } from '../../domain/budget/daily-caps.ts';
import { redactText } from '../../domain/redaction/redact.ts';
import { timestamp } from '../../domain/time.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { beginAnew, endPause, readPause } from '../adapters/pauses.ts';
import type { BudgetDependencies } from './budgets.ts';
import { knownCaller } from './caller.ts';
import { ApiFailure, Note, parsedBody, Tenant } from './http.ts';

const ResumeShape = z.strictObject({ tenant: Tenant.default(DEFAULT_TENANT), note: Note });

/**
 * Lets a paused workflow take new runs again, and counts today's outcomes anew.
 *
 * @returns the pause that is over
 * @throws ApiFailure 404 unknown workflow, 400 bad body, 403 the caller may not, 409 the workflow is not paused
 */
export async function resumeWorkflow(
  workflow: string,
  body: string,
  caller: string | undefined,
  { client, bundle, directory, clock }: BudgetDependencies,
): Promise<PauseView & { readonly tenant: string; readonly agent: string }> {
  const envelope = Object.hasOwn(bundle.envelopes, workflow) ? bundle.envelopes[workflow] : undefined;
  if (envelope === undefined) {
    throw new ApiFailure(404, 'unknown_workflow', `workflow '${workflow}' does not exist`);
  }
  const { tenant, note } = parsedBody(ResumeShape, body);
  const by = await knownCaller(directory, caller);
  const { reviewer_role: role, agent } = envelope;
  if (!by.roles.includes(role)) {
    throw new ApiFailure(403, 'missing_role', `${by.id} lacks the role '${role}', ask somebody who has it`);
  }
  const pause = await readPause(client, { tenant, workflow });
  if (pause === undefined) {
    throw notPaused(tenant, workflow);
  }
  const now = clock();
  const at = timestamp(() => now);
  const source = { tenant, runId: `pause-${workflow}`, workflow, agent };
  const event = { type: 'workflow.resumed', by: by.id, note: redactText(note).value } as const;
  // one pause is ended once, so the run that caused it makes the id unique
  const id = `resumed/${pause.runId}/${pause.at}`;
  try {
    await transact(client, {
      pause: endPause(tenant, pause, at),
      outcomes: beginAnew({ tenant, workflow, day: dayOf(bundle.budgets, now) }),
      event: appendEvent(ledgerEvent(source, id, at, event)),
    });
  } catch (error) {
    throw error instanceof ConditionsFailed ? notPaused(tenant, workflow) : error;
  }
  return { ...pause, tenant, agent };
}

function notPaused(tenant: string, workflow: string): ApiFailure {
  return new ApiFailure(409, 'not_paused', `workflow '${workflow}' is not paused in tenant '${tenant}'`);
}
