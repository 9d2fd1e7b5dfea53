import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { NAMESPACES } from '../../functions/tools/registry.ts';
import { countersign } from '../../infra/countersign.ts';
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

/** Resources by logical id, of the whole deployment; ids are unique across its stacks. */
export interface Synthesized {
  readonly resources: ReadonlyMap<string, Resource>;
  readonly stacks: ReadonlyMap<string, Template>;
}

/** The deployment as `cdk.json` describes it, synthesized in a folder that is gone afterwards. */
export function synthesized(): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'synth-'));
  try {
    const { context } = JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8'));
    const app = new App({ outdir, context });
    countersign(app, {
      ...settingsOf(app),
      namespaces: NAMESPACES,
      bundle: buildPolicyBundle(POLICIES, NAMESPACES),
    });
    const stacks = app.node.children.filter((child) => child instanceof Stack);
    const templates = new Map(stacks.map((stack) => [stack.stackName, Template.fromStack(stack)]));
    const resources = [...templates.values()].flatMap((template) =>
      Object.entries(template.toJSON().Resources as Record<string, Resource>),
    );
    return { resources: new Map(resources), stacks: templates };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

export function ofType({ resources }: Synthesized, type: string): [string, Resource][] {
  return [...resources].filter(([, resource]) => resource.Type === type);
}
