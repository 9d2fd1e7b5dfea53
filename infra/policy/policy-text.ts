import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { BundledPolicy } from '../../domain/policy/bundle.ts';
import { readsOf } from './policy-reads.ts';
import { scopeOf } from './policy-scope.ts';

/** Where a policy comes from. */
interface Origin {
  /** Below `policies`. */
  readonly file: string;
  /** Before its own id. */
  readonly prefix: string;
  readonly line: number;
}

/** A policy with what Cedar says of its head, or what is wrong with it. */
export function bundledPolicy(
  text: string,
  { file, prefix, line }: Origin,
): BundledPolicy | { readonly problem: string } {
  const json = policyToJson(text);
  if (json.type === 'failure') {
    return { problem: `${file}:${line}: ${json.errors.map(({ message }) => message).join('; ')}` };
  }
  const { effect, annotations = {} } = json.json;
  if (annotations.id === undefined) {
    return { problem: `${file}:${line}: the policy has no @id, give it one that is unique in the file` };
  }
  return {
    id: `${prefix}/${annotations.id}`,
    text,
    effect,
    annotations,
    scope: scopeOf(json.json),
    reads: readsOf(json.json),
    file,
    line,
  };
}
