import type { WireRequest } from './counting-proxy.ts';

/** Request units that DynamoDB charges for one request. */
export interface RequestUnits {
  readonly read: number;
  readonly write: number;
}

/** An attribute as the wire has it: one type, one value. */
type AttributeValue = Readonly<Record<string, unknown>>;
type Item = Readonly<Record<string, AttributeValue>>;

interface Capacity {
  readonly CapacityUnits?: number;
}

const READ_UNIT_BYTES = 4096;
const EVENTUALLY_CONSISTENT_FACTOR = 0.5;

const READS: readonly string[] = ['GetItem', 'Query'];
const WRITES: readonly string[] = ['PutItem', 'UpdateItem', 'DeleteItem', 'TransactWriteItems'];

/**
 * Writes are as the emulator answers, which follows DynamoDB's rules: twice the started kilobytes in a transaction, plus
 * index entries that change. It counts one unit for every read, so reads are computed from what was read.
 *
 * @throws Error for a failed request, which says nothing of its units, and for an operation not known here
 */
export function requestUnits({ operation, status, requestBody, responseBody }: WireRequest): RequestUnits {
  if (status !== 200) {
    throw new Error(`${operation} answered ${status}: ${responseBody}, expected no failure on the fast path`);
  }
  const answer = JSON.parse(responseBody);
  if (WRITES.includes(operation)) {
    const consumed: readonly Capacity[] = [answer.ConsumedCapacity ?? []].flat();
    if (consumed.length === 0) {
      throw new Error(`${operation} answered no capacity although it was asked for`);
    }
    return { read: 0, write: consumed.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0) };
  }
  if (!READS.includes(operation)) {
    throw new Error(
      `${operation}: its request units are not known, expected ${[...READS, ...WRITES].join(', ')}`,
    );
  }
  const items: readonly Item[] = answer.Items ?? (answer.Item === undefined ? [] : [answer.Item]);
  const bytes = items.reduce((sum, item) => sum + itemBytes(item), 0);
  const factor = JSON.parse(requestBody).ConsistentRead === true ? 1 : EVENTUALLY_CONSISTENT_FACTOR;
  return { read: Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * factor, write: 0 };
}

const CONTAINER_BYTES = 3;
const MEMBER_BYTES = 1;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + attributeBytes(value),
    0,
  );
}

function attributeBytes(value: AttributeValue): number {
  const [[type, content] = ['NULL', true]] = Object.entries(value);
  switch (type) {
    case 'S':
      return Buffer.byteLength(String(content));
    case 'N':
      return numberBytes(String(content));
    case 'M':
      return (
        CONTAINER_BYTES + itemBytes(content as Item) + MEMBER_BYTES * Object.keys(content as Item).length
      );
    case 'L':
      return (content as readonly AttributeValue[]).reduce(
        (sum, member) => sum + MEMBER_BYTES + attributeBytes(member),
        CONTAINER_BYTES,
      );
    case 'NULL':
    case 'BOOL':
      return 1;
    default:
      throw new Error(`an attribute of type ${type} is not measured here, expected S, N, M, L, NULL or BOOL`);
  }
}

/** About a byte for two significant digits, and one. */
function numberBytes(digits: string): number {
  const significant = digits.replace(/^-/, '').replaceAll('.', '').replace(/^0+/, '').replace(/0+$/, '');
  return Math.ceil(significant.length / 2) + 1 + (digits.startsWith('-') ? 1 : 0);
}
