import { z } from 'zod';

export const memberId = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected lower-case letters, digits and underscores')
  .describe('Id of the member, which is that of the customer, such as lena_hofer_4821');

/** What the function answers of a member. Whatever else it says is left out. */
export const Balance = z.object({ member_id: memberId, points: z.int().min(0) });
