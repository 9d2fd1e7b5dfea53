import { z } from 'zod';
import { digestOf } from '../call/canonical.ts';
import type { ToolDefinition } from './definition.ts';

/** A definition without its functions, as JSON; whatever a tool declares is in it. */
export function describedTool({
  input,
  output,
  facts,
  access,
  undo,
  ...rest
}: ToolDefinition): Readonly<Record<string, unknown>> {
  return {
    ...rest,
    ...(undo === undefined ? {} : { undo: undo.tool }),
    input: z.toJSONSchema(input),
    output: z.toJSONSchema(output),
    ...(facts === undefined ? {} : { facts: z.toJSONSchema(facts) }),
    access: access.map((declared) => ({ ...declared, keys: undefined })),
  };
}

/** Definitions live as long as their function. */
const digests = new WeakMap<ToolDefinition, string>();

/** SHA-256 of what a tool declares, hex: another definition is another tool. */
export function toolDigest(definition: ToolDefinition): string {
  const known = digests.get(definition);
  if (known !== undefined) {
    return known;
  }
  const digest = digestOf(describedTool(definition));
  digests.set(definition, digest);
  return digest;
}
