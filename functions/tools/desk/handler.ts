import { executor } from '../../execute/executor.ts';
import { desk } from './definitions.ts';
import { deskHandlers } from './handlers.ts';

export const handler = executor(desk, deskHandlers);
