import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { RunInput } from '../../contracts/api.ts';
import type { CallRequest, CallResult } from '../../contracts/call.ts';
import { transcriptFolder } from '../../contracts/names.ts';
import type { ModelProviderName } from '../../domain/budget/prices.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { RunRecord } from './runs.ts';

/** One turn of a conversation: what was proposed and what came of each call. */
export interface Turn {
  readonly calls: readonly (CallRequest & { readonly toolUseId?: string })[];
  /** Last answer to each call; complete once the next turn begins. */
  readonly results: readonly CallResult[];
  /** What came of the previews of its calls, which are for people: no model is told, and loops are not looked for in them. */
  readonly previews?: readonly CallResult[];
  /** The model's own message, as its provider gave it. */
  readonly message?: unknown;
  /** The words in it. */
  readonly text?: string;
  /** What models took for it, in and out, with questions whose answers came to nothing. */
  readonly tokens?: number;
  /** The question that the message answers; absent when no model was asked. */
  readonly asked?: Asked;
  /** The approval with which a person let the run go on after this turn; loops are looked for anew from here. */
  readonly continued?: string;
}

/** Which model was asked, and what the question and its answer took: a bound of what the next question may take. */
export interface Asked {
  readonly provider: ModelProviderName;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** SHA-256 of instructions and tools, hex: the part of a question that is the same every turn. */
  readonly frame: string;
  /** Present when older results were left out of it. */
  readonly lessContext?: true;
}

/** What a run keeps of its envelope, however the envelope is changed meanwhile. Caps are not among it. */
export type PinnedModels = Omit<Envelope['models'], 'without_model'>;

/** Who works on the run: no model, or which of those that are pinned. */
export type Route = 'none' | 'router' | 'reasoning';

/** A conversation: what was asked for, and every turn since. */
export interface Transcript {
  readonly input: RunInput;
  readonly turns: readonly Turn[];
  /** Both are there once a model, or that none is needed, was chosen. */
  readonly pinned?: PinnedModels;
  readonly route?: Route;
}

export type TranscribedRun = Pick<RunRecord, 'tenant' | 'runId' | 'requestDigest' | 'transcriptDays'>;

/**
 * Conversations, with all that people and tools said in them. They are short-lived and readable by few, apart from
 * the log. Each plan reads the one before and writes its own, so that repeating a plan overwrites only itself. Number 0
 * is the request.
 */
export interface TranscriptStore {
  readonly read: (run: TranscribedRun, plan: number) => Promise<Transcript>;
  readonly write: (run: TranscribedRun, plan: number, transcript: Transcript) => Promise<void>;
}

export function transcriptStore(s3: S3Client, bucket: string): TranscriptStore {
  return {
    async read(run, plan) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: transcriptKey(run, plan) }));
      return JSON.parse((await Body?.transformToString()) ?? '') as Transcript;
    },
    async write(run, plan, transcript) {
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: transcriptKey(run, plan),
          Body: JSON.stringify(transcript),
          ContentType: 'application/json',
        }),
      );
    },
  };
}

const PLAN_DIGITS = 5;

/** INVARIANT: a client token used again for something else does not overwrite what the run was asked for. */
function transcriptKey(run: TranscribedRun, plan: number): string {
  const { requestDigest } = run;
  const name = `${String(plan).padStart(PLAN_DIGITS, '0')}${plan === 0 ? `-${requestDigest}` : ''}`;
  return `${transcriptPrefix(run)}${name}.json`;
}

/** Of every object of a run. */
export function transcriptPrefix({
  tenant,
  runId,
  transcriptDays,
}: Pick<TranscribedRun, 'tenant' | 'runId' | 'transcriptDays'>): string {
  return `${transcriptFolder(transcriptDays)}${tenant}/${runId}/`;
}
