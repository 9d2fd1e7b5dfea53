import type { Prices } from '../../domain/budget/prices.ts';
import { didYouMean } from '../../domain/nearest.ts';
import type { ToolNamespace } from '../../domain/tool/definition.ts';
import type { YamlFile } from './yaml-file.ts';

/** Prices of no tool, each with file and line: the tool that was meant would be used as if it were free. */
export function toolPriceProblems(
  { name: file, value, lineOf }: YamlFile<Prices>,
  namespaces: readonly ToolNamespace[],
): string[] {
  const known = namespaces.flatMap(({ tools }) => tools.map(({ name }) => name));
  return Object.keys(value?.tools ?? {}).flatMap((tool) =>
    known.includes(tool)
      ? []
      : [
          `${file}:${lineOf(['tools', tool])}: a price of '${tool}', which is no registered tool${didYouMean(tool, known)}`,
        ],
  );
}
