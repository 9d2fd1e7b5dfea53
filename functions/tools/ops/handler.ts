import { executor } from '../../execute/executor.ts';
import { ops } from './definitions.ts';
import { opsHandlers } from './handlers.ts';

export const handler = executor(ops, opsHandlers);
