import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import {
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { LOG_KEYS } from '../../../contracts/log.ts';

const compressed = promisify(gzip);
const decompressed = promisify(gunzip);

/** Kinds of objects by how they are kept. Readers of tiles over HTTP are told that bundles are compressed; `.gz` files say it themselves. */
const FORMS = {
  note: { ContentType: 'text/plain; charset=utf-8' },
  tile: { ContentType: 'application/octet-stream' },
  bundle: { ContentType: 'application/octet-stream', ContentEncoding: 'gzip' },
  round: { ContentType: 'application/json' },
  policies: { ContentType: 'application/json' },
  lines: { ContentType: 'application/gzip' },
} as const satisfies Readonly<Record<string, Partial<PutObjectCommandInput>>>;

export type ObjectForm = keyof typeof FORMS;

const COMPRESSED: readonly ObjectForm[] = ['bundle', 'lines'];

/** Another object has the key already: two have written the log, or what is locked was not written by this code. Nothing goes on. */
export class LogConflict extends Error {
  override readonly name = 'LogConflict';

  constructor(key: string) {
    super(
      `${key} is there with other content, expected what this round gives; see docs/incidents.md, the log stands still`,
    );
  }
}

/** A checkpoint with what it takes to replace it. */
export interface StoredCheckpoint {
  readonly note: string;
  /** Of the object. */
  readonly version: string;
}

/** The audit bucket, whose objects are put once. */
export interface LogBucket {
  /** Decompressed; undefined when there is none. */
  readonly get: (key: string, form: ObjectForm) => Promise<Buffer | undefined>;
  /**
   * Safe to repeat.
   *
   * @returns whether it was put now
   * @throws LogConflict when the key has other content
   */
  readonly putOnce: (key: string, form: ObjectForm, body: Uint8Array | string) => Promise<boolean>;
  /** The same of what its key proves: what is there is not read. */
  readonly putIfAbsent: (key: string, form: ObjectForm, body: string) => Promise<boolean>;
  readonly readCheckpoint: () => Promise<StoredCheckpoint | undefined>;
  /** @returns false when somebody has moved it meanwhile */
  readonly moveCheckpoint: (note: string, from: StoredCheckpoint | undefined) => Promise<boolean>;
}

const PRECONDITION_FAILED = 412;
/** Somebody else is writing the same key at this moment; S3 asks to try again. */
const CONFLICT = 409;
const CONFLICT_TRIES = 4;
const CONFLICT_PAUSE_MILLISECONDS = 100;

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

export function logBucket(s3: Pick<S3Client, 'send'>, Bucket: string): LogBucket {
  const read = async (key: string) => {
    try {
      const { Body, ETag = '' } = await s3.send(new GetObjectCommand({ Bucket, Key: key }));
      return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), version: ETag };
    } catch (error) {
      if (error instanceof NoSuchKey) {
        return undefined;
      }
      throw error;
    }
  };
  const get: LogBucket['get'] = async (key, form) => {
    const bytes = (await read(key))?.bytes;
    return bytes !== undefined && COMPRESSED.includes(form) ? decompressed(bytes) : bytes;
  };
  const put = async (input: Omit<PutObjectCommandInput, 'Bucket'>): Promise<boolean> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        // S3 refuses a put to a bucket with Object Lock that brings no checksum
        await s3.send(new PutObjectCommand({ Bucket, ChecksumAlgorithm: 'SHA256', ...input }));
        return true;
      } catch (error) {
        if (statusOf(error) === PRECONDITION_FAILED) {
          return false;
        }
        if (statusOf(error) !== CONFLICT || attempt === CONFLICT_TRIES) {
          throw error;
        }
        await sleep(CONFLICT_PAUSE_MILLISECONDS * attempt);
      }
    }
  };
  return {
    get,
    async putOnce(key, form, body) {
      const Body = COMPRESSED.includes(form) ? await compressed(body) : body;
      if (await put({ Key: key, Body, IfNoneMatch: '*', ...FORMS[form] })) {
        return true;
      }
      // INVARIANT: compared as they are read, because another version of the runtime may compress otherwise
      const there = await get(key, form);
      if (there?.equals(Buffer.from(body)) !== true) {
        throw new LogConflict(key);
      }
      return false;
    },
    putIfAbsent: (key, form, body) => put({ Key: key, Body: body, IfNoneMatch: '*', ...FORMS[form] }),
    async readCheckpoint() {
      const found = await read(LOG_KEYS.checkpoint);
      return found && { note: found.bytes.toString(), version: found.version };
    },
    async moveCheckpoint(note, from) {
      const condition = from === undefined ? { IfNoneMatch: '*' } : { IfMatch: from.version };
      return put({ Key: LOG_KEYS.checkpoint, Body: note, ...condition, ...FORMS.note });
    },
  };
}
