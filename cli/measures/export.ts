import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { evaluationCases, policyCases, type WrittenCase } from '../../domain/approval/evaluation.ts';
import type { RecordedApproval } from '../../domain/approval/recorded.ts';
import { findTool } from '../../functions/tools/registry.ts';
import { EXIT, type ExitCode, usageFailure } from '../failure.ts';
import { printable } from '../render/text.ts';
import { type LogOptions, readApprovals } from './read.ts';

export interface ExportOptions extends LogOptions {
  readonly cases?: string;
}

interface ExportSession {
  /** Takes one line. */
  readonly write: (line: string) => void;
  /** For people, apart from the lines. */
  readonly hint: (text: string) => void;
}

/** Writes every verdict on what was asked in some days as an evaluation case, and policy cases where a folder is named. */
export async function exportVerdicts(
  { write, hint }: ExportSession,
  options: ExportOptions,
): Promise<ExitCode> {
  const { approvals } = await readApprovals(options, hint);
  const lines = approvals.flatMap(evaluationCases);
  for (const line of lines) {
    write(JSON.stringify(line));
  }
  hint(`${lines.length} verdicts on ${approvals.length} approvals`);
  if (options.cases !== undefined) {
    writeCases(options.cases, approvals, hint);
  }
  return EXIT.ok;
}

function writeCases(
  folder: string,
  approvals: readonly RecordedApproval[],
  hint: ExportSession['hint'],
): void {
  const all = approvals.flatMap((approval) => policyCases(approval, findTool));
  const made = all.filter((each): each is Extract<WrittenCase, { case: unknown }> => 'case' in each);
  for (const { folder: decision, name, case: document } of made) {
    writeCase(join(resolve(folder), decision), `${name}.json`, document);
  }
  for (const each of all) {
    if ('missing' in each) {
      hint(`no case ${printable(each.name)}: the log does not have ${printable(each.missing.join(', '))}`);
    }
  }
  hint(`${made.length} of ${all.length} cases written to ${folder}`);
}

/** @throws CommandFailure with exit code 2 when it cannot be written */
function writeCase(folder: string, file: string, document: unknown): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, file), `${JSON.stringify(document, null, 2)}\n`);
  } catch (error) {
    throw usageFailure(`${join(folder, file)} cannot be written: ${(error as Error).message}`);
  }
}
