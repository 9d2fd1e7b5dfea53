import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { CountingProxy, Passing } from './counting-proxy.ts';

/**
 * Kills the process that has sent a request, as a crash or the end of a machine would: without warning and from outside. Linux only,
 * because it finds the sender in /proc.
 *
 * @returns false when it has gone already
 */
export function killSender({ senderPort }: Pick<Passing, 'senderPort'>, proxy: CountingProxy): boolean {
  const processId = senderOf(senderPort, proxy.port);
  if (processId === undefined) {
    return false;
  }
  process.kill(processId, 'SIGKILL');
  return true;
}

/** Process that has the connection from this port to the proxy's; undefined when it has gone already. */
function senderOf(senderPort: number, proxyPort: number): number | undefined {
  const inode = ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .find(([, local = '', remote = '']) => portOf(local) === senderPort && portOf(remote) === proxyPort)?.[9];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((processId) => inode !== undefined && hasSocket(processId, inode));
}

function portOf(address: string): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16);
}

function hasSocket(processId: number, inode: string): boolean {
  const folder = `/proc/${processId}/fd`;
  try {
    return readdirSync(folder).some((name) => readlinkSync(`${folder}/${name}`) === `socket:[${inode}]`);
  } catch {
    // it has ended, or is somebody else's
    return false;
  }
}
