import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import type { Access, TableAccess } from '../../domain/tool/access.ts';
import { defineTool } from '../../domain/tool/definition.ts';
import { sessionPolicy } from '../../domain/tool/session-policy.ts';

function policyOf(access: readonly Access[], orderId = 'W1', secrets: readonly string[] = []) {
  const tool = defineTool({
    name: 'shop.read_order',
    description: 'reads an order',
    input: z.strictObject({ order_id: z.string() }),
    output: z.string(),
    effect: 'read',
    tier: 0,
    resource: 'Order',
    access,
    secrets,
    maximumCostMicroDollars: 1,
    timeoutSeconds: 1,
    loggedArguments: [],
  });
  const resource = { type: 'Order', id: orderId, attributes: {} };
  const scope = { tenant: 'acme', arguments: { order_id: orderId }, resource };
  return sessionPolicy(tool, scope, {
    places: { partition: 'aws', region: 'eu-west-1', account: '111122223333', prefix: 'countersign' },
    tableArn: (table) => `arn:aws:dynamodb:::table/${table}`,
    secretArn: (secret) => `arn:aws:secretsmanager:::secret:${secret}-??????`,
  });
}

const ORDER: TableAccess = {
  table: 'orders',
  operations: ['get'],
  keys: ({ tenant, resource }) => [`${tenant}#${resource.id}`],
};

test('a call reaches the one item that it is about', () => {
  assert.deepEqual(policyOf([ORDER]), [
    {
      Effect: 'Allow',
      Action: ['dynamodb:GetItem'],
      Resource: ['arn:aws:dynamodb:::table/orders'],
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['acme#W1'] } },
    },
  ]);
});

test('a wildcard in an argument stays a character', () => {
  const [statement] = policyOf([ORDER], '*');
  assert.deepEqual(Object.keys(statement?.Condition ?? {}), ['ForAllValues:StringEquals']);
});

test('a policy variable in an argument stays text', () => {
  const [statement] = policyOf([ORDER], ['', '{aws:username}'].join('$'));
  const [keys] = Object.values(statement?.Condition ?? {});
  assert.deepEqual(keys?.['dynamodb:LeadingKeys'], [['acme#', '{$}{aws:username}'].join('$')]);
});

test('access without keys reaches the whole tenant and no other', () => {
  const [statement] = policyOf([{ table: 'products', index: 'byTenant', operations: ['query'] }]);
  assert.deepEqual(statement?.Resource, ['arn:aws:dynamodb:::table/products/index/byTenant']);
  assert.deepEqual(statement?.Condition, {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['acme', 'acme#*'] },
  });
});

test('a tool that declares no access gets credentials that can do nothing', () => {
  assert.deepEqual(policyOf([]), [{ Effect: 'Deny', Action: ['*'], Resource: ['*'] }]);
});

test('a call may read the secrets that its tool declares, and gets nothing else with them', () => {
  assert.deepEqual(policyOf([], 'W1', ['api-token']), [
    {
      Effect: 'Allow',
      Action: ['secretsmanager:GetSecretValue'],
      Resource: ['arn:aws:secretsmanager:::secret:api-token-??????'],
    },
  ]);
});
