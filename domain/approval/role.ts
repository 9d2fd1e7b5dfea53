import { z } from 'zod';

/** Name of a role that people have: `support_manager`, `FinanceAdmin`. Becomes a member of `context.approvals`. */
export const Role = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'expected a role of letters, digits and underscores');
