import type { EnvironmentName } from '../../contracts/environment.ts';

/** @throws Error at start-up, naming the variable; a function that is not told where to work does not start. */
export function environment(name: EnvironmentName): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`environment variable ${name} is not set, infra sets it for the functions that read it`);
  }
  return value;
}
