import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundleKey } from '../../contracts/log.ts';
import { digestOf } from '../../domain/call/canonical.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { cedarSchema } from '../../domain/policy/cedar-schema.ts';
import type { RecordedPolicies } from '../../domain/replay/rejudge.ts';
import { cedarEngine } from '../../functions/adapters/cedar.ts';
import { cedarPartialEngine } from '../../functions/adapters/cedar-partial.ts';
import { schemaSlices } from '../../functions/adapters/cedar-schema-slices.ts';
import { findTool, NAMESPACES } from '../../functions/tools/registry.ts';
import { usageFailure } from '../failure.ts';
import { objectOfLog } from '../log/audit-log.ts';
import { openPolicies } from '../policy/project.ts';
import type { RecordOptions, ReplaySession } from './session.ts';

type Read = { readonly text: string } | { readonly missing: string };

const DIGEST = /^[0-9a-f]{64}$/;

/**
 * The policies of each digest, from where `--recorded` says, from the copy of the log, or from the log.
 *
 * INVARIANT: nothing decides here but content of that digest, wherever it comes from.
 */
export async function recordedPolicies(
  session: ReplaySession,
  digests: readonly string[],
  options: RecordOptions,
): Promise<(digest: string) => RecordedPolicies> {
  const given = options.recorded === undefined ? undefined : givenPolicies(options.recorded);
  const opened = new Map<string, RecordedPolicies>();
  for (const digest of new Set(digests)) {
    const read = given ?? (await keptPolicies(session, digest, options));
    opened.set(digest, openRecorded(digest, read));
  }
  return (digest) => opened.get(digest) ?? { missing: `the policies of digest ${digest}` };
}

function openRecorded(digest: string, read: Read): RecordedPolicies {
  if ('missing' in read) {
    return read;
  }
  const content = parsed(read.text);
  const found = content === undefined ? 'none, it is no json' : digestOf(content);
  if (found !== digest) {
    return { missing: `the policies of digest ${digest}: what is there has ${found}` };
  }
  try {
    return opened({ digest, ...(content as Omit<PolicyBundle, 'digest'>) });
  } catch (error) {
    return { missing: `the policies of digest ${digest}: they cannot be used: ${(error as Error).message}` };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Tools are those of this clone; of one that is declared otherwise by now nothing is decided. */
function opened(bundle: PolicyBundle): RecordedPolicies {
  const now = cedarSchema(NAMESPACES, bundle.directory.approver_roles, bundle.history);
  const [then, today] = [bundle.schema, now].map(schemaSlices);
  const declared = (slices: typeof then, tool: string) =>
    slices !== undefined && 'schemaOf' in slices ? digestOf(slices.schemaOf(tool) ?? {}) : undefined;
  return {
    judge: { bundle, engine: cedarEngine(bundle), partial: cedarPartialEngine(bundle), findTool },
    isAsRecorded: (tool) => declared(then, tool) === declared(today, tool),
  };
}

/** @throws CommandFailure with exit code 2 for what is neither a bundle nor a folder of policies */
function givenPolicies(path: string): Read {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) {
    const { digest: _, ...content } = openPolicies(path).bundle;
    return { text: JSON.stringify(content) };
  }
  if (stat === undefined) {
    throw usageFailure(`--recorded is ${path}, expected a bundle of the log or a folder of policies`);
  }
  const { digest: _, ...content } = (parsed(readFileSync(path, 'utf8')) ?? {}) as Partial<PolicyBundle>;
  return { text: JSON.stringify(content) };
}

async function keptPolicies(session: ReplaySession, digest: string, options: RecordOptions): Promise<Read> {
  if (!DIGEST.test(digest)) {
    return { missing: `the policies: '${digest}' is no digest` };
  }
  const key = bundleKey(digest);
  try {
    const text =
      options.dir === undefined
        ? await objectOfLog(session.services(options), key)
        : readFileSync(join(options.dir, key), 'utf8');
    return { text };
  } catch (error) {
    const { message } = error as Error;
    return { missing: `the policies of digest ${digest} (${key}: ${message}; --recorded can name them)` };
  }
}
