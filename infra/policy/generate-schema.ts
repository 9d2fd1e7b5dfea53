import { writeFileSync } from 'node:fs';
import { countersigningSchema } from '../../domain/approval/countersigner.ts';
import { cedarSchema } from '../../domain/policy/cedar-schema.ts';
import { NAMESPACES } from '../../functions/tools/registry.ts';
import { readDirectory, readHistory } from './documents.ts';
import { envelopeSchema } from './envelope-schema.ts';
import { eventSchema } from './event-schema.ts';
import {
  COUNTERSIGNING_SCHEMA_FILE,
  ENVELOPE_SCHEMA_FILE,
  EVENT_SCHEMA_FILE,
  POLICIES,
  SCHEMA_FILE,
} from './paths.ts';

writeFileSync(
  SCHEMA_FILE,
  cedarSchema(NAMESPACES, readDirectory(POLICIES).approver_roles, readHistory(POLICIES)),
);
console.log(`wrote ${SCHEMA_FILE}`);

writeFileSync(COUNTERSIGNING_SCHEMA_FILE, countersigningSchema());
console.log(`wrote ${COUNTERSIGNING_SCHEMA_FILE}`);

writeFileSync(ENVELOPE_SCHEMA_FILE, envelopeSchema());
console.log(`wrote ${ENVELOPE_SCHEMA_FILE}`);

writeFileSync(EVENT_SCHEMA_FILE, eventSchema());
console.log(`wrote ${EVENT_SCHEMA_FILE}`);
