import { documentObjectKey } from '../../../contracts/documents.ts';
import { arnOf, on } from './calls.ts';
import type { Case } from './cases.ts';
import type { DeployedPolicies } from './deployed-policies.ts';
import { callSession } from './session.ts';

/** Policy variables, in two parts so that they are not templates of this file. */
const variable = (inner: string) => ['$', `{${inner}}`].join('');

/** Names as no schema lets them through, with keys that each might be taken for. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  '*': [],
  '**': [],
  '?pening-hours.md': [],
  '*.md': [],
  '*/opening-hours.md': ['acme/globex/opening-hours.md'],
  '../globex/opening-hours.md': ['globex/opening-hours.md'],
  [variable('*')]: ['acme/*'],
  [variable('$')]: ['acme/$'],
  [variable('aws:PrincipalTag/tenant')]: ['acme/acme'],
  [`$${variable('aws:PrincipalTag/tenant')}`]: ['acme/$acme', 'acme/acme'],
  '"],"Resource":["*"]}': [],
  'OPENING-HOURS.MD': [],
};

const OTHERS = ['acme/opening-hours.md', 'acme/prices.json', 'globex/opening-hours.md', 'acme/', 'globex/'];

const TOOLS = {
  'documents.get_document': ['s3:GetObject'],
  'documents.put_document': ['s3:GetObject', 's3:PutObject'],
  'documents.restore_document': ['s3:DeleteObject', 's3:GetObjectVersion', 's3:PutObject'],
} as const;

/** Arguments are text: a name is one object and one prefix, whatever it looks like. */
export async function documentInjectionCases(policies: DeployedPolicies): Promise<Case[]> {
  const bucket = arnOf(policies, 'S3::Bucket', 'Documents');
  const attempts = Object.entries(TOOLS).flatMap(([tool, actions]) =>
    Object.entries(NAMES).map(async ([name, taken]): Promise<Case[]> => {
      const call = { tool, arguments: { name }, resource: { type: 'Document', id: name, attributes: {} } };
      const caller = await callSession(policies, call);
      const who = `${tool} with ${JSON.stringify(name)}`;
      const own = documentObjectKey('acme', name);
      const keys = [...new Set([own, ...OTHERS, ...taken])];
      return keys.flatMap((key): Case[] => {
        const may = key === own;
        const objects = actions.map((action) => ({
          ...{ who, caller, what: `${action} ${JSON.stringify(key)}`, may },
          call: on(`${bucket}/${key}`, action),
        }));
        const versions = {
          ...{ who, caller, what: `list the versions of ${JSON.stringify(key)}`, may },
          call: { action: 's3:ListBucketVersions', resource: bucket, context: { 's3:prefix': key } },
        };
        // the evaluator reads a '*' in a request as a question about many objects, and an escaped dollar sign as three
        // characters where nothing is a pattern: it cannot show these
        return [...(key.includes('*') ? [] : objects), ...(may && key.includes('$') ? [] : [versions])];
      });
    }),
  );
  return (await Promise.all(attempts)).flat();
}
