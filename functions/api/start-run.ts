import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { DEFAULT_TENANT, type RunInput, type RunView } from '../../contracts/api.ts';
import { workflowMachineName } from '../../contracts/names.ts';
import type { RunExecutionInput, User } from '../../contracts/run.ts';
import { principalOf, recordedPrincipal } from '../../domain/approval/directory.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { DIGEST_KEY_BYTES, keyedDigest } from '../../domain/audit/keyed-digest.ts';
import { digestOf } from '../../domain/call/canonical.ts';
import { type ContextScores, contextScores, type Detector } from '../../domain/detector/detector.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import { transcriptDays } from '../../domain/envelope/retention.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { keptOf } from '../../domain/policy/context-reads.ts';
import { seenInPrompt } from '../../domain/provenance/origin.ts';
import { redactText } from '../../domain/redaction/redact.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { pauseInForce } from '../adapters/pauses.ts';
import { keepPrompt } from '../adapters/provenance.ts';
import { type RunRecord, readRun, requestRun, runView } from '../adapters/runs.ts';
import type { TranscriptStore } from '../adapters/transcripts.ts';
import type { Place } from '../runtime/arn.ts';
import { findTool } from '../tools/registry.ts';
import { ApiFailure, parsedBody, Tenant } from './http.ts';

/** Of a user or a role. */
export const Identifier = z
  .string()
  .regex(/^[A-Za-z0-9][\w.@+-]{0,127}$/, 'expected letters, digits and . _ @ + -, at most 128');

/** Ids of users, and their roles, are on record for years and in the clear: they tell who it was to those who may know, and to nobody else. */
const Opaque = Identifier.refine((id) => redactText(id).value === id, {
  message:
    'is personal data or a secret, send an id of your own that means nothing elsewhere, such as user-4821',
});
/** No shorter than what it hashes to could be guessed. */
const PROVENANCE_KEY_BYTES = 16;

/** Together well below the 256 KiB that Step Functions takes. */
const MAXIMUM_PROMPT_LENGTH = 20_000;
const MAXIMUM_PROPOSALS = 500;
const MAXIMUM_INPUT_BYTES = 150_000;

const StartRunShape = z.strictObject({
  tenant: Tenant.default(DEFAULT_TENANT),
  clientToken: z.string().min(1).max(128).optional(),
  user: z.strictObject({ id: Opaque, roles: z.array(Opaque).max(20).default([]) }),
  input: z
    .strictObject({
      prompt: z.string().min(1).max(MAXIMUM_PROMPT_LENGTH).optional(),
      proposals: z.array(z.unknown()).max(MAXIMUM_PROPOSALS).optional(),
    })
    .refine(({ prompt, proposals }) => prompt !== undefined || proposals !== undefined, {
      message: 'expected a prompt or proposals, got neither',
    })
    .refine((input) => Buffer.byteLength(JSON.stringify(input)) <= MAXIMUM_INPUT_BYTES, {
      message: `expected at most ${MAXIMUM_INPUT_BYTES} bytes of json`,
    }),
});

export interface StartRunDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly stepFunctions: SFNClient;
  readonly transcripts: TranscriptStore;
  readonly bundle: PolicyBundle;
  readonly prefix: string;
  readonly recordedProvider: boolean;
  readonly place: Place;
  readonly traceHeader: string | undefined;
  readonly clock: Clock;
  readonly randomId: () => string;
  /** Base64url. */
  readonly randomKey: (bytes: number) => string;
  readonly detect: Detector;
}

/**
 * Keeps what is asked for, records the run, then starts its execution under the run's id. All are safe to repeat: with one
 * client token there is one run, and whatever the first attempt left undone the next one does.
 *
 * @throws ApiFailure 404 unknown workflow, 400 bad body, 409 client token used for something else, or the workflow is paused
 */
export async function startRun(
  workflow: string,
  body: string,
  caller: string | undefined,
  dependencies: StartRunDependencies,
): Promise<{ created: boolean; run: RunView }> {
  const { bundle, client, clock, detect, randomId, randomKey, recordedProvider, transcripts } = dependencies;
  const envelope = bundle.envelopes[workflow];
  if (envelope === undefined) {
    const known = Object.keys(bundle.envelopes).join(', ');
    throw new ApiFailure(
      404,
      'unknown_workflow',
      `workflow '${workflow}' does not exist, expected one of ${known}`,
    );
  }
  const { tenant, clientToken, user, input: parsedInput } = parsedBody(StartRunShape, body);
  if (parsedInput.proposals !== undefined && !recordedProvider) {
    const message = 'this deployment takes no recorded proposals, send a prompt';
    throw new ApiFailure(400, 'invalid_request', message, [{ field: 'input.proposals', message }]);
  }
  const input = definedMembers(parsedInput);
  const unique =
    clientToken === undefined ? randomId() : digestOf({ tenant, workflow, clientToken }).slice(0, 32);
  const kept = keptOf(bundle.policies, envelope.agent, toolsOf(envelope));
  const digestKey = randomKey(DIGEST_KEY_BYTES);
  const asked = { workflow, user, input };
  const record: RunRecord = {
    tenant,
    runId: `run-${unique}`,
    workflow,
    agent: envelope.agent,
    user,
    ...startedBy(caller),
    requestDigest: keyedDigest(digestKey, asked),
    status: 'requested',
    transcriptDays: transcriptDays(envelope, `run-${unique}`),
    requestedAt: timestamp(clock),
    digestKey,
    ...(kept.names ? { provenanceKey: randomKey(PROVENANCE_KEY_BYTES) } : {}),
  };
  // one that is there is no new one: nothing is written for it, and it must not look as if it had been refused
  const existing = clientToken === undefined ? undefined : await readRun(client, record);
  if (existing !== undefined) {
    refuseIfOtherwise(existing, asked);
    await startOnce(existing, dependencies);
    return { created: false, run: runView(existing, envelope) };
  }
  await refuseIfPaused(client, record, envelope);
  await transcripts.write(record, 0, { input, turns: [] });
  const scores = kept.scores ? await promptScores(input, detect) : undefined;
  const recorded = await recordOnce(client, record, { asked, scores }, caller);
  await startOnce(recorded, dependencies);
  return { created: recorded === record, run: runView(recorded, envelope) };
}

function startedBy(caller: string | undefined): Pick<RunRecord, 'startedBy'> {
  const principal = principalOf(caller);
  return principal === undefined ? {} : { startedBy: recordedPrincipal(principal) };
}

async function refuseIfPaused(
  client: DynamoDBDocumentClient,
  record: RunRecord,
  envelope: Envelope,
): Promise<void> {
  const pause = await pauseInForce(client, record.tenant, envelope);
  if (pause !== undefined) {
    const { workflow, reason, at } = pause;
    const message = `workflow '${workflow}' is paused since ${at} (${reason.message}), a ${envelope.reviewer_role} can resume it`;
    throw new ApiFailure(409, 'workflow_paused', message);
  }
}

/** What a client token stands for. */
interface Asked {
  readonly workflow: string;
  readonly user: User;
  readonly input: RunInput;
}

async function recordOnce(
  client: DynamoDBDocumentClient,
  record: RunRecord,
  { asked, scores }: { readonly asked: Asked; readonly scores: ContextScores | undefined },
  caller = 'unknown',
): Promise<RunRecord> {
  const { user, requestedAt, provenanceKey } = record;
  const { prompt = '' } = asked.input;
  // sessions of IAM Identity Center have the name of a person, often an address
  const requestedBy = redactText(caller).value;
  const body = { type: 'run.requested', user, requestedBy } as const;
  try {
    await transact(client, {
      run: requestRun(record),
      provenance:
        provenanceKey === undefined
          ? undefined
          : keepPrompt(record, { names: seenInPrompt(prompt, provenanceKey), scores }, requestedAt),
      event: appendEvent(ledgerEvent(record, 'run/requested', requestedAt, body)),
    });
    return record;
  } catch (error) {
    const existing = error instanceof ConditionsFailed ? await readRun(client, record) : undefined;
    if (existing === undefined) {
      throw error;
    }
    refuseIfOtherwise(existing, asked);
    return existing;
  }
}

/** INVARIANT: each run has a key of its own, so what is asked for now is told by the key of the run that is there. */
function refuseIfOtherwise({ runId, digestKey, requestDigest }: RunRecord, asked: Asked): void {
  if (digestKey === undefined) {
    const message = `the client token was used for run ${runId}, whose data were erased, send a new token`;
    throw new ApiFailure(409, 'client_token_reused', message);
  }
  if (keyedDigest(digestKey, asked) !== requestDigest) {
    const message = `the client token was used for another request (run ${runId}), send a new token`;
    throw new ApiFailure(409, 'client_token_reused', message);
  }
}

async function startOnce(
  { tenant, runId, workflow, status }: RunRecord,
  { stepFunctions, prefix, place, traceHeader }: StartRunDependencies,
): Promise<void> {
  if (status !== 'requested') {
    return;
  }
  const { partition, region, account } = place;
  const input: RunExecutionInput = { run: { tenant, runId } };
  try {
    await stepFunctions.send(
      new StartExecutionCommand({
        stateMachineArn: `arn:${partition}:states:${region}:${account}:stateMachine:${workflowMachineName(prefix, workflow)}`,
        name: runId,
        input: JSON.stringify(input),
        ...(traceHeader === undefined ? {} : { traceHeader }),
      }),
    );
  } catch (error) {
    // the run's id is the execution's name, so this says that the run has been started before
    if (!(error instanceof ExecutionAlreadyExists)) {
      throw error;
    }
  }
}

/** Well within the time of an HTTP API. */
const DETECTION_MILLISECONDS = 8_000;

async function promptScores({ prompt = '' }: RunInput, detect: Detector): Promise<ContextScores> {
  return contextScores(await detect(prompt, AbortSignal.timeout(DETECTION_MILLISECONDS)));
}

function toolsOf({ permissions }: Envelope): ToolDefinition[] {
  return permissions.allowed_tools.map(findTool).filter((tool) => tool !== undefined);
}

/** Digests must not tell an absent member from an undefined one. */
function definedMembers(input: { prompt?: string | undefined; proposals?: unknown[] | undefined }): RunInput {
  const { prompt, proposals } = input;
  return { ...(prompt === undefined ? {} : { prompt }), ...(proposals === undefined ? {} : { proposals }) };
}
