import { writeFileSync } from 'node:fs';
import { cedarSchema } from '../../domain/policy/cedar-schema.ts';
import { NAMESPACES } from '../../functions/tools/registry.ts';
import { readDirectory, readHistory } from './documents.ts';
import { POLICIES, SCHEMA_FILE } from './paths.ts';

writeFileSync(
  SCHEMA_FILE,
  cedarSchema(NAMESPACES, readDirectory(POLICIES).approver_roles, readHistory(POLICIES)),
);
console.log(`wrote ${SCHEMA_FILE}`);
