import { z } from 'zod';
import { EVENT_VERSION } from '../../contracts/events.ts';

const Header = {
  v: z.literal(EVENT_VERSION),
  id: z.string(),
  at: z.iso.datetime(),
  tenant: z.string(),
  runId: z.string(),
  workflow: z.string(),
  agent: z.string(),
};
const OfApproval = { callId: z.string(), approvalId: z.string() };
const Why = z.looseObject({ code: z.string(), message: z.string() });
const Field = z.looseObject({ field: z.string() });

/** Events that are shown as parts of a call; of all others it is enough that they can be put in order, and shown as they are. */
const SHAPES = {
  'approval.waiting': { ...OfApproval, expiresAt: z.string() },
  'approval.told': { ...OfApproval, approverRole: z.string(), channel: z.string(), why: z.string() },
  'approval.verdict': {
    ...OfApproval,
    verdict: z.enum(['approve', 'reject', 'withdraw']),
    by: z.string(),
    note: z.string().optional(),
  },
  'call.executed': {
    ...{ callId: z.string(), tool: z.string(), status: z.enum(['succeeded', 'failed', 'unknown']) },
    effects: z.array(z.string()),
    changes: z.record(z.string(), z.array(Field)).optional(),
    error: Why.optional(),
    undo: z.looseObject({ tool: z.string() }).optional(),
    redacted: z.record(z.string(), z.number()).optional(),
    costMicroDollars: z.number(),
    releasedMicroDollars: z.number(),
  },
  'call.settled': {
    ...{ callId: z.string(), tool: z.string(), happened: z.boolean(), by: z.string(), note: z.string() },
    evidence: z.string().optional(),
  },
} as const;

/** As much of an event as is read of it, but of decisions, which have a shape of their own. */
export const RecordedEventShape = z.union([
  ...Object.entries(SHAPES).map(([type, members]) =>
    z.looseObject({ ...Header, type: z.literal(type), ...members }),
  ),
  z.looseObject({ ...Header, type: z.string().refine((type) => !Object.hasOwn(SHAPES, type)) }),
] as unknown as readonly [z.ZodObject, ...z.ZodObject[]]);
