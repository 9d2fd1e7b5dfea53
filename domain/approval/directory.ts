import { z } from 'zod';
import { digestOf } from '../call/canonical.ts';
import { redactText } from '../redaction/redact.ts';
import { Role } from './role.ts';

const PersonShape = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, 'expected a lower-case id of at most 64 characters')
    // the log has it in the clear, for years, beside everything that this person has decided
    .refine((id) => redactText(id).value === id, {
      message: 'is personal data, such as an e-mail address; give an id that means nothing elsewhere',
    }),
  name: z.string().min(1),
  roles: z.array(Role),
  /**
   * IAM principals that this person signs requests as. `role/<role>/<session>` for an assumed role, as IAM Identity
   * Center gives everybody one, or `user/<name>`.
   */
  principals: z.array(z.string().regex(/^(role\/[\w+=,.@-]+\/[\w+=,.@-]+|user\/[\w+=,.@-]+)$/)).min(1),
  /** Ids in the workspace of `policies/slack.yaml`. @default nobody in Slack */
  slack: z
    .array(z.string().regex(/^[UW][A-Z0-9]{2,20}$/, 'expected a member id, such as U012AB3CD'))
    .optional(),
  /** What systems of record call this person, as a customer or an employee. @default only the id itself */
  aliases: z.array(z.string().min(1)).optional(),
  /** Tenants whose calls the person may decide on. @default all */
  tenants: z.array(z.string().min(1)).min(1).optional(),
});

const People = z.int().min(1).max(9);

/** Money, production and what is privileged take two people. */
const MinimumQuorum = z.strictObject({
  1: People.default(1),
  2: People.default(1),
  3: People.default(2),
  4: People.default(2),
});

/** Who may decide what, until an identity provider says so. The document is `policies/directory.yaml`. */
export const DirectoryShape = z
  .strictObject({
    version: z.literal(1),
    /** Roles that policies may ask for; each becomes a member of `context.approvals`. */
    approver_roles: z.array(Role).min(1),
    /** Roles whose people may open, confirm, reject and end break-glass. @default nobody may */
    break_glass_roles: z.array(Role).default([]),
    /** Roles whose people may erase a person's data, and hold a run's. @default nobody may */
    privacy_roles: z.array(Role).default([]),
    /** How many distinct people approve a call, at least, where any have to; by the tier of its tool. */
    minimum_quorum: MinimumQuorum.prefault({}),
    people: z.array(PersonShape),
  })
  .superRefine(({ approver_roles, break_glass_roles, privacy_roles, people }, context) => {
    const known = [...approver_roles, ...break_glass_roles, ...privacy_roles];
    people.forEach((person, index) => {
      for (const role of person.roles.filter((role) => !known.includes(role))) {
        context.addIssue({
          code: 'custom',
          path: ['people', index, 'roles'],
          message: `role '${role}' is not among approver_roles, break_glass_roles or privacy_roles, add it there or correct it`,
        });
      }
    });
    for (const { path, message } of sharedNames(people)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

interface NamedPlace {
  readonly name: string;
  readonly path: readonly (string | number)[];
}

/**
 * INVARIANT: whatever names one person names no other. Else two would count as one towards a quorum, or one as two, and it could not be
 * told who asked for a call or gains from it.
 */
function sharedNames(
  people: readonly z.output<typeof PersonShape>[],
): { readonly path: NamedPlace['path']; readonly message: string }[] {
  const holders = new Map<string, number>();
  return people.flatMap((person, index) =>
    namesOf(person, index).flatMap(({ name, path }) => {
      const holder = holders.get(name) ?? index;
      holders.set(name, holder);
      const message = `names ${people[holder]?.name} already, give it to one of them only`;
      return holder === index ? [] : [{ path, message }];
    }),
  );
}

function namesOf(
  { id, principals, slack = [], aliases = [] }: z.output<typeof PersonShape>,
  index: number,
): readonly NamedPlace[] {
  const listed = { principals, slack, aliases };
  return [
    { name: id, path: ['people', index, 'id'] },
    ...Object.entries(listed).flatMap(([member, names]) =>
      names.map((name, position) => ({ name, path: ['people', index, member, position] })),
    ),
  ];
}

export type Directory = z.output<typeof DirectoryShape>;
export type Person = Directory['people'][number];

/** Somebody whose identity was verified elsewhere. */
export type VerifiedIdentity =
  /** @param userArn - `requestContext.authorizer.iam.userArn` of an HTTP API */
  | { readonly kind: 'iam'; readonly userArn: string }
  /** Of a request that Slack has signed. */
  | { readonly kind: 'slack'; readonly team: string; readonly user: string };

/**
 * Who people are and what roles they have: a file now, an identity provider where a deployment has one.
 *
 * INVARIANT: an identity is one person's at most, and a person has one id for ever; quorums count ids.
 */
export interface IdentityDirectory {
  /** Undefined for somebody whom it does not know. @throws when it cannot be asked: whoever asks fails closed */
  readonly personBehind: (identity: VerifiedIdentity) => Promise<Person | undefined>;
  /** Everybody with one of these roles, each once. @throws when it cannot be asked: whoever asks fails closed */
  readonly peopleWith: (roles: readonly string[]) => Promise<readonly Person[]>;
}

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

const PRINCIPAL_DIGITS = 32;

/**
 * A principal as runs keep it, to be told apart from others: a digest where it has somebody's address or the like in it, as sessions of
 * IAM Identity Center have.
 */
export function recordedPrincipal(principal: string): string {
  return redactText(principal).value === principal
    ? principal
    : `sha256:${digestOf(principal).slice(0, PRINCIPAL_DIGITS)}`;
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
