import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { NAMESPACES } from '../functions/tools/registry.ts';
import { countersign } from './countersign.ts';
import { buildPolicyBundle } from './policy/build-bundle.ts';
import { POLICIES } from './policy/paths.ts';
import { settingsOf } from './settings.ts';

const app = new App();
const settings = settingsOf(app);
countersign(app, { ...settings, namespaces: NAMESPACES, bundle: buildPolicyBundle(POLICIES, NAMESPACES) });
Tags.of(app).add('countersign', settings.prefix);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
