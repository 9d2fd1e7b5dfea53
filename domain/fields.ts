import type { z } from 'zod';

export interface FieldError {
  /** Path in dots, `(root)` for the value itself. */
  readonly field: string;
  readonly message: string;
}

/** Every bad field of a value that a schema refused, in one list; messages in the style of the house. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: path === '' ? key : `${path}.${key}`,
        message: 'unknown field, remove it',
      }));
    }
    return [
      {
        field: path === '' ? '(root)' : path,
        message: issue.message.replace(/^Invalid (input|option): /, ''),
      },
    ];
  });
}
