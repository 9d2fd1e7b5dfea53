import { join } from 'node:path';

/** Root of the project. */
export const PROJECT = join(import.meta.dirname, '..', '..');

export const POLICIES = join(PROJECT, 'policies');
export const SCHEMA_FILE = join(POLICIES, 'schema.cedarschema');
/** Of policies that say who may countersign. */
export const COUNTERSIGNING_SCHEMA_FILE = join(POLICIES, 'countersigning', 'schema.cedarschema');
/** What editors hold envelopes to. */
export const ENVELOPE_SCHEMA_FILE = join(POLICIES, 'envelope.schema.json');
/** Of the events of the log, for readers of it. */
export const EVENT_SCHEMA_FILE = join(PROJECT, 'contracts', 'events.schema.json');
