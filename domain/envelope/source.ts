import type { ToolDefinition } from '../tool/definition.ts';
import type { Envelope } from './envelope.ts';
import type { CallTypes } from './expression/types.ts';
import type { EnvelopeFile } from './file.ts';
import type { EnvelopeNote } from './normalise.ts';

type Path = EnvelopeNote['path'];

/** What an envelope is compiled against. */
export interface EnvelopeSource {
  readonly written: EnvelopeFile;
  readonly envelope: Envelope;
  /** As reasons name it. */
  readonly file: string;
  readonly lineOf: (path: Path) => number;
  /** Undefined for a tool that is not registered. */
  readonly toolOf: (name: string) => ToolDefinition | undefined;
  readonly typesOf: (tool: string) => CallTypes | undefined;
  /** How many have to approve a call of the tool, at least, where any have to. */
  readonly peopleFor: (tool: ToolDefinition) => number;
  /** Topics that detectors can find. */
  readonly topics: readonly string[];
}

/** A tool that the envelope allows, with what the file says of it. */
export interface ToolEntry {
  readonly tool: ToolDefinition;
  readonly types: CallTypes;
  readonly path: Path;
  /** Its place in `policy.tools`. */
  readonly rule?: { readonly index: number; readonly written: PolicyTool };
  readonly isAllowed: boolean;
}

type PolicyTool = NonNullable<NonNullable<EnvelopeFile['policy']>['tools']>[number];
