/** Keys and metadata of the sample's documents: what infra grants, the tools write and facts read. */

/** Key of a tenant's document. Tenants hold no slash. */
export function documentObjectKey(tenant: string, name: string): string {
  return `${tenant}/${name}`;
}

/** User metadata of a version: who wrote it. Ties every side effect to its run, and a look-up finds it by the key. */
export const DOCUMENT_METADATA = {
  runId: 'run-id',
  callId: 'call-id',
  idempotencyKey: 'idempotency-key',
  /** Who answers for the document, where whoever put it by hand says so. */
  owner: 'owner',
} as const;

/** Stands for the version of a document that is not there. */
export const NO_VERSION = 'none';
