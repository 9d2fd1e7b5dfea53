import { executor } from '../../execute/executor.ts';
import { erp } from './definitions.ts';
import { erpHandlers } from './handlers.ts';

export const handler = executor(erp, erpHandlers);
