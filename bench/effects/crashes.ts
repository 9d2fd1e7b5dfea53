import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Between two kills, at random: mostly longer than an environment takes to start again, so that calls get done. */
const SHORTEST_PAUSE_MILLISECONDS = 200;
const LONGEST_PAUSE_MILLISECONDS = 1300;

export interface Crashes {
  /** Processes killed so far. */
  readonly count: () => number;
  readonly stop: () => Promise<void>;
}

/**
 * Kills execution environments of one function at random instants, as a crash or the end of a machine would: without
 * warning, from outside, knowing nothing of what they do. Linux only, because it finds them in /proc.
 *
 * @param endpoint - of the emulator that they belong to; others on the machine are left alone
 */
export function crashes(endpoint: string, functionName: string): Crashes {
  let killed = 0;
  let stopped = false;
  const killing = (async () => {
    while (!stopped) {
      const spread = LONGEST_PAUSE_MILLISECONDS - SHORTEST_PAUSE_MILLISECONDS;
      await sleep(SHORTEST_PAUSE_MILLISECONDS + Math.random() * spread);
      const environments = environmentsOf(endpoint, functionName);
      const victim = environments[Math.floor(Math.random() * environments.length)];
      if (victim !== undefined && !stopped) {
        killed += kill(victim);
      }
    }
  })();
  return {
    count: () => killed,
    stop: () => {
      stopped = true;
      return killing;
    },
  };
}

function kill(processId: number): number {
  try {
    process.kill(processId, 'SIGKILL');
    return 1;
  } catch {
    return 0;
  }
}

/** Process ids of the function's execution environments. */
function environmentsOf(endpoint: string, functionName: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((processId) => {
      try {
        return (
          readFileSync(`/proc/${processId}/cmdline`, 'utf8').includes(`-${functionName}-`) &&
          readFileSync(`/proc/${processId}/environ`, 'utf8')
            .split('\0')
            .includes(`AWS_ENDPOINT_URL=${endpoint}`)
        );
      } catch {
        return false;
      }
    });
}
