/** Of runs and warrants that tests put: 32 bytes. */
export const DIGEST_KEY = Buffer.alloc(32, 7).toString('base64url');

/** Of another run. */
export const OTHER_DIGEST_KEY = Buffer.alloc(32, 8).toString('base64url');
