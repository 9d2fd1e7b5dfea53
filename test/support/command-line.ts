import { Writable } from 'node:stream';
import type { ConnectionOptions } from '../../cli/connection.ts';
import { program } from '../../cli/program.ts';
import { type Answer, counterpart, type Received } from './counterpart.ts';

interface Outcome {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly received: readonly Received[];
  readonly options: ConnectionOptions | undefined;
  readonly person: string | undefined;
}

/** Runs a command line against a server with these answers. */
export function countersign(commandLine: readonly string[], ...answers: readonly Answer[]): Promise<Outcome> {
  return countersignIn(undefined, commandLine, ...answers);
}

/** The same in another project than this one. */
export async function countersignIn(
  projectRoot: string | undefined,
  commandLine: readonly string[],
  ...answers: readonly Answer[]
): Promise<Outcome> {
  await using server = await counterpart(...answers);
  const outcome = { code: undefined, stdout: '', stderr: '', options: undefined, person: undefined };
  const found: { -readonly [K in keyof Outcome]: Outcome[K] } = { ...outcome, received: server.received };
  const into = (name: 'stdout' | 'stderr') =>
    new Writable({
      write: (chunk, _, done) => {
        found[name] += chunk;
        done();
      },
    }) as NodeJS.WriteStream;
  await program({
    ...(projectRoot === undefined ? {} : { projectRoot }),
    connect: async (options, person) => {
      Object.assign(found, { options, person });
      const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
      return { apiUrl: server.url, region: 'us-east-1', credentials };
    },
    stdout: into('stdout'),
    stderr: into('stderr'),
    finish: (code) => {
      found.code = code;
    },
  }).parseAsync(['node', 'countersign', ...commandLine]);
  return found;
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}
