import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { CallRequest, CallResult, RunRef } from '../../contracts/call.ts';

/** One turn of a conversation: what was proposed and what came of each call. */
export interface Turn {
  readonly calls: readonly (CallRequest & { readonly toolUseId?: string })[];
  /** Last answer to each call; complete once the next turn begins. */
  readonly results: readonly CallResult[];
  /** The model's own message. */
  readonly message?: unknown;
}

/**
 * Conversations, with all that people and tools said in them. They are short-lived and readable by few, apart from
 * the log. Each plan reads the one before and writes its own, so that repeating a plan overwrites only itself.
 */
export interface TranscriptStore {
  readonly read: (run: RunRef, plan: number) => Promise<readonly Turn[]>;
  readonly write: (run: RunRef, plan: number, turns: readonly Turn[]) => Promise<void>;
}

export function transcriptStore(s3: S3Client, bucket: string): TranscriptStore {
  return {
    async read(run, plan) {
      if (plan === 0) {
        return [];
      }
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: transcriptKey(run, plan) }));
      return JSON.parse((await Body?.transformToString()) ?? '[]') as Turn[];
    },
    async write(run, plan, turns) {
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: transcriptKey(run, plan),
          Body: JSON.stringify(turns),
          ContentType: 'application/json',
        }),
      );
    },
  };
}

const PLAN_DIGITS = 5;

function transcriptKey({ tenant, runId }: RunRef, plan: number): string {
  return `transcripts/${tenant}/${runId}/${String(plan).padStart(PLAN_DIGITS, '0')}.json`;
}
