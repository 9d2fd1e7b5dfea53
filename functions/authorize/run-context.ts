import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { counterAttribute } from '../../contracts/tables.ts';
import {
  contextScores,
  highestOf,
  NOTHING_FOUND,
  type Scores,
  WORST,
} from '../../domain/detector/detector.ts';
import { countersOf, historyOf } from '../../domain/history/counters.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { asksFor, contextReads, keptOf } from '../../domain/policy/context-reads.ts';
import type { RequestParts } from '../../domain/policy/request.ts';
import { originsOf, outputOriginOf } from '../../domain/provenance/origin.ts';
import { namespaceOf, type ToolDefinition } from '../../domain/tool/definition.ts';
import type { Facts } from '../../domain/tool/facts.ts';
import { type CameIn, readCameIn } from '../adapters/provenance.ts';
import type { Counting } from '../adapters/run-holds.ts';
import type { OpenRunRecord } from '../adapters/runs.ts';
import { findTool } from '../tools/registry.ts';

/** What a run has done and seen before a call, as far as policies ask for it. */
export interface RunContext {
  readonly history: RequestParts['history'];
  /** What has to be so still when the decision is recorded. */
  readonly counting: Counting;
  readonly scores: RequestParts['scores'];
  /** Counters that policies ask for. */
  readonly asked: RequestParts['history'];
  /** Whether what the call answers has to be looked at by detectors. */
  readonly detects: boolean;
  readonly originsOf: (
    parameters: Readonly<Record<string, unknown>>,
    resource: Facts['resource'],
  ) => RequestParts['origins'];
}

export type RunContextReader = (run: OpenRunRecord, tool: ToolDefinition) => Promise<RunContext>;

/** Reads nothing for calls of which no policy asks where values came from, which is most of them. */
export function runContextReader(
  client: DynamoDBDocumentClient,
  { policies, history: counters, envelopes }: Pick<PolicyBundle, 'policies' | 'history' | 'envelopes'>,
): RunContextReader {
  const readsOf = new Map<string, ReadonlySet<string>>();
  const toolsOf = (workflow: string) => envelopes[workflow]?.permissions.allowed_tools ?? [];
  const detecting = new Map(
    Object.entries(envelopes).map(([workflow, { agent }]) => {
      const tools = toolsOf(workflow)
        .map(findTool)
        .filter((tool) => tool !== undefined);
      return [workflow, keptOf(policies, agent, tools).scores];
    }),
  );
  return async (run, tool) => {
    const key = JSON.stringify([run.agent, tool.name]);
    const reads = readsOf.get(key) ?? contextReads(policies, run.agent, tool);
    readsOf.set(key, reads);
    const history = historyOf(counters, run);
    const isAsked = (counter: string) => reads.has(`history.${counter}`) || reads.has('history.*');
    const asked = Object.keys(counters).filter(isAsked);
    const counting: Counting = {
      adds: countersOf(counters, tool, 'allowed').map((counter) => counterAttribute(counter, 'allowed')),
      seen: Object.fromEntries(
        asked.map((counter) => [
          counterAttribute(counter, counters[counter]?.when ?? 'allowed'),
          history[counter] ?? 0,
        ]),
      ),
    };
    const known = {
      history,
      asked: Object.fromEntries(asked.map((counter) => [counter, history[counter] ?? 0])),
      counting,
      detects: detecting.get(run.workflow) ?? true,
    };
    if (!asksFor(reads, 'provenance') && !asksFor(reads, 'scores')) {
      return { ...known, scores: contextScores(NOTHING_FOUND), originsOf: () => undefined };
    }
    const { provenanceKey } = run;
    if (provenanceKey === undefined) {
      // of a run that was begun before policies asked nobody knows what it has read
      return { ...known, scores: contextScores(WORST), originsOf: () => undefined };
    }
    const cameIn = await readCameIn(client, run, [...new Set(toolsOf(run.workflow).map(namespaceOf))]);
    const seen = cameIn.map(({ names }) => names);
    return {
      ...known,
      scores: contextScores(highestOf(cameIn.map(scoresOf))),
      originsOf: (parameters, resource) =>
        originsOf(tool, parameters, resource, seen, provenanceKey, findTool),
    };
  };
}

/** INVARIANT: what nobody has looked at, although others could write in it, is no better than the worst. */
function scoresOf({ names: { tool }, scores }: CameIn): Scores {
  if (scores !== undefined) {
    return { ...scores, reasons: [] };
  }
  const definition = tool === undefined ? undefined : findTool(tool);
  return outputOriginOf(definition ?? {}) === 'untrusted' ? WORST : NOTHING_FOUND;
}
