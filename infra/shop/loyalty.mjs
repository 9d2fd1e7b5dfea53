import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';

// The sample's existing system, as a team may have it that has never heard of agents: plain JavaScript, a table of its own,
// no idempotency. All that it was given for Countersign is to take the tenant from the envelope, to put the run on what it
// writes, and to say `refused` when it has done nothing.

// adding twice is adding twice, so the SDK must not try again
const database = DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts: 1 }));
const TableName = process.env.LOYALTY_TABLE;

/** What the programme takes of one member. */
const MOST_POINTS = 100_000;

const operations = { get_points: getPoints, add_points: addPoints };

export async function handler({ operation, countersign: { tenant, runId, callId }, ...input }) {
  if (!tenant || !Object.hasOwn(operations, operation)) {
    return { refused: 'unknown_operation' };
  }
  // INVARIANT: the tenant is the executor's word, never an argument; it keeps the members of tenants apart
  const key = { member: `${tenant}#${input.member_id}` };
  return operations[operation](key, input, { runId, callId });
}

async function getPoints(Key, { member_id }) {
  const { Item } = await database.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  return { member_id, points: Item?.points ?? 0 };
}

async function addPoints(Key, { member_id, points, reason }, run) {
  try {
    const { Attributes } = await database.send(
      new UpdateCommand({
        TableName,
        Key,
        UpdateExpression: 'ADD points :points SET lastReason = :reason, lastRun = :run',
        ConditionExpression: 'attribute_not_exists(points) OR points <= :most',
        ExpressionAttributeValues: {
          ':points': points,
          ':reason': reason,
          ':run': run,
          ':most': MOST_POINTS - points,
        },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return { member_id, points: Attributes.points };
  } catch (error) {
    if (error.name === 'ConditionalCheckFailedException') {
      return { refused: 'too_many_points' };
    }
    throw error;
  }
}
