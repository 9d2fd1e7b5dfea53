import { executor } from '../../execute/executor.ts';
import { documents } from './definitions.ts';
import { documentsHandlers } from './handlers.ts';

export const handler = executor(documents, documentsHandlers);
