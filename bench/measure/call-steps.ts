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

/** Run and warrant are read at the same time, then the facts; Cedar is between these and the record. */
function authorizeSteps(invocation: Invocation): Record<string, number> {
  const [run, warrant, facts, record] = invocation.calls;
  const reads = Math.max(end(run), end(warrant)) - Math.min(start(run), start(warrant));
  return {
    'authorize: run and warrant read': reads,
    'authorize: facts read': length(facts),
    'authorize: decision recorded': length(record),
    'authorize: Cedar and all else': length(invocation) - reads - length(facts) - length(record),
  };
}

function executeSteps(invocation: Invocation): Record<string, number> {
  const named = (operation: string) => invocation.calls.find((call) => call.operation === operation);
  const warrant = named('GetItem');
  const begin = named('UpdateItem');
  const assume = named('AssumeRole');
  const settle = named('TransactWriteItems');
  const tool = start(settle) - end(assume);
  const known = [warrant, begin, assume, settle].reduce((sum, call) => sum + length(call), tool);
  return {
    'execute: warrant read': length(warrant),
    'execute: attempt begun': length(begin),
    'execute: role assumed': length(assume),
    'execute: tool': tool,
    'execute: outcome settled': length(settle),
    'execute: all else': length(invocation) - known,
  };
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
