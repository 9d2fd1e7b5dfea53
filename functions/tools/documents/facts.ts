import { DOCUMENT_METADATA, documentObjectKey } from '../../../contracts/documents.ts';
import type { FactLoader } from '../../../domain/tool/facts.ts';
import { documentsBucket } from './bucket.ts';
import { DocumentResource } from './definitions.ts';

/** What S3 says about the current version of the document that a call names. */
export const loadDocumentsFacts: FactLoader = async ({ tenant, arguments: { name } }, reader) => {
  const id = String(name);
  const head = await reader.head(documentsBucket(), documentObjectKey(tenant, id));
  const run = head?.metadata[DOCUMENT_METADATA.runId];
  const attributes =
    head === undefined
      ? { exists: false }
      : {
          exists: true,
          version: head.version,
          sizeBytes: head.sizeBytes,
          ...(run === undefined ? {} : { run }),
        };
  return { resource: { type: DocumentResource.name, id, attributes }, call: {} };
};
