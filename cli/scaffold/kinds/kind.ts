import type { ToolName } from '../tool-name.ts';

export const EFFECTS = ['read', 'write'] as const;
export const IDEMPOTENCIES = ['by_lookup', 'by_key', 'none'] as const;

/** The tool to be written, with everything decided. */
export interface NewTool {
  readonly name: ToolName;
  readonly effect: (typeof EFFECTS)[number];
  readonly tier: 0 | 1 | 2 | 3 | 4;
  /** Of a write. */
  readonly idempotency?: (typeof IDEMPOTENCIES)[number];
  /** As a model reads it. */
  readonly description: string;
  /** Of a new namespace that sends requests: an origin, or `deployment:<name>`. */
  readonly destination: string;
  /** Of a new namespace that has a token: the name of its secret. */
  readonly secret: string;
}

/** What the definitions of a namespace that is there already say about where their tools reach. */
export interface SiblingReach {
  /** Source text of the first tool's `destinations`, and of its `secrets`. */
  readonly destinations?: string;
  readonly secrets?: string;
}

/** What a kind may ask about a namespace that is there already. */
export interface NamespaceScope {
  readonly reach: SiblingReach;
  /** Name of the variable or parameter of this type in `handlers.ts`. */
  readonly variableOf: (typeName: string) => string | undefined;
}

/**
 * A kind of tool: how its body reaches what is behind it. One more kind is one more object of this shape in `table.ts`;
 * everything else about a tool is the same for all of them. Texts are TypeScript, formatted afterwards.
 */
export interface Kind {
  /** For `--help`. */
  readonly title: string;
  readonly maximumCostMicroDollars: number;
  readonly timeoutSeconds: number;
  /** Members of the definition that say what the tool reaches, `access` among them. */
  readonly reach: (tool: NewTool, sibling?: SiblingReach) => string;
  /** Whether all tools of a namespace of this kind may reach the same, as they use one connection and one secret. */
  readonly sharesReach: boolean;
  /** Constants that `reach` of a new namespace's first tool names. */
  readonly constants: (tool: NewTool) => string;
  /** Origins that the deployment's context has to name, by their name there. */
  readonly context: (tool: NewTool) => Readonly<Record<string, string>>;
  /** The body: all of `<verb-noun>.ts`. It exports `<identifier>Over`. */
  readonly body: (tool: NewTool) => string;
  /** What `handlers.ts` imports of the body. */
  readonly bodyNames: (tool: NewTool) => readonly string[];
  /** The tool's member of the handlers in a namespace that is there; undefined where the kind does not fit in. */
  readonly handler: (tool: NewTool, scope: NamespaceScope) => string | undefined;
  /** Says what `handler` looks for, for whoever has to hear that it is not there. */
  readonly fitsWhere: string;
  /** All of a new namespace's `handlers.ts` behind its types, with `members` as the members of the object. */
  readonly handlers: (tool: NewTool, members: string) => { readonly imports: string; readonly text: string };
  /** All of a new namespace's `handler.ts`. */
  readonly entry: (tool: NewTool) => string;
  /** The tests of the body: imports, and tests over `ARGUMENTS`. */
  readonly tests: (tool: NewTool) => { readonly imports: string; readonly text: string };
  /** What to do before the tool can be called, in sentences. */
  readonly next: (tool: NewTool) => readonly string[];
}
