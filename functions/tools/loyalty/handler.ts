import { ENV } from '../../../contracts/environment.ts';
import { functionInvoker } from '../../adapters/existing-function.ts';
import { executor } from '../../execute/executor.ts';
import { environment } from '../../runtime/environment.ts';
import { loyalty } from './definitions.ts';
import { loyaltyHandlers } from './handlers.ts';

export const handler = executor(loyalty, loyaltyHandlers(environment(ENV.prefix), functionInvoker()));
