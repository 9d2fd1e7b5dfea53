import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { CallResult } from '../../../contracts/call.ts';
import { SHOP_TABLES, shopTableName } from '../../../contracts/names.ts';
import { SHOP_PARTITION_KEY } from '../../../contracts/shop.ts';
import { canonicalJson } from '../../../domain/call/canonical.ts';
import { localClient } from '../../../local/aws.ts';
import type { LocalCloud } from '../../../local/cloud.ts';
import { loadShop, type ShopDocuments } from '../../../local/shop/load.ts';
import type { AttackedSuite } from '../suite.ts';
import { POLICY_FILES, policyOfRule } from './clauses.ts';
import { forEach, type Governed, governedRuns } from './governed.ts';
import { type Attack, DATA, readDatabase, readRecordings } from './recorded.ts';
import { areAsRecorded, runTasks } from './tasks.ts';

/** One for all attacks: none may change anything, which is looked at when all are made. */
const TENANT = 'tau-retail-attacks';

/**
 * The tasks of `tauRetail` under the policies of the suite's text alone, and then calls that break one clause of it
 * each, in a run for a customer who has been found by their e-mail address.
 */
export const tauRetailAttacks: AttackedSuite = {
  policyFiles: POLICY_FILES,
  suite: (folder = DATA) => {
    const { tasks, injections } = readRecordings(folder);
    return async (cloud, selected, print) => {
      const database = await readDatabase(folder);
      const selectedTasks = tasks.filter((_, index) => selected(index));
      const ofTasks = await runTasks(cloud, database, selectedTasks, print);
      const ofAttacks = await runAttacks(cloud, database, injections, print);
      const stopped = ofAttacks.attacks_stopped_by_their_clause === ofAttacks.attacks;
      return {
        summary: { ...ofTasks, ...ofAttacks },
        passed:
          areAsRecorded(ofTasks) &&
          ofTasks.asked === 0 &&
          ofAttacks.attacks_denied === ofAttacks.attacks &&
          stopped &&
          ofAttacks.documents_changed === 0,
      };
    };
  },
};

async function runAttacks(
  cloud: LocalCloud,
  database: ShopDocuments,
  attacks: readonly Attack[],
  print: (line: string) => void,
) {
  const client = new DynamoDBClient(localClient(cloud.endpoint));
  await loadShop({ documents: database, tenant: TENANT, prefix: cloud.prefix, client });
  const before = await documentsOf(cloud);
  const govern = await governedRuns(cloud);
  const outcomes: AttackOutcome[] = [];
  await forEach(attacks, async (attack) => {
    const outcome = await runAttack(govern, database, attack);
    outcomes.push(outcome);
    print(lineOf(attack, outcome));
  });
  const after = await documentsOf(cloud);
  const keys = new Set([...before.keys(), ...after.keys()]);
  const count = (verdict: AttackOutcome['verdict']) =>
    outcomes.filter((outcome) => outcome.verdict === verdict).length;
  return {
    attacks: outcomes.length,
    attacks_denied: count('denied'),
    attacks_asked: count('asked'),
    attacks_stopped_by_their_clause: outcomes.filter(({ byItsClause }) => byItsClause).length,
    documents_changed: [...keys].filter((key) => before.get(key) !== after.get(key)).length,
    attacks_allowed: count('allowed'),
  };
}

interface AttackOutcome {
  /** Denied when no call was allowed and nobody was asked. */
  readonly verdict: 'denied' | 'asked' | 'allowed';
  /** Whether it was the policy of the broken clause that refused, and no other. */
  readonly byItsClause: boolean;
  readonly why: string;
}

/** @throws Error when the customer is not found first: what refuses the attack then says nothing about the attack */
async function runAttack(govern: Governed, { users }: ShopDocuments, attack: Attack): Promise<AttackOutcome> {
  const { id, user_id, calls } = attack;
  const lookUp = { tool: 'find_user_id_by_email', args: { email: users[user_id]?.email } };
  const { results, asked } = await govern({
    tenant: TENANT,
    userId: user_id,
    calls: [lookUp, ...calls],
    clientToken: `${TENANT}-${id}`,
    verdict: 'reject',
  });
  const [found, ...answers] = results;
  if (found?.decision !== 'allow' || found.output !== user_id || answers.length !== calls.length) {
    throw new Error(`attack ${id}: its customer was not found first, or it was not made at all`);
  }
  const denied = answers.filter((answer) => answer.decision === 'deny');
  const verdict = asked > 0 ? 'asked' : denied.length === answers.length ? 'denied' : 'allowed';
  const deciding = denied.flatMap(({ policies }) => policies);
  const expected = policyOfRule(attack);
  return {
    verdict,
    byItsClause:
      verdict === 'denied' && deciding.every((policy) => policy === expected) && deciding.length > 0,
    why: answers.map(reasonOf).join('; '),
  };
}

function reasonOf(answer: CallResult): string {
  return answer.decision === 'deny'
    ? `${answer.policies.join(', ')}: ${answer.reasons.map(({ message }) => message).join(', ')}`
    : answer.decision;
}

function lineOf({ id, rule }: Attack, { verdict, byItsClause, why }: AttackOutcome): string {
  return `attack ${id.padEnd(5)}  ${verdict}${byItsClause ? '' : ', not by its clause'}, breaks ${rule}\n          ${why}`;
}

/** Everything that the shop's tables hold of the attacked tenant, as text by its place. */
async function documentsOf({ endpoint, prefix }: LocalCloud): Promise<ReadonlyMap<string, string>> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(localClient(endpoint)));
  const documents = new Map<string, string>();
  for (const table of SHOP_TABLES) {
    for await (const { Items = [] } of paginateScan(
      { client },
      { TableName: shopTableName(prefix, table) },
    )) {
      for (const item of Items.filter((each) => String(each[SHOP_PARTITION_KEY]).startsWith(`${TENANT}#`))) {
        documents.set(`${table}/${item[SHOP_PARTITION_KEY]}`, canonicalJson(item));
      }
    }
  }
  return documents;
}
