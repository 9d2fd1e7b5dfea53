import {
  type Directory,
  type IdentityDirectory,
  type Person,
  personBehind,
} from '../../domain/approval/directory.ts';
import type { SlackSettings } from '../../domain/approval/slack-settings.ts';

/** The directory of the policy bundle. @param slack - without it nobody comes from Slack */
export function configuredDirectory(
  directory: Directory,
  slack: Pick<SlackSettings, 'team'> | undefined,
): IdentityDirectory {
  return {
    personBehind: async (identity) =>
      identity.kind === 'iam'
        ? personBehind(directory, identity.userArn)
        : slackMember(directory, slack, identity),
    peopleWith: async (roles) => directory.people.filter((person) => hasOneOf(person, roles)),
  };
}

/** INVARIANT: ids of members are unique within a workspace only, so those of another one name nobody here. */
function slackMember(
  { people }: Directory,
  slack: Pick<SlackSettings, 'team'> | undefined,
  { team, user }: { readonly team: string; readonly user: string },
): Person | undefined {
  return slack?.team === team ? people.find((person) => person.slack?.includes(user)) : undefined;
}

function hasOneOf({ roles }: Person, asked: readonly string[]): boolean {
  return roles.some((role) => asked.includes(role));
}
