import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { NAMESPACES } from '../functions/tools/registry.ts';
import { countersign } from './countersign.ts';
import { withDeploymentOrigins } from './origins.ts';
import { buildPolicyBundle } from './policy/build-bundle.ts';
import { POLICIES } from './policy/paths.ts';
import { settingsOf } from './settings.ts';

const app = new App();
const settings = settingsOf(app);
const namespaces = withDeploymentOrigins(NAMESPACES, app, settings);
countersign(app, { ...settings, namespaces, bundle: buildPolicyBundle(POLICIES, namespaces, console.warn) });
Tags.of(app).add('countersign', settings.prefix);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
