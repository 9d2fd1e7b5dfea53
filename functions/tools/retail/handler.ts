import { executor } from '../../execute/executor.ts';
import { retail } from './definitions.ts';
import { retailHandlers } from './handlers.ts';

export const handler = executor(retail, retailHandlers);
