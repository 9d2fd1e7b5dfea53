import { mean } from './statistics.ts';
import type { Invocation, TracedCall } from './trace-listener.ts';

/** Mean milliseconds of each step inside the two functions of a governed read, in their order. */
export function callSteps(invocations: readonly Invocation[]): Readonly<Record<string, number>> {
  const of = (service: string) => invocations.filter((each) => each.service === service);
  return { ...means(of('authorize').map(authorizeSteps)), ...means(of('tools-retail').map(executeSteps)) };
}

function means(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, mean(all.map((steps) => steps[name] ?? 0))]));
}

/** Run and facts are read at the same time; Cedar is between them and the record. */
function authorizeSteps(invocation: Invocation): Record<string, number> {
  const [run, facts, record] = invocation.calls;
  const reads = together(run, facts);
  return {
    'authorize: run and facts read': reads,
    'authorize: decision recorded': length(record),
    'authorize: Cedar and all else': length(invocation) - reads - length(record),
  };
}

function executeSteps(invocation: Invocation): Record<string, number> {
  const named = (operation: string) => invocation.calls.find((call) => call.operation === operation);
  const warrant = named('GetItem');
  const begin = named('UpdateItem');
  const assume = named('AssumeRole');
  const settle = named('TransactWriteItems');
  const ready = together(begin, assume);
  const tool = start(settle) - Math.max(end(begin), end(assume));
  const known = [length(warrant), ready, tool, length(settle)].reduce((sum, each) => sum + each);
  return {
    'execute: warrant read': length(warrant),
    'execute: attempt begun and role assumed': ready,
    'execute: tool': tool,
    'execute: outcome settled': length(settle),
    'execute: all else': length(invocation) - known,
  };
}

/** From the beginning of the first to the end of the last. */
function together(one: Span, other: Span): number {
  return Math.max(end(one), end(other)) - Math.min(start(one), start(other));
}

type Span = Pick<TracedCall, 'startedAt' | 'endedAt'> | undefined;

function start(span: Span): number {
  return span?.startedAt ?? Number.NaN;
}

function end(span: Span): number {
  return span?.endedAt ?? Number.NaN;
}

function length(span: Span): number {
  return end(span) - start(span);
}
