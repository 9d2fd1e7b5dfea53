import { z } from 'zod';
import { defineTool, type ToolNamespace } from '../../domain/tool/definition.ts';

/** Tools of a desk and of a ledger, for envelopes as teams write them. Nothing executes them. */

const Ticket = {
  name: 'Ticket',
  attributes: z.strictObject({
    exists: z.boolean(),
    owner: z.string().optional(),
    tags: z.array(z.string()).optional(),
    openDays: z.int().optional(),
    priority: z.number().optional(),
  }),
};
const SupportCase = { name: 'SupportCase', attributes: z.strictObject({ is_open: z.boolean() }) };

const plain = {
  description: 'a tool of a test',
  output: z.string(),
  access: [],
  maximumCostMicroDollars: 0,
  timeoutSeconds: 10,
  loggedArguments: [],
  resource: Ticket.name,
} as const;
const read = { ...plain, effect: 'read', tier: 0 } as const;
const write = { ...plain, effect: 'write', tier: 2, idempotency: 'by_key' } as const;

const tools = [
  defineTool({
    ...write,
    name: 'payments.refund',
    tier: 3,
    kinds: ['money'],
    input: z.strictObject({
      ticket_id: z.string(),
      amount_usd: z.number(),
      reason: z.string().optional(),
      copies: z.int().optional(),
      in: z.boolean().optional(),
      to: z.strictObject({ iban: z.string().optional() }).optional(),
    }),
    facts: z.strictObject({
      customerTenureMonths: z.int().optional(),
      fraudRiskScore: z.number().optional(),
      lifetimeRefundsCents: z.int().optional(),
      isVip: z.boolean(),
      trustedAccounts: z.array(z.string()),
    }),
  }),
  defineTool({
    ...write,
    name: 'payments.credit',
    tier: 3,
    kinds: ['money'],
    amount: { fact: 'creditCents', unit: 'cents' },
    input: z.strictObject({ ticket_id: z.string() }),
    facts: z.strictObject({
      creditCents: z.int().optional(),
      customerTenureMonths: z.int(),
      fraudRiskScore: z.number(),
      lifetimeRefundsUsd: z.number(),
    }),
  }),
  defineTool({
    ...write,
    name: 'payments.grant',
    tier: 3,
    kinds: ['money'],
    input: z.strictObject({ points: z.int() }),
  }),
  defineTool({
    ...read,
    name: 'tickets.search',
    input: z.strictObject({ query: z.string(), limit: z.int().optional() }),
  }),
  defineTool({
    ...write,
    name: 'tickets.reply',
    input: z.strictObject({
      ticket_id: z.string(),
      body: z.string(),
      citations: z.array(z.string()).optional(),
    }),
  }),
  defineTool({
    ...write,
    name: 'tickets.answer',
    resource: SupportCase.name,
    input: z.strictObject({ body: z.string(), citations: z.array(z.string()) }),
  }),
  defineTool({ ...read, name: 'ledger.lookup_vendor', input: z.strictObject({ vendor_id: z.string() }) }),
  defineTool({ ...read, name: 'ledger.match_po', input: z.strictObject({ po_number: z.string() }) }),
  defineTool({
    ...write,
    name: 'ledger.create_journal_entry',
    tier: 3,
    input: z.strictObject({ amount_usd: z.number(), memo: z.string() }),
  }),
];

export const DESK: ToolNamespace = {
  name: 'desk',
  tableName: (prefix, table) => `${prefix}-${table}`,
  resources: [Ticket, SupportCase],
  tools,
};
