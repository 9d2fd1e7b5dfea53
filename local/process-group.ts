import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The emulator needs about 0.2 s to end; a function in the middle of a call may need longer. */
const GRACE_MILLISECONDS = 3000;
const KILL_MILLISECONDS = 5000;
const POLL_MILLISECONDS = 50;

/**
 * Ends every process of a group: asks, waits, then kills.
 *
 * @returns ids of the processes that are still there, which is none unless the kernel holds them
 */
export async function endGroup(group: number): Promise<readonly number[]> {
  signalGroup(group, 'SIGTERM');
  if (await isGone(group, GRACE_MILLISECONDS)) {
    return [];
  }
  signalGroup(group, 'SIGKILL');
  if (await isGone(group, KILL_MILLISECONDS)) {
    return [];
  }
  return membersOf(group);
}

/** Sends a signal to all processes of a group; a group that is gone is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}

async function isGone(group: number, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (membersOf(group).length > 0) {
    if (Date.now() > deadline) {
      return false;
    }
    await sleep(POLL_MILLISECONDS);
  }
  return true;
}

/** Ids of the living processes of a group. */
export function membersOf(group: number): readonly number[] {
  // A container whose first process does not reap keeps the dead in the group for ever, so ask for the states.
  return existsSync('/proc/self/stat') ? membersOnLinux(group) : answersSignals(group) ? [group] : [];
}

function membersOnLinux(group: number): readonly number[] {
  const members = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) {
      continue;
    }
    try {
      // proc(5): `pid (command) state parent group ...`, where the command may hold anything, brackets too.
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, , owner] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(owner) === group && state !== 'Z' && state !== 'X') {
        members.push(Number(name));
      }
    } catch {
      // It ended while we were reading.
    }
  }
  return members;
}

function answersSignals(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}
