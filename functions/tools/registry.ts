import { namespaceOf, type ToolDefinition, type ToolNamespace } from '../../domain/tool/definition.ts';
import type { FactLoader } from '../../domain/tool/facts.ts';
import { checkedNamespaces } from '../../domain/tool/namespaces.ts';
import { desk } from './desk/definitions.ts';
import { loadDeskFacts } from './desk/facts.ts';
import { documents } from './documents/definitions.ts';
import { loadDocumentsFacts } from './documents/facts.ts';
import { erp } from './erp/definitions.ts';
import { loadErpFacts } from './erp/facts.ts';
import { helpdesk } from './helpdesk/definitions.ts';
import { loadHelpdeskFacts } from './helpdesk/facts.ts';
import { loyalty } from './loyalty/definitions.ts';
import { loadLoyaltyFacts } from './loyalty/facts.ts';
import { ops } from './ops/definitions.ts';
import { loadOpsFacts } from './ops/facts.ts';
import { retail } from './retail/definitions.ts';
import { loadRetailFacts } from './retail/facts.ts';
import { stock } from './stock/definitions.ts';
import { loadStockFacts } from './stock/facts.ts';

/** Every namespace of this deployment. Definitions only: nothing that imports this can run a tool. */
export const NAMESPACES: readonly ToolNamespace[] = checkedNamespaces([
  retail,
  helpdesk,
  documents,
  loyalty,
  stock,
  desk,
  erp,
  ops,
]);

/** Who reads the facts for a namespace's tools. */
const FACT_LOADERS: Readonly<Record<string, FactLoader>> = {
  retail: loadRetailFacts,
  helpdesk: loadHelpdeskFacts,
  documents: loadDocumentsFacts,
  loyalty: loadLoyaltyFacts,
  stock: loadStockFacts,
  desk: loadDeskFacts,
  erp: loadErpFacts,
  ops: loadOpsFacts,
};

const TOOLS: ReadonlyMap<string, ToolDefinition> = new Map(
  NAMESPACES.flatMap(({ tools }) => tools.map((tool) => [tool.name, tool])),
);

export function findTool(name: string): ToolDefinition | undefined {
  return TOOLS.get(name);
}

/** @throws Error for a tool that is not registered. */
export function namespaceOfTool(tool: string): ToolNamespace {
  const namespace = NAMESPACES.find(({ name }) => name === namespaceOf(tool));
  if (namespace === undefined) {
    throw new Error(`tool '${tool}' belongs to no registered namespace`);
  }
  return namespace;
}

/** @throws Error for a tool that is not registered. */
export function factLoaderOf(tool: string): FactLoader {
  const loader = FACT_LOADERS[namespaceOf(tool)];
  if (loader === undefined) {
    throw new Error(`tool '${tool}' has no fact loader, register one for its namespace`);
  }
  return loader;
}
