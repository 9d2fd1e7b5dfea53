import { z } from 'zod';
import { CallMark } from '../../adapters/records/mark.ts';

export const serviceName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected lower-case letters, digits and hyphens')
  .describe('Name of the service, such as checkout or checkout-staging');

export const version = z
  .string()
  .regex(/^[0-9]{1,4}(\.[0-9]{1,4}){2}$/, 'expected a version such as 4.2.0')
  .describe('Version of the service, such as 4.2.0');

export const databaseName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, 'expected lower-case letters, digits and underscores')
  .describe('Name of a database of the service, such as checkout_orders');

/** More than any service of the inventory has had. */
const MAXIMUM_REPLICAS = 50;
export const replicas = z
  .int()
  .min(0)
  .max(MAXIMUM_REPLICAS)
  .describe('How many replicas the service is to have');

/**
 * Operations that a service remembers. An attempt that broke off is repeated within the hour, and must find itself here:
 * no service sees so many in that time.
 */
export const REMEMBERED_OPERATIONS = 100;

/** A row of the team's inventory of services: what is wanted of each, which the platform brings about. */
export const Service = z.strictObject({
  service: serviceName,
  environment: z.enum(['prod', 'staging']),
  version,
  /** Every version that was ever deployed to it. */
  deployed_versions: z.array(version),
  /** The service on which versions of this one are tried first. */
  staged_on: serviceName.optional(),
  desired_replicas: z.int().min(0),
  healthy_replicas: z.int().min(0),
  restarts: z.int().min(0),
  databases: z.array(databaseName),
  /** Times in which nothing is deployed, ISO 8601 UTC; from is in it, until is not. */
  freezes: z.array(z.strictObject({ from: z.iso.datetime(), until: z.iso.datetime(), reason: z.string() })),
  /** What runs have done to it, oldest first. */
  operations: z.array(z.strictObject({ operation: z.string(), call: CallMark })),
});
export type Service = z.output<typeof Service>;

/** What tools answer of a service: who did what to it is the ledger's to tell. */
export const ServiceView = Service.omit({ operations: true });
export type ServiceView = z.output<typeof ServiceView>;
