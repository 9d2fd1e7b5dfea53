import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { counterAttribute, countersOf, historyOf } from '../../domain/history/counters.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { asksFor, contextReads } from '../../domain/policy/context-reads.ts';
import type { RequestParts } from '../../domain/policy/request.ts';
import { originsOf } from '../../domain/provenance/origin.ts';
import { namespaceOf, type ToolDefinition } from '../../domain/tool/definition.ts';
import type { Facts } from '../../domain/tool/facts.ts';
import { readCameIn } from '../adapters/provenance.ts';
import type { Counting, OpenRunRecord } from '../adapters/runs.ts';
import { findTool } from '../tools/registry.ts';

/** What a run has done and seen before a call, as far as policies ask for it. */
export interface RunContext {
  readonly history: RequestParts['history'];
  /** What has to be so still when the decision is recorded. */
  readonly counting: Counting;
  readonly scores: RequestParts['scores'];
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
    if (!asksFor(reads, 'provenance') && !asksFor(reads, 'scores')) {
      return { history, counting, scores: { injection: 0 }, originsOf: () => undefined };
    }
    const { provenanceKey } = run;
    if (provenanceKey === undefined) {
      return { history, counting, scores: { injection: UNKNOWN_SCORE }, originsOf: () => undefined };
    }
    const tools = envelopes[run.workflow]?.permissions.allowed_tools ?? [];
    const cameIn = await readCameIn(client, run, [...new Set(tools.map(namespaceOf))]);
    const seen = cameIn.map(({ names }) => names);
    return {
      history,
      counting,
      scores: { injection: Math.max(0, ...cameIn.map(({ injection = 0 }) => injection)) },
      originsOf: (parameters, resource) =>
        originsOf(tool, parameters, resource, seen, provenanceKey, findTool),
    };
  };
}

/** Of a run that was begun before policies asked: nobody looked at what it has read. */
const UNKNOWN_SCORE = 1000;
