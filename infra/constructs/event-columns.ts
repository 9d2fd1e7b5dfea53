import type { EventBody, EventHeader } from '../../contracts/events.ts';
import type { LEAF_MEMBER } from '../../contracts/log.ts';

type MembersOf<T> = T extends unknown ? keyof T : never;
type Member = MembersOf<EventHeader> | MembersOf<EventBody> | typeof LEAF_MEMBER;

/**
 * Hive type of each member of an event, for the table. Lists of texts are arrays; objects, lists of objects and what differs
 * between types of events are the JSON text, `string`. A member without a column does not compile.
 */
export const EVENT_COLUMNS = {
  leaf: 'bigint',
  v: 'int',
  id: 'string',
  at: 'string',
  tenant: 'string',
  runId: 'string',
  workflow: 'string',
  agent: 'string',
  type: 'string',

  user: 'string',
  requestedBy: 'string',
  owner: 'string',
  mode: 'string',
  envelopeDigest: 'string',
  outcome: 'string',
  spentMicroDollars: 'bigint',
  calls: 'bigint',

  model: 'string',
  inputTokens: 'bigint',
  outputTokens: 'bigint',
  costMicroDollars: 'bigint',
  purpose: 'string',
  insteadOf: 'string',
  lost: 'boolean',
  cached: 'boolean',
  invalid: 'string',
  prices: 'string',
  route: 'string',
  pinned: 'string',

  step: 'string',
  share: 'double',
  cap: 'string',
  used: 'double',
  of: 'double',
  beforeMicroDollars: 'bigint',
  capMicroDollars: 'bigint',
  by: 'string',
  note: 'string',
  loop: 'string',
  action: 'string',
  /** Of a break-glass grant it is a text, of everything else code and message. */
  reason: 'string',
  callIds: 'array<string>',

  callId: 'string',
  tool: 'string',
  tier: 'int',
  arguments: 'string',
  digest: 'string',
  resource: 'string',
  decision: 'string',
  policies: 'array<string>',
  policyDigest: 'string',
  reasons: 'string',
  holdMicroDollars: 'bigint',
  approvalId: 'string',
  approverRole: 'string',
  quorum: 'int',
  breakGlass: 'string',
  context: 'string',

  expiresAt: 'string',
  previewDigest: 'string',
  channel: 'string',
  messageTs: 'string',
  why: 'string',
  verdict: 'string',
  via: 'string',
  afterSeconds: 'double',
  state: 'string',

  status: 'string',
  error: 'string',
  outputDigest: 'string',
  effects: 'array<string>',
  redacted: 'string',
  changes: 'string',
  undo: 'string',
  preview: 'string',
  releasedMicroDollars: 'bigint',
  happened: 'boolean',
  evidence: 'string',

  incident: 'string',
  tools: 'array<string>',
  minutes: 'bigint',
  confirmBefore: 'string',
  usedByRun: 'string',
  userId: 'string',
} as const satisfies Record<Member, 'string' | 'int' | 'bigint' | 'double' | 'boolean' | 'array<string>'>;
