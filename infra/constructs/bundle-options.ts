import type { BuildOptions } from 'esbuild';
import { PROJECT } from '../policy/paths.ts';

/**
 * One file of code with everything in it, the AWS SDK too, so that what was tested is what runs. CommonJS, because
 * Cedar's package finds its WASM beside the file that it is in.
 */
export const BUNDLE_OPTIONS = {
  absWorkingDir: PROJECT,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  minify: true,
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
} as const satisfies BuildOptions;
