import { setTimeout as sleep } from 'node:timers/promises';
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { localClient } from '../../local/aws.ts';
import type { LocalCloud } from '../../local/cloud.ts';
import type { WireRequest } from './counting-proxy.ts';
import { type DeployedFunction, deployedFunctions } from './functions.ts';
import { loggedBytes } from './logged-bytes.ts';
import type { CountedSurroundings } from './surroundings.ts';
import type { Invocation } from './trace-listener.ts';

/** An invocation with everything that it sent to AWS. */
export interface CountedInvocation extends Invocation {
  readonly requests: readonly WireRequest[];
}

/** What happened on the wire while something was done a number of times. */
export interface Sample {
  /** How many times. */
  readonly count: number;
  readonly invocations: readonly CountedInvocation[];
  readonly functions: readonly DeployedFunction[];
  /** Mean bytes of an invocation's own log lines, by service. */
  readonly logBytes: ReadonlyMap<string, number>;
  /** Of each Express execution. */
  readonly expressMilliseconds: readonly number[];
  /** Of Standard executions. */
  readonly transitions: number;
}

/** Followers of the streams come after; so long a silence says that they are done. */
const SILENCE_MILLISECONDS = 1500;
const POLL_MILLISECONDS = 250;

/** How the log's writer is fed meanwhile: as the emulator does, or as its batching window would on AWS under load. */
export type Sealing = 'at once' | 'gathered';

/** Does something, waits for what follows it, and gives every invocation since with its requests. */
export async function observe<T>(
  surroundings: CountedSurroundings,
  action: () => Promise<T>,
  sealing: Sealing = 'at once',
): Promise<{ readonly result: T } & Pick<Sample, 'invocations' | 'functions' | 'logBytes'>> {
  const { cloud, proxy, traces } = surroundings;
  await silence(surroundings);
  const since = Date.now();
  const functions = await deployedFunctions(cloud);
  const result = sealing === 'gathered' ? await whileGathering(cloud, functions, action) : await action();
  await silence(surroundings);
  const invocations = traces.invocations().filter(({ startedAt }) => startedAt >= since);
  const requests = proxy.requests.filter(({ startedAt }) => startedAt >= since);
  const byTrace = Map.groupBy(requests, ({ traceId }) => traceId);
  const known = new Set(invocations.map(({ traceId }) => traceId));
  const strays = requests.filter(({ traceId }) => traceId === undefined || !known.has(traceId));
  if (strays.length > 0) {
    const names = strays.map(({ service, operation }) => `${service} ${operation}`).join(', ');
    throw new Error(`requests of no known invocation: ${names}; expected every function to be traced`);
  }
  const bytes = await loggedBytes(cloud, functions, since);
  const perService = Map.groupBy(invocations, ({ service }) => service);
  return {
    result,
    functions,
    invocations: invocations.map((each) => ({ ...each, requests: byTrace.get(each.traceId) ?? [] })),
    logBytes: new Map(
      [...perService].map(([service, all]) => [service, (bytes.get(service) ?? 0) / all.length]),
    ),
  };
}

/** The emulator passes over the batching window of a stream's follower: so the follower rests until all has happened. */
async function whileGathering<T>(
  cloud: LocalCloud,
  functions: readonly DeployedFunction[],
  action: () => Promise<T>,
): Promise<T> {
  const lambda = new LambdaClient(localClient(cloud.endpoint));
  const FunctionName = functions.find(({ service }) => service === 'seal')?.name;
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName }),
  );
  const switched = (Enabled: boolean) =>
    Promise.all(
      EventSourceMappings.map(({ UUID }) =>
        lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled })),
      ),
    );
  await switched(false);
  try {
    return await action();
  } finally {
    await switched(true);
  }
}

async function silence({ proxy }: CountedSurroundings): Promise<void> {
  let seen = -1;
  for (let quiet = 0; quiet < SILENCE_MILLISECONDS; quiet += POLL_MILLISECONDS) {
    if (proxy.requests.length !== seen) {
      seen = proxy.requests.length;
      quiet = 0;
    }
    await sleep(POLL_MILLISECONDS);
  }
}
