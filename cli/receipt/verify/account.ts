import type { Receipt } from '../../../contracts/api.ts';
import type { LedgerEvent } from '../../../contracts/events.ts';
import { accountOf } from '../../../domain/audit/receipt.ts';
import { runOf } from '../../../domain/audit/run-account.ts';
import { canonical } from '../../audit/canonical.ts';
import type { Problem } from './problem.ts';

/** Whether every line of the account follows from the events: it is made again from them, and compared. */
export function accountProblems(receipt: Receipt, events: readonly LedgerEvent[]): readonly Problem[] {
  const { proof: _, ...account } = receipt;
  const { budget: _budget, waitingFor: _waitingFor, ...run } = account.run;
  const { granted, ...permission } = account.permission;
  let expected: ReturnType<typeof accountOf>;
  try {
    expected = accountOf(runOf(events), events, receipt.prices);
  } catch (error) {
    const message = `no account can be made of these events: ${(error as Error).message}`;
    return [{ code: 'account_differs', message }];
  }
  return [
    ...differences('', { ...account, run, permission }, expected).map(
      (message): Problem => ({ code: 'account_differs', message }),
    ),
    ...grantProblems(granted, expected),
  ];
}

/** Its digests say whether what is deployed is what the run had. */
function grantProblems(
  granted: Receipt['permission']['granted'],
  { policyDigest, envelopeDigest }: Pick<Receipt, 'policyDigest' | 'envelopeDigest'>,
): readonly Problem[] {
  if (granted === undefined) {
    return [];
  }
  const isOfTheRun = granted.policyDigest === policyDigest && granted.envelopeDigest === envelopeDigest;
  const expected = isOfTheRun ? 'of_the_run' : 'deployed_now';
  return granted.source === expected
    ? []
    : [
        {
          code: 'grant_differs',
          message: `permission.granted.source is ${granted.source}, its digests and those of the run say ${expected}`,
        },
      ];
}

/** Each member that differs, by its path. */
function differences(path: string, got: unknown, expected: unknown): readonly string[] {
  if (isRecord(got) && isRecord(expected)) {
    const names = [...new Set([...Object.keys(got), ...Object.keys(expected)])];
    return names.flatMap((name) =>
      differences(path === '' ? name : `${path}.${name}`, member(got, name), member(expected, name)),
    );
  }
  if (Array.isArray(got) && Array.isArray(expected) && got.length === expected.length) {
    return got.flatMap((item, index) => differences(`${path}[${index}]`, item, expected[index]));
  }
  return text(got) === text(expected) ? [] : [`${path} is ${text(got)}, the events say ${text(expected)}`];
}

function member(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const MOST_SHOWN = 200;

function text(value: unknown): string {
  const whole = value === undefined ? 'absent' : canonical(value);
  return whole.length > MOST_SHOWN ? `${whole.slice(0, MOST_SHOWN)}… (${whole.length} characters)` : whole;
}
