import { z } from 'zod';

/** A name that fits a turn of a conversation and, in every letter, the log. */
const MAXIMUM_NAME_LENGTH = 64;

/** In characters; many documents together still fit into an answer of Step Functions, which ends at 256 KiB. */
export const MAXIMUM_CONTENT_LENGTH = 16_000;

/** S3's are 32 characters; it may make them longer. */
const MAXIMUM_VERSION_LENGTH = 128;

/**
 * One dot, and a known ending: no name begins with all of another, so that listing what begins with a name lists the
 * versions of one document.
 */
export const documentName = z
  .string()
  .max(MAXIMUM_NAME_LENGTH)
  .regex(
    /^[a-z0-9][a-z0-9_-]*\.(json|md|txt)$/,
    "expected lower-case letters, digits, '-' and '_', then .json, .md or .txt",
  )
  .describe("Name of the document, such as 'opening-hours.md'");

const version = z
  .string()
  .max(MAXIMUM_VERSION_LENGTH)
  .regex(/^[A-Za-z0-9._-]+$/, 'expected a version as a tool has answered it');

export const expectedVersion = version.describe(
  "Version that is replaced, as get_document has answered it; 'none' for a document that does not exist yet",
);
export const restoredVersion = version.describe(
  "Earlier version to make the current one; 'none' to remove the document",
);

export const content = z.string().max(MAXIMUM_CONTENT_LENGTH).describe('The whole text of the document');

/** What `get_document` answers. */
export const Document = z.strictObject({
  name: documentName,
  version,
  content: z.string(),
  /** Run that wrote this version; absent when somebody did by hand. */
  run_id: z.string().optional(),
});
export type Document = z.output<typeof Document>;

/** What writes answer: `none` stands for no document, before or after. */
export const Written = z.strictObject({ name: documentName, version, replaced_version: version });
export type Written = z.output<typeof Written>;
