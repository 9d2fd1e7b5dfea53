import {
  type Emulator,
  type LocalCloud,
  type LocalCloudOptions,
  startEmulator,
  startLocalCloud,
} from '../../local/cloud.ts';
import type { Progress } from '../../local/progress.ts';
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts';
import { startScriptedModel } from './scripted-model.ts';
import { startTraceListener, type TraceListener } from './trace-listener.ts';

/** A deployed local cloud, and what listens beside it. */
export interface Surroundings {
  readonly cloud: LocalCloud;
  readonly emulator: Emulator;
  readonly traces: TraceListener;
  readonly stop: () => Promise<void>;
}

/** The same, with a proxy that sees every request of a function; the proxy takes a millisecond or so of each. */
export interface CountedSurroundings extends Surroundings {
  readonly proxy: CountingProxy;
}

/** What is deployed, where it is not everything as it is. */
type Deployed = Pick<LocalCloudOptions, 'policyFiles'>;

/** @throws LocalCloudError */
export async function startSurroundings(
  progress: Progress,
  proxyPort?: number,
  deployed: Deployed = {},
): Promise<Surroundings> {
  const [model, traces] = await Promise.all([startScriptedModel(), startTraceListener()]);
  const stopListening = () => {
    model.stop();
    traces.stop();
  };
  try {
    const ports = { modelPort: model.port, xrayPort: traces.port };
    const counterparts = proxyPort === undefined ? ports : { ...ports, proxyPort };
    const emulator = await startEmulator(progress, counterparts);
    const cloud = await startLocalCloud({ emulator, progress, ...deployed });
    const stop = async () => {
      await cloud.stop();
      stopListening();
    };
    return { cloud, emulator, traces, stop };
  } catch (error) {
    stopListening();
    throw error;
  }
}

/** @throws LocalCloudError */
export async function startCountedSurroundings(
  progress: Progress,
  deployed: Deployed = {},
): Promise<CountedSurroundings> {
  const proxy = await startCountingProxy();
  try {
    const surroundings = await startSurroundings(progress, proxy.port, deployed);
    proxy.forwardTo(surroundings.cloud.endpoint);
    const stop = async () => {
      await surroundings.stop();
      proxy.stop();
    };
    return { ...surroundings, proxy, stop };
  } catch (error) {
    proxy.stop();
    throw error;
  }
}
