import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { CallScope } from '../../../../domain/tool/access.ts';
import type { ToolDefinition } from '../../../../domain/tool/definition.ts';
import { type SessionStatement, sessionPolicy } from '../../../../domain/tool/session-policy.ts';

/** One use of one key of a table or index, as IAM would judge it. */
interface KeyUse {
  readonly action: string;
  readonly resource: string;
  readonly key: string;
}

interface TableRequest {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly Key?: { readonly id: { readonly S: string } };
  readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S?: string }>>;
}

export interface Witness {
  readonly endpoint: string;
  /** Starts a call: from here on, only what its tool declares is permitted. */
  readonly watch: (definition: ToolDefinition, scope: CallScope) => void;
  /** What the calls so far have done without permission. */
  readonly trespasses: () => readonly string[];
  readonly close: () => void;
}

/**
 * Passes requests on to DynamoDB and holds each against the session policy of the call under way, because the
 * local DynamoDB permits everything.
 *
 * @param tableName - deployed name of a table that the tool's access names
 */
export async function openWitness(target: string, tableName: (table: string) => string): Promise<Witness> {
  let statements: readonly SessionStatement[] = [];
  let tool = '(none)';
  const trespasses: string[] = [];

  const server = createServer(async (request, response) => {
    const body = await text(request);
    for (const use of keyUses(request, body).filter((each) => !isPermitted(statements, each))) {
      trespasses.push(`${tool}: ${use.action} on ${use.resource} for key '${use.key}'`);
    }
    const answer = await fetch(target, { method: 'POST', headers: passedOn(request), body });
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    watch: (definition, scope) => {
      tool = definition.name;
      statements = sessionPolicy(definition, scope, {
        places: { partition: 'aws', region: 'eu-west-1', account: '111122223333', prefix: 'countersign' },
        tableArn: tableName,
        secretArn: (secret) => secret,
      });
    },
    trespasses: () => trespasses,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function passedOn({ headers }: IncomingMessage): Record<string, string> {
  const names = ['authorization', 'content-type', 'x-amz-date', 'x-amz-security-token', 'x-amz-target'];
  return Object.fromEntries(names.map((name) => [name, String(headers[name] ?? '')]));
}

function keyUses(request: IncomingMessage, body: string): KeyUse[] {
  const operation = String(request.headers['x-amz-target']).split('.').at(-1);
  const parsed = JSON.parse(body);
  switch (operation) {
    case 'GetItem':
    case 'Query':
      return [keyUse(operation, parsed)];
    case 'TransactWriteItems':
      return parsed.TransactItems.flatMap((item: Record<string, TableRequest>) =>
        Object.entries(item).map(([kind, each]) => keyUse(`${kind}Item`, each)),
      );
    default:
      return [{ action: `dynamodb:${operation}`, resource: '(any)', key: '(any)' }];
  }
}

function keyUse(operation: string, request: TableRequest): KeyUse {
  const { TableName, IndexName, Key, ExpressionAttributeValues } = request;
  return {
    action: `dynamodb:${operation}`,
    resource: IndexName === undefined ? TableName : `${TableName}/index/${IndexName}`,
    key: Key?.id.S ?? ExpressionAttributeValues?.[':key']?.S ?? '(none)',
  };
}

function isPermitted(statements: readonly SessionStatement[], { action, resource, key }: KeyUse): boolean {
  return statements.some(
    ({ Effect, Action, Resource, Condition = {} }) =>
      Effect === 'Allow' &&
      Action.includes(action) &&
      Resource.includes(resource) &&
      Object.entries(Condition).every(([operator, { 'dynamodb:LeadingKeys': patterns = [] }]) =>
        patterns.some((pattern) => (operator.endsWith('Like') ? isLike(key, pattern) : key === pattern)),
      ),
  );
}

/** Patterns end in their only wildcard. */
function isLike(key: string, pattern: string): boolean {
  return pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern;
}
