import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { NAMESPACES } from '../../functions/tools/registry.ts';
import { countersign } from '../../infra/countersign.ts';
import { withDeploymentOrigins } from '../../infra/origins.ts';
import { buildPolicyBundle } from '../../infra/policy/build-bundle.ts';
import { POLICIES, PROJECT } from '../../infra/policy/paths.ts';
import { settingsOf } from '../../infra/settings.ts';

/** A resource of a template, as CloudFormation has it. */
export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape depends on the type, and each test knows its own
  readonly Properties: any;
  readonly DeletionPolicy?: string;
}

/** Resources of the whole deployment by logical id; those of a workflow's stack by `<workflow>/<logical id>`. */
export interface Synthesized {
  readonly resources: ReadonlyMap<string, Resource>;
  readonly stacks: ReadonlyMap<string, Template>;
}

/** Settings of `cdk.json`. */
export const CONTEXT: Readonly<Record<string, unknown>> = JSON.parse(
  readFileSync(join(PROJECT, 'cdk.json'), 'utf8'),
).context;

/** The deployment as `cdk.json` and these settings describe it, synthesized in a folder that is gone afterwards. */
export function synthesized(context: Readonly<Record<string, unknown>> = {}): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'synth-'));
  try {
    const app = new App({ outdir, context: { ...CONTEXT, slack: true, ...context } });
    const settings = settingsOf(app);
    const namespaces = withDeploymentOrigins(NAMESPACES, app, settings);
    countersign(app, { ...settings, namespaces, bundle: buildPolicyBundle(POLICIES, namespaces) });
    const stacks = app.node.children.filter((child) => child instanceof Stack);
    const templates = new Map(stacks.map((stack) => [stack.stackName, Template.fromStack(stack)]));
    const resources = [...templates].flatMap(([stack, template]) => {
      const [, workflow] = /-workflow-(.+)$/.exec(stack) ?? [];
      const entries = Object.entries((template.toJSON().Resources ?? {}) as Record<string, Resource>);
      // workflows are made of the same constructs, so their stacks have the same ids
      return entries.map(([id, each]) => [workflow === undefined ? id : `${workflow}/${id}`, each] as const);
    });
    return { resources: new Map(resources), stacks: templates };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

export function ofType({ resources }: Synthesized, type: string): [string, Resource][] {
  return [...resources].filter(([, resource]) => resource.Type === type);
}
