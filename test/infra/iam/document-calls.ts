import { arnOf, type Calls, on } from './calls.ts';
import { PLACE } from './concrete.ts';
import type { DeployedPolicies } from './deployed-policies.ts';

// "the" document is the one that the calls in tool-cases.ts are about

export const DOCUMENT = 'opening-hours.md';

/** By what it is that somebody might want of an object; `delete` is for good, `remove` leaves the versions. */
const OBJECT_ACTIONS = {
  read: 's3:GetObject',
  'read a version of': 's3:GetObjectVersion',
  write: 's3:PutObject',
  remove: 's3:DeleteObject',
  'delete a version of': 's3:DeleteObjectVersion',
} as const;

/** Objects beside the one, each of which somebody might take it for. */
function otherObjects(policies: DeployedPolicies): Readonly<Record<string, string>> {
  const documents = arnOf(policies, 'S3::Bucket', 'Documents');
  return {
    'another document': `${documents}/acme/prices.json`,
    'a document whose name begins alike': `${documents}/acme/${DOCUMENT}.bak`,
    'the same document of another tenant': `${documents}/globex/${DOCUMENT}`,
    'the same document of a tenant whose name begins alike': `${documents}/acme-eu/${DOCUMENT}`,
    'the same document of no tenant': `${documents}/${DOCUMENT}`,
    'the same document of another deployment': `arn:${PLACE.partition}:s3:::other-documents-${PLACE.account}-${PLACE.region}/acme/${DOCUMENT}`,
    'an object of that name in the audit bucket': `${arnOf(policies, 'S3::Bucket', 'Audit')}/acme/${DOCUMENT}`,
    'an object of that name among the transcripts': `${arnOf(policies, 'S3::Bucket', 'Transcripts')}/acme/${DOCUMENT}`,
  };
}

/** All that a tool for documents, or somebody who has taken one over, might try on buckets. */
export function documentCalls(policies: DeployedPolicies): Calls {
  const documents = arnOf(policies, 'S3::Bucket', 'Documents');
  const object = `${documents}/acme/${DOCUMENT}`;
  const objects = { 'the document': object, ...otherObjects(policies) };
  const listing = (prefix?: string, action = 's3:ListBucketVersions') => ({
    action,
    resource: documents,
    ...(prefix === undefined ? {} : { context: { 's3:prefix': prefix } }),
  });
  return {
    ...Object.fromEntries(
      Object.entries(objects).flatMap(([name, arn]) =>
        Object.entries(OBJECT_ACTIONS)
          // the bucket policy of the log denies some of these to everybody, which is no proof about the agent
          .filter(([, action]) => !(arn.includes('udit') && action !== 's3:GetObject'))
          .map(([verb, action]) => [`${verb} ${name}`, on(arn, action)]),
      ),
    ),
    'list the versions of the document': listing(`acme/${DOCUMENT}`),
    'list the versions of another document': listing('acme/prices.json'),
    'list the versions of every document of the tenant': listing('acme/'),
    'list the versions of the same document of another tenant': listing(`globex/${DOCUMENT}`),
    'list the versions of tenants that begin alike': listing('acme'),
    'list every version': listing(),
    'list every version with an empty prefix': listing(''),
    'list the documents': listing(undefined, 's3:ListBucket'),
    'list the documents that begin like the document': listing(`acme/${DOCUMENT}`, 's3:ListBucket'),
    'publish the document': on(object, 's3:PutObjectAcl'),
    'see who may read the document': on(object, 's3:GetObjectAcl'),
    'tag the document': on(object, 's3:PutObjectTagging'),
    'replace the policy of the bucket of documents': on(documents, 's3:PutBucketPolicy'),
    'stop keeping versions of documents': on(documents, 's3:PutBucketVersioning'),
    'let documents expire': on(documents, 's3:PutLifecycleConfiguration'),
    'delete the bucket of documents': on(documents, 's3:DeleteBucket'),
  };
}
