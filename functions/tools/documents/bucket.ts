import { ENV } from '../../../contracts/environment.ts';
import { documentsBucketName } from '../../../contracts/names.ts';
import { environment } from '../../runtime/environment.ts';

/** The bucket of this deployment. */
export function documentsBucket(): string {
  const place = { account: environment(ENV.account), region: environment(ENV.region) };
  return documentsBucketName(environment(ENV.prefix), place);
}
