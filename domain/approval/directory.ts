import { z } from 'zod';
import { Role } from './role.ts';

const PersonShape = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, 'expected a lower-case id of at most 64 characters'),
  name: z.string().min(1),
  roles: z.array(Role),
  /**
   * IAM principals that this person signs requests as. `role/<role>/<session>` for an assumed role, as IAM Identity
   * Center gives everybody one, or `user/<name>`.
   */
  principals: z.array(z.string().regex(/^(role\/[\w+=,.@-]+\/[\w+=,.@-]+|user\/[\w+=,.@-]+)$/)).min(1),
});

/** Who may decide what, until an identity provider says so. The document is `policies/directory.yaml`. */
export const DirectoryShape = z
  .strictObject({
    version: z.literal(1),
    /** Roles that policies may ask for; each becomes a member of `context.approvals`. */
    approver_roles: z.array(Role).min(1),
    /** Roles whose people may open, confirm, reject and end break-glass. @default nobody may */
    break_glass_roles: z.array(Role).default([]),
    people: z.array(PersonShape),
  })
  .superRefine(({ approver_roles, break_glass_roles, people }, context) => {
    const known = [...approver_roles, ...break_glass_roles];
    people.forEach((person, index) => {
      for (const role of person.roles.filter((role) => !known.includes(role))) {
        context.addIssue({
          code: 'custom',
          path: ['people', index, 'roles'],
          message: `role '${role}' is not among approver_roles or break_glass_roles, add it there or correct it`,
        });
      }
    });
  });

export type Directory = z.output<typeof DirectoryShape>;
export type Person = Directory['people'][number];

/**
 * The person behind a verified IAM caller.
 *
 * @param userArn - `requestContext.authorizer.iam.userArn` of an HTTP API
 */
export function personBehind(directory: Directory, userArn: string | undefined): Person | undefined {
  const principal = principalOf(userArn);
  return principal === undefined
    ? undefined
    : directory.people.find((person) => person.principals.includes(principal));
}

/** `role/<role>/<session>` or `user/<name>` of an ARN; undefined for anything else, the account's root among it. */
export function principalOf(userArn: string | undefined): string | undefined {
  const assumedRole = userArn?.match(/^arn:[\w-]+:sts::\d{12}:assumed-role\/([^/]+)\/([^/]+)$/);
  if (assumedRole) {
    return `role/${assumedRole[1]}/${assumedRole[2]}`;
  }
  const user = userArn?.match(/^arn:[\w-]+:iam::\d{12}:user\/(?:.*\/)?([^/]+)$/);
  return user ? `user/${user[1]}` : undefined;
}
