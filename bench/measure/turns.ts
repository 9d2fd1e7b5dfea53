import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetExecutionHistoryCommand, type HistoryEvent, SFNClient } from '@aws-sdk/client-sfn';
import { workflowMachineName } from '../../contracts/names.ts';
import { localClient } from '../../local/aws.ts';
import type { LocalCloud } from '../../local/cloud.ts';
import { loadShop } from '../../local/shop/load.ts';
import { SEAL } from './cost-lines.ts';
import { closed, machineArn, newTenant, startRun, withCopies } from './governed-run.ts';
import { observe, type Sample } from './sample.ts';
import type { Script } from './scripted-model.ts';
import type { CountedSurroundings } from './surroundings.ts';

const HISTORY_PAGE = 1000;

/**
 * A run whose model proposes reads, some in each turn. Counted are whole turns: from the start of the first plan to that
 * of the last, which finds that nothing is left to do.
 */
export async function observeTurns(
  surroundings: CountedSurroundings,
  { turns, callsPerTurn }: Script,
): Promise<Sample> {
  const { cloud } = surroundings;
  const tenant = newTenant();
  const client = new DynamoDBClient(localClient(cloud.endpoint));
  const documents = withCopies(cloud.shop, turns * callsPerTurn);
  await loadShop({ documents, tenant, prefix: cloud.prefix, client });
  const prompt = JSON.stringify({ turns, callsPerTurn } satisfies Script);
  const conversation = async () => {
    const run = await startRun(cloud, tenant, { prompt });
    const view = await closed(cloud, run);
    if (view.outcome !== 'completed') {
      throw new Error(`the run ended as ${JSON.stringify(view)}, expected it to be completed`);
    }
    return { history: await historyOf(cloud, run.runId) };
  };
  const { result, invocations, ...observed } = await observe(surroundings, conversation, 'gathered');
  const plans = invocations
    .filter(({ service }) => service === 'plan')
    .sort((left, right) => left.startedAt - right.startedAt);
  const [first, last] = [plans.at(0)?.startedAt ?? 0, plans.at(-1)?.startedAt ?? 0];
  if (plans.length !== turns + 1) {
    throw new Error(`the run has planned ${plans.length} times, expected ${turns + 1}`);
  }
  return {
    count: turns,
    // the log is written after all turns, with what opened and closed the run
    invocations: invocations.filter(
      ({ service, startedAt }) => service === SEAL || (startedAt >= first && startedAt < last),
    ),
    ...observed,
    ...countsOf(result.history),
  };
}

async function historyOf(cloud: LocalCloud, runId: string): Promise<readonly HistoryEvent[]> {
  const stepFunctions = new SFNClient(localClient(cloud.endpoint));
  const machine = await machineArn(stepFunctions, workflowMachineName(cloud.prefix, 'retail-support'));
  const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${runId}`;
  const { events = [], nextToken } = await stepFunctions.send(
    new GetExecutionHistoryCommand({ executionArn, maxResults: HISTORY_PAGE, includeExecutionData: false }),
  );
  if (nextToken !== undefined) {
    throw new Error(`the history of ${runId} has more than ${HISTORY_PAGE} events, propose fewer turns`);
  }
  return events;
}

/** Entering a state is what Step Functions bills as a transition; a retried task would be one more. */
function countsOf(events: readonly HistoryEvent[]): Pick<Sample, 'transitions' | 'expressMilliseconds'> {
  const nameOf = ({ stateEnteredEventDetails }: HistoryEvent) => stateEnteredEventDetails?.name;
  const from = events.findIndex((event) => nameOf(event) === 'Plan');
  const to = events.findLastIndex((event) => nameOf(event) === 'Plan');
  const turns = events.slice(from, to);
  const entered = turns.filter((event) => nameOf(event) !== undefined);
  const exits = turns.filter(
    ({ stateExitedEventDetails }) => stateExitedEventDetails?.name === 'GovernedCalls',
  );
  const enteredCalls = entered.filter((event) => nameOf(event) === 'GovernedCalls');
  return {
    transitions: entered.length,
    expressMilliseconds: enteredCalls.map((event, index) => timeOf(exits[index]) - timeOf(event)),
  };
}

function timeOf(event: HistoryEvent | undefined): number {
  return new Date(event?.timestamp ?? Number.NaN).getTime();
}
