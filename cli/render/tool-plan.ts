import type { ToolPlan } from '../scaffold/new-tool.ts';

/** The plan for programs. */
export function planDocument(
  { tool, kind, workflow, agent, files, byHand, next }: ToolPlan,
  dryRun: boolean,
) {
  return {
    tool: tool.name.full,
    effect: tool.effect,
    tier: tool.tier,
    ...(tool.idempotency === undefined ? {} : { idempotency: tool.idempotency }),
    kind,
    workflow,
    agent,
    dryRun,
    files: files.map(({ path, before }) => ({ path, change: before === undefined ? 'created' : 'changed' })),
    byHand,
    next,
  };
}

/** The plan for people; before anything is written, with every line that would be. */
export function planLines(plan: ToolPlan, dryRun: boolean): readonly string[] {
  const { tool, files, next } = plan;
  const width = 'created'.length;
  return [
    ...files.flatMap(({ path, before, after }) => [
      `${(before === undefined ? 'created' : 'changed').padEnd(width)}  ${path}`,
      ...(dryRun ? addedLines(before ?? '', after).map((line) => `    + ${line}`) : []),
    ]),
    ...byHandLines(plan),
    '',
    dryRun
      ? `nothing was written; without --dry-run ${tool.name.full} would be`
      : `next, for ${tool.name.full}:`,
    ...(dryRun ? [] : next.map((step, index) => `  ${index + 1}. ${step}`)),
  ];
}

/** For each file that is not as expected, the lines that a person would put there. */
export function byHandLines({ byHand }: ToolPlan): readonly string[] {
  return byHand.flatMap(({ path, reason, lines }) => [
    `${path}: ${reason}; put there by hand:`,
    ...lines.map((line) => `    + ${line}`),
  ]);
}

/** Lines of a text that are not in the one before it, in order. */
function addedLines(before: string, after: string): readonly string[] {
  const counts = new Map<string, number>();
  for (const line of before.split('\n')) {
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return after
    .trimEnd()
    .split('\n')
    .filter((line) => {
      const left = counts.get(line) ?? 0;
      counts.set(line, left - 1);
      return left <= 0;
    });
}
