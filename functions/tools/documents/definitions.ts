import { z } from 'zod';
import { documentObjectKey } from '../../../contracts/documents.ts';
import { documentsBucketName } from '../../../contracts/names.ts';
import type { ResourceAccess } from '../../../domain/tool/access.ts';
import { defineTool, type ResourceType, type ToolNamespace } from '../../../domain/tool/definition.ts';
import { previewOf, undoneBy } from '../../../domain/tool/preview.ts';
import { maximumCost } from './costs.ts';
import * as document from './documents.ts';

/** A document of a tenant. Only `exists` is known of one that is not there. */
export const DocumentResource = {
  name: 'Document',
  attributes: z.strictObject({
    exists: z.boolean(),
    version: z.string().optional(),
    sizeBytes: z.int().nonnegative().optional(),
    /** Run that wrote the current version; absent when somebody did by hand. */
    run: z.string().optional(),
  }),
} satisfies ResourceType;

const TIMEOUT_SECONDS = 20;

/** Nothing that says what is in a document. */
const DOCUMENT_FACTS = ['exists', 'version', 'sizeBytes', 'run'] as const;

const BUCKET = `arn:{partition}:s3:::${documentsBucketName('{prefix}', { account: '{account}', region: '{region}' })}`;
const KEY = documentObjectKey('{tenant}', '{name}');

function onDocument(...actions: readonly string[]): ResourceAccess {
  return { actions, resource: `${BUCKET}/${KEY}` };
}

/** Without it S3 does not tell a document that is absent from one that is closed. */
const listVersions: ResourceAccess = {
  actions: ['s3:ListBucketVersions'],
  resource: BUCKET,
  conditions: { 's3:prefix': KEY },
};

export const getDocument = defineTool({
  name: 'documents.get_document',
  description: 'Get a document: its text and its version. Read a document before you replace it.',
  input: z.strictObject({ name: document.documentName }),
  output: document.Document,
  effect: 'read',
  tier: 0,
  resource: DocumentResource.name,
  access: [onDocument('s3:GetObject'), listVersions],
  maximumCostMicroDollars: maximumCost({ gets: 1, lists: 1 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['name'],
  loggedFacts: DOCUMENT_FACTS,
  retrieves: 'documents',
});

const RESTORE = {
  name: 'documents.restore_document',
  input: z.strictObject({
    name: document.documentName,
    version: document.restoredVersion,
    expected_version: document.expectedVersion,
  }),
} as const;

const PUT = {
  name: 'documents.put_document',
  input: z.strictObject({
    name: document.documentName,
    content: document.content,
    expected_version: document.expectedVersion,
  }),
} as const;

export const putDocument = defineTool({
  ...PUT,
  description:
    'Write a document, whole. Refused unless expected_version is the current one, so read it first and preview ' +
    "what changes; 'none' writes a document that does not exist yet.",
  output: document.Written,
  effect: 'write',
  idempotency: 'by_lookup',
  tier: 2,
  resource: DocumentResource.name,
  access: [onDocument('s3:GetObject', 's3:GetObjectVersion', 's3:PutObject'), listVersions],
  maximumCostMicroDollars: maximumCost({ gets: 1, puts: 1, lookUp: true }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['name', 'expected_version'],
  loggedFacts: DOCUMENT_FACTS,
  kinds: ['create', 'update'],
  keyArguments: { name: 'value', content: 'embedded' },
  preview: 'documents.preview_put_document',
  undo: undoneBy(
    RESTORE,
    { input: PUT.input, output: document.Written },
    ({ name }, { version, replaced_version }) => ({
      name,
      version: replaced_version,
      expected_version: version,
    }),
  ),
});

export const previewPutDocument = previewOf(putDocument, maximumCost({ gets: 1, lists: 1 }));

export const restoreDocument = defineTool({
  ...RESTORE,
  description:
    'Make an earlier version of a document the current one again. Use this to take a change back: version is what ' +
    "the change has replaced, 'none' if the document did not exist before; expected_version is what the change wrote.",
  output: document.Written,
  effect: 'write',
  idempotency: 'by_lookup',
  tier: 2,
  resource: DocumentResource.name,
  access: [
    onDocument('s3:DeleteObject', 's3:GetObject', 's3:GetObjectVersion', 's3:PutObject'),
    listVersions,
  ],
  maximumCostMicroDollars: maximumCost({ gets: 2, puts: 1, lookUp: true }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['name', 'version', 'expected_version'],
  loggedFacts: DOCUMENT_FACTS,
  kinds: ['delete', 'update'],
  undo: undoneBy(
    RESTORE,
    { input: RESTORE.input, output: document.Written },
    ({ name }, { version, replaced_version }) => ({
      name,
      version: replaced_version,
      expected_version: version,
    }),
  ),
});

export const purgeDocument = defineTool({
  name: 'documents.purge_document',
  description: 'Delete every version of a document for good. Nothing can bring it back.',
  input: z.strictObject({ name: document.documentName }),
  output: z.strictObject({ name: document.documentName, purged_versions: z.int().nonnegative() }),
  effect: 'write',
  // what is deleted stays deleted, so doing it again does no more
  idempotency: 'by_key',
  tier: 4,
  resource: DocumentResource.name,
  access: [onDocument('s3:DeleteObjectVersion'), listVersions],
  maximumCostMicroDollars: maximumCost({ purge: true }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['name'],
  loggedFacts: DOCUMENT_FACTS,
  kinds: ['delete'],
  keyArguments: { name: 'value' },
});

/** A tenant's documents in S3: an example of tools that are calls to an AWS API. */
export const documents = {
  name: 'documents',
  tableName: (_prefix: string, table: string): string => {
    throw new Error(`table '${table}': the tools for documents have no tables`);
  },
  resources: [DocumentResource],
  tools: [getDocument, putDocument, previewPutDocument, restoreDocument, purgeDocument],
} as const satisfies ToolNamespace;

/** Each of the tools, for tables that must not miss one. */
export type DocumentsTool = (typeof documents.tools)[number];
