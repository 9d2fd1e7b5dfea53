import { z } from 'zod';
import type { Proposal, Reason } from '../../contracts/call.ts';
import { type FieldError, fieldErrors } from '../fields.ts';
import type { ToolDefinition } from '../tool/definition.ts';
import { inexactNumbers } from './decimals.ts';

const ProposalShape = z.strictObject({
  tool: z.string().min(1).max(128),
  arguments: z.record(z.string(), z.unknown()),
});

export type ParsedProposal =
  | { readonly ok: true; readonly definition: ToolDefinition; readonly proposal: Proposal }
  | { readonly ok: false; readonly tool: string; readonly reasons: readonly Reason[] };

/** Tool name shown for a proposal that names none. */
const NO_TOOL = '(none)';

/**
 * Turns what a model proposed into a typed call, or into every reason why it is none. Arguments come back as the
 * tool's schema reads them, so that the digest, the decision and the tool all see the same values.
 */
export function parseProposal(
  untrusted: unknown,
  findTool: (name: string) => ToolDefinition | undefined,
): ParsedProposal {
  const shape = ProposalShape.safeParse(untrusted);
  if (!shape.success) {
    return {
      ok: false,
      tool: proposedTool(untrusted),
      reasons: reasonsFor('malformed_proposal', shape.error),
    };
  }
  const { tool, arguments: untrustedArguments } = shape.data;
  const definition = findTool(tool);
  if (definition === undefined) {
    const message = `tool '${tool}' is not registered, propose one of the workflow's tools`;
    return { ok: false, tool, reasons: [{ code: 'unknown_tool', message }] };
  }
  const parsed = definition.input.safeParse(untrustedArguments);
  if (!parsed.success) {
    return { ok: false, tool, reasons: reasonsFor('invalid_arguments', parsed.error) };
  }
  const inexact = inexactNumbers(definition.input, parsed.data);
  if (inexact.length > 0) {
    return { ok: false, tool, reasons: reasonsOf('invalid_arguments', inexact) };
  }
  return { ok: true, definition, proposal: { tool, arguments: parsed.data } };
}

function reasonsFor(code: string, error: z.ZodError): Reason[] {
  return reasonsOf(code, fieldErrors(error));
}

function reasonsOf(code: string, fields: readonly FieldError[]): Reason[] {
  return fields.map(({ field, message }) => ({ code, message: `${field}: ${message}` }));
}

function proposedTool(untrusted: unknown): string {
  const tool =
    typeof untrusted === 'object' && untrusted !== null && 'tool' in untrusted ? untrusted.tool : undefined;
  return typeof tool === 'string' && tool !== '' ? tool.slice(0, 128) : NO_TOOL;
}
