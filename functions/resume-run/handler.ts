import { KMSClient } from '@aws-sdk/client-kms';
import {
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { WAIT_ERRORS } from '../../contracts/steps.ts';
import type { ApprovalRecord } from '../adapters/approvals.ts';
import { TokenUnreadable, tokenOpener } from '../adapters/task-tokens.ts';
import { lambdaHandler, telemetry, traced } from '../runtime/step.ts';

const stepFunctions = traced(new SFNClient({}));
const openToken = tokenOpener(traced(new KMSClient({})));

/**
 * Wakes the machine of every approval that people have decided. Fed by the stream of the approvals table and by
 * nothing else, so a verdict that is recorded is delivered, whatever dies in between; delivering twice is harmless.
 */
export const handler = lambdaHandler(
  async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    for (const record of Records) {
      const approval = newImage(record);
      if (approval?.sealedToken === undefined || !isDecided(approval)) {
        continue;
      }
      try {
        await wake(approval);
      } catch (error) {
        telemetry.warn('the machine was not woken, the stream will try again', {
          error,
          approvalId: approval.approvalId,
        });
        return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
      }
    }
    return { batchItemFailures: [] };
  },
);

function newImage({ dynamodb }: DynamoDBRecord): ApprovalRecord | undefined {
  const image = dynamodb?.NewImage;
  return image === undefined
    ? undefined
    : (unmarshall(image as Parameters<typeof unmarshall>[0]) as ApprovalRecord);
}

function isDecided({ state }: ApprovalRecord): boolean {
  return state === 'approved' || state === 'rejected';
}

/** Either way the machine decides the call afresh; which way it came is what its history shows. */
async function wake(approval: ApprovalRecord): Promise<void> {
  const { approvalId, state, tenant, runId } = approval;
  telemetry.annotate({ tenant, runId });
  try {
    const taskToken = await openToken(approval);
    if (state === 'approved') {
      const output = JSON.stringify({ approvalId, state });
      await stepFunctions.send(new SendTaskSuccessCommand({ taskToken, output }));
    } else {
      const error = WAIT_ERRORS.rejected;
      await stepFunctions.send(new SendTaskFailureCommand({ taskToken, error, cause: approvalId }));
    }
    telemetry.info('machine woken', { approvalId, state });
  } catch (error) {
    if (error instanceof TokenUnreadable) {
      // INVARIANT: one that cannot be woken holds up no others; its machine goes on when its time is over
      telemetry.warn('the machine cannot be woken, its token was changed', { approvalId, state });
      return;
    }
    // the machine no longer waits on this token: it was woken before, it timed out, or it was stopped
    if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken) {
      telemetry.info('nobody waits for this verdict any more', { approvalId, state, why: error.name });
      return;
    }
    throw error;
  }
}
