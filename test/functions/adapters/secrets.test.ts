import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { CallCredentials, ToolContext } from '../../../domain/tool/handler.ts';
import { secretReader } from '../../../functions/adapters/secrets.ts';
import { createTicket, getTicket } from '../../../functions/tools/helpdesk/definitions.ts';

/** A reader over secrets of the test, with what was asked of it and under whose credentials. */
function readerOf(values: readonly (string | undefined)[]) {
  let time = 0;
  const asked: string[] = [];
  const costs: number[] = [];
  const credentialsOf = (accessKeyId: string): CallCredentials => ({
    accessKeyId,
    secretAccessKey: '',
    sessionToken: '',
  });
  const reader = secretReader({
    prefix: 'countersign',
    clock: () => new Date(time),
    clientFor: ({ accessKeyId }) => ({
      send: async ({ input }: GetSecretValueCommand) => {
        asked.push(`${accessKeyId} ${input.SecretId}`);
        return { SecretString: values[Math.min(asked.length, values.length) - 1] };
      },
    }),
  });
  const context = (accessKeyId: string) =>
    ({
      credentials: credentialsOf(accessKeyId),
      recordCost: (cost: number) => costs.push(cost),
    }) as unknown as ToolContext;
  const pass = (milliseconds: number) => {
    time += milliseconds;
  };
  return { ...reader, asked, costs, context, pass };
}

test('a secret is read under its full name with the credentials of the call, and paid for', async () => {
  const { read, asked, costs, context } = readerOf(['token']);
  assert.equal(await read(getTicket, 'api-token', context('call-1')), 'token');
  assert.deepEqual(asked, ['call-1 countersign/helpdesk/api-token']);
  assert.deepEqual(costs, [5]);
});

test('calls of the same tool share it for five minutes, then the current version is read', async () => {
  const { read, asked, costs, context, pass } = readerOf(['old', 'new']);
  await read(getTicket, 'api-token', context('call-1'));
  pass(299_999);
  assert.equal(await read(getTicket, 'api-token', context('call-2')), 'old');
  assert.equal(costs.length, 1);
  pass(1);
  assert.equal(await read(getTicket, 'api-token', context('call-3')), 'new');
  assert.equal(asked.length, 2);
});

test('a tool is not given what another one has read: its own credentials must allow it', async () => {
  const { read, asked, context } = readerOf(['token']);
  await read(getTicket, 'api-token', context('call-1'));
  await read(createTicket, 'api-token', context('call-2'));
  assert.equal(asked[1], 'call-2 countersign/helpdesk/api-token');
});

test('a secret that was forgotten is read again at once', async () => {
  const { read, forget, context } = readerOf(['old', 'new']);
  await read(getTicket, 'api-token', context('call-1'));
  forget(getTicket, 'api-token');
  assert.equal(await read(getTicket, 'api-token', context('call-2')), 'new');
});

test('a secret that the tool does not declare is not even asked for', async () => {
  const { read, asked, context } = readerOf(['token']);
  await assert.rejects(read(getTicket, 'other', context('call-1')), /does not declare secret 'other'/);
  assert.deepEqual(asked, []);
});

test('a secret without a value says what to do, and is asked for again', async () => {
  const { read, context } = readerOf([undefined, '', 'token']);
  for (const _ of [1, 2]) {
    await assert.rejects(read(getTicket, 'api-token', context('call-1')), /put-secret-value/);
  }
  assert.equal(await read(getTicket, 'api-token', context('call-1')), 'token');
});
