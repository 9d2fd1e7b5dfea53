import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { VerifiedIdentity } from '../../../domain/approval/directory.ts';
import { configuredDirectory } from '../../../functions/adapters/directory.ts';
import { arnOf, bundle, directory } from '../../support/bundle.ts';

const TEAM = bundle.slack?.team ?? assert.fail();

describe('the directory of the bundle knows', () => {
  const known: Record<string, VerifiedIdentity> = {
    'a principal that IAM has verified': { kind: 'iam', userArn: arnOf('maria') },
    'a member of the workspace': { kind: 'slack', team: TEAM, user: 'U0MARIA' },
  };
  for (const [who, identity] of Object.entries(known)) {
    test(who, async () => {
      assert.equal((await directory.personBehind(identity))?.id, 'maria');
    });
  }
});

describe('the directory of the bundle does not know', () => {
  const unknown: Record<string, VerifiedIdentity> = {
    'a principal of nobody': { kind: 'iam', userArn: arnOf('app') },
    'a principal that is none': { kind: 'iam', userArn: 'maria' },
    'a member of another workspace with the same id': { kind: 'slack', team: 'T0OTHER', user: 'U0MARIA' },
    'a member of the workspace who is nobody in the file': { kind: 'slack', team: TEAM, user: 'U0NOBODY' },
    'an id of a person as if it were one of slack': { kind: 'slack', team: TEAM, user: 'maria' },
  };
  for (const [who, identity] of Object.entries(unknown)) {
    test(who, async () => {
      assert.equal(await directory.personBehind(identity), undefined);
    });
  }

  test('anybody in slack where no workspace is configured', async () => {
    const { personBehind } = configuredDirectory(bundle.directory, undefined);
    assert.equal(await personBehind({ kind: 'slack', team: TEAM, user: 'U0MARIA' }), undefined);
  });

  test('somebody without any id in slack', async () => {
    const [maria] = bundle.directory.people;
    const { slack: _, ...person } = maria ?? assert.fail();
    const { personBehind } = configuredDirectory({ ...bundle.directory, people: [person] }, { team: TEAM });
    assert.equal(await personBehind({ kind: 'slack', team: TEAM, user: 'U0MARIA' }), undefined);
    assert.equal((await personBehind({ kind: 'iam', userArn: arnOf('maria') }))?.id, 'maria');
  });
});

describe('people with roles', () => {
  test('are each named once, however many of the roles they have', async () => {
    const people = await directory.peopleWith(['support_manager', 'release_manager']);
    assert.deepEqual(
      people.map(({ id }) => id),
      ['maria', 'theo', 'noor'],
    );
  });

  test('are none of no role', async () => {
    assert.deepEqual(await directory.peopleWith([]), []);
  });
});
