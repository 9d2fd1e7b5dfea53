import { z } from 'zod';

export const productId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/)
  .describe('Id of the product, such as 1008292230');

export const Availability = z.object({ product_id: z.string(), available: z.int().min(0) });

export const Reservation = z.object({
  reservation_id: z.string(),
  product_id: z.string(),
  quantity: z.int().min(1),
});

/** Answers of the search by key. */
export const Reservations = z.object({ reservations: z.array(Reservation) });
