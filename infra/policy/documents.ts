import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import { type Directory, DirectoryShape } from '../../domain/approval/directory.ts';
import { type SlackSettings, SlackShape } from '../../domain/approval/slack-settings.ts';
import { type Budgets, BudgetsShape } from '../../domain/budget/daily-caps.ts';
import { type Prices, PricesShape } from '../../domain/budget/prices.ts';
import {
  type Defaults,
  DefaultsShape,
  type EnvelopeFile,
  EnvelopeFileShape,
} from '../../domain/envelope/file.ts';
import { type HistoryCounters, HistoryShape } from '../../domain/history/counters.ts';
import { readYamlFile, type YamlFile } from './yaml-file.ts';

/** Something in `policies/` is wrong. Carries every problem with its file and line; fails the build. */
export class PolicyFilesInvalid extends Error {
  override readonly name = 'PolicyFilesInvalid';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in policies:\n${problems.join('\n')}`,
    );
    this.problems = problems;
  }
}

/** @throws PolicyFilesInvalid with file and line */
export function readDirectory(root: string): Directory {
  const { value, problems } = directoryFile(root);
  if (value === undefined) {
    throw new PolicyFilesInvalid(problems);
  }
  return value;
}

/** What is counted of runs. @throws PolicyFilesInvalid with file and line */
export function readHistory(root: string): HistoryCounters {
  const { value, problems } = historyFile(root);
  if (value === undefined) {
    throw new PolicyFilesInvalid(problems);
  }
  return value.counters;
}

export function directoryFile(root: string): YamlFile<Directory> {
  return readYamlFile(join(root, 'directory.yaml'), DirectoryShape, root);
}

/** What envelopes do not say themselves; the file may be missing. */
export function defaultsFile(root: string): YamlFile<Defaults> {
  const file = join(root, 'defaults.yaml');
  return existsSync(file)
    ? readYamlFile(file, DefaultsShape, root)
    : { name: 'defaults.yaml', value: DefaultsShape.parse({}), problems: [], lineOf: () => 1 };
}

/** What is counted of runs. */
export function historyFile(root: string): YamlFile<z.output<typeof HistoryShape>> {
  return readYamlFile(join(root, 'history.yaml'), HistoryShape, root);
}

/** What may be spent in a day; the file may be missing. */
export function budgetsFile(root: string): YamlFile<Budgets> {
  const file = join(root, 'budgets.yaml');
  return existsSync(file)
    ? readYamlFile(file, BudgetsShape, root)
    : { name: 'budgets.yaml', value: BudgetsShape.parse({}), problems: [], lineOf: () => 1 };
}

/** Where in Slack people are asked; undefined in `value`, without problems, where there is no such file. */
export function slackFile(root: string): Pick<YamlFile<SlackSettings>, 'value' | 'problems'> {
  const file = join(root, 'slack.yaml');
  return existsSync(file) ? readYamlFile(file, SlackShape, root) : { value: undefined, problems: [] };
}

/** What models, tools and people cost. */
export function pricesFile(root: string): YamlFile<Prices> {
  return readYamlFile(join(root, 'prices.yaml'), PricesShape, root);
}

/** Every envelope as its team wrote it, by the name of its file without ending. */
export function envelopeFiles(root: string): ReadonlyMap<string, YamlFile<EnvelopeFile>> {
  return new Map(
    filesIn(join(root, 'envelopes'), '.yaml').map((file) => [
      basename(file, '.yaml'),
      readYamlFile(file, EnvelopeFileShape, root),
    ]),
  );
}

/** Full paths in alphabetical order, so that whatever is built from them is the same everywhere. */
export function filesIn(folder: string, ending: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));
}
