import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ENV } from '../../../contracts/environment.ts';
import { environment } from '../../runtime/environment.ts';
import { egressGuard, type GovernedFetch } from './guard.ts';

/** Where the servers of tests listen. */
const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'];

const Destinations = z.record(z.string(), z.array(z.string()));

/**
 * Destinations of a tool in this deployment. Infra resolved them from the tool's definition when it was synthesized and
 * wrote them into the function's settings: neither a model, nor arguments, nor the tool itself has a say.
 */
export function deployedDestinations(tool: string): readonly string[] {
  return Destinations.parse(JSON.parse(environment(ENV.toolDestinations)))[tool] ?? [];
}

/** The guard of a deployed function. Loopback is open only where infra, in the local cloud of the tests, says so. */
export function deployedGuard(): GovernedFetch {
  const loopback = process.env[ENV.loopbackDestinations] === 'enabled';
  return egressGuard({
    resolve: async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address),
    clock: () => new Date(),
    random: Math.random,
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    ...(loopback ? { permittedAddresses: LOOPBACK_ADDRESSES, permitHttp: true } : {}),
  });
}
