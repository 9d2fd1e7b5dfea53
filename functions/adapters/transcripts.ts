import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { RunInput } from '../../contracts/api.ts';
import type { CallRequest, CallResult } from '../../contracts/call.ts';
import { transcriptFolder } from '../../contracts/names.ts';
import type { RunRecord } from './runs.ts';

/** One turn of a conversation: what was proposed and what came of each call. */
export interface Turn {
  readonly calls: readonly (CallRequest & { readonly toolUseId?: string })[];
  /** Last answer to each call; complete once the next turn begins. */
  readonly results: readonly CallResult[];
  /** The model's own message. */
  readonly message?: unknown;
  /** What the model took for it, in and out. */
  readonly tokens?: number;
  /** The approval with which a person let the run go on after this turn; loops are looked for anew from here. */
  readonly continued?: string;
}

/** A conversation: what was asked for, and every turn since. */
export interface Transcript {
  readonly input: RunInput;
  readonly turns: readonly Turn[];
}

type TranscribedRun = Pick<RunRecord, 'tenant' | 'runId' | 'requestDigest' | 'transcriptDays'>;

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
  const { tenant, runId, requestDigest, transcriptDays } = run;
  const name = `${String(plan).padStart(PLAN_DIGITS, '0')}${plan === 0 ? `-${requestDigest}` : ''}`;
  return `${transcriptFolder(transcriptDays)}${tenant}/${runId}/${name}.json`;
}
