import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { VerdictRefused } from '../adapters/verdicts.ts';
import { telemetry } from '../runtime/step.ts';
import { type Outcome, PressRefused } from './outcome.ts';
import { type Interaction, interactionOf } from './payload.ts';
import { takePress } from './press.ts';
import type { PressDependencies } from './pressed.ts';
import { NotFromSlack, signedBody, type VerificationDependencies } from './signed-request.ts';
import { takeSubmission } from './submission.ts';
import { tell } from './tell.ts';
import { TookTooLong, within } from './within.ts';

export type AnswerDependencies = PressDependencies & VerificationDependencies;

/**
 * Slack waits for three seconds, from when it sent the request. https://docs.slack.dev/interactivity/handling-user-interaction
 * What is left behind both is for the way there and back.
 */
const WORK_MILLISECONDS = 2500;
const TELLING_MILLISECONDS = 2850;

type Answer = APIGatewayProxyStructuredResultV2;

const TAKEN: Answer = { statusCode: 200 };
const NOT_FROM_SLACK: Answer = { statusCode: 401 };
/** Slack shows that something went wrong. Never without the metric `SlackFailures`. */
const FAILED: Answer = { statusCode: 500 };

/** Answers in time whatever happens, and says nothing to whoever is not Slack. */
export async function answerTo(
  event: APIGatewayProxyEventV2,
  dependencies: AnswerDependencies,
): Promise<Answer> {
  const beganAt = beganAtOf(event, dependencies);
  const left = (most: number) => beganAt + most - dependencies.clock().getTime();
  let interaction: Interaction | undefined;
  try {
    interaction = interactionOf(await within(left(WORK_MILLISECONDS), () => signedBody(event, dependencies)));
  } catch (error) {
    return unverified(error);
  }
  if (interaction === undefined) {
    return ignored('nothing that can be pressed here');
  }
  try {
    const taken = interaction;
    return answered(await within(left(WORK_MILLISECONDS), (signal) => take(taken, dependencies, signal)));
  } catch (error) {
    return await explained(interaction, error, left(TELLING_MILLISECONDS), dependencies);
  }
}

/** When API Gateway took the request, since a function that has to start first takes its time out of Slack's three seconds. */
function beganAtOf(
  { requestContext }: APIGatewayProxyEventV2,
  { clock }: Pick<AnswerDependencies, 'clock'>,
): number {
  const now = clock().getTime();
  const taken = requestContext?.timeEpoch;
  return typeof taken === 'number' && taken <= now && now - taken < TELLING_MILLISECONDS ? taken : now;
}

async function take(
  interaction: Interaction,
  dependencies: PressDependencies,
  signal: AbortSignal,
): Promise<Outcome> {
  const timely: PressDependencies = {
    ...dependencies,
    // INVARIANT: a container that sleeps on work which it has abandoned does not decide on waking
    mayCountersign: (...asked) => {
      signal.throwIfAborted();
      return dependencies.mayCountersign(...asked);
    },
  };
  return interaction.type === 'block_actions'
    ? await takePress(interaction, timely)
    : await takeSubmission(interaction, timely);
}

function answered(outcome: Outcome): Answer {
  switch (outcome.kind) {
    case 'ignored':
      return ignored(outcome.what);
    case 'opened':
      telemetry.count({ slackPresses: 1 }, { outcome: `opened_${outcome.view}` });
      return TAKEN;
    case 'invalid':
      telemetry.count({ slackPresses: 1 }, { outcome: 'invalid' });
      return errors(outcome.errors);
    case 'said': {
      const { tenant, runId, workflow, agent, state } = outcome.approval;
      telemetry.annotate({ tenant, runId, workflow, agent });
      telemetry.count({ slackPresses: 1 }, { outcome: outcome.verdict });
      telemetry.count({ verdicts: 1 }, { workflow, state });
      return TAKEN;
    }
  }
}

function ignored(what: string): Answer {
  telemetry.info('slack sent what nobody here asks for', { what });
  telemetry.count({ slackPresses: 1 }, { outcome: 'ignored' });
  return TAKEN;
}

function unverified(error: unknown): Answer {
  if (error instanceof NotFromSlack) {
    telemetry.warn('a request is not taken for one of slack', { reason: error.reason });
    telemetry.count({ slackRequestsRefused: 1 }, { reason: error.reason });
    return NOT_FROM_SLACK;
  }
  telemetry.warn('a request could not be verified', { error });
  telemetry.count({ slackFailures: 1 }, { reason: 'unverified' });
  return FAILED;
}

/** Nothing was recorded, or nobody knows: whoever pressed is told so. */
async function explained(
  interaction: Interaction,
  error: unknown,
  milliseconds: number,
  dependencies: PressDependencies,
): Promise<Answer> {
  const { isRefusal, code, text } = explanationOf(error);
  telemetry.warn('what was pressed in slack does not count', { code, user: interaction.user.id, error });
  telemetry.count(
    isRefusal ? { slackPresses: 1 } : { slackFailures: 1 },
    isRefusal ? { outcome: code } : { reason: code },
  );
  const isTold = await tell(interaction, text, milliseconds, dependencies);
  return isTold || isRefusal ? TAKEN : FAILED;
}

function explanationOf(error: unknown): {
  readonly isRefusal: boolean;
  readonly code: string;
  readonly text: string;
} {
  if (error instanceof PressRefused || error instanceof VerdictRefused) {
    return { isRefusal: true, code: error.code, text: `This did not count: ${error.message}.` };
  }
  if (error instanceof TookTooLong) {
    const text = 'This took too long, so it may not count. Try again if the message does not change.';
    return { isRefusal: false, code: 'too_slow', text };
  }
  const text = 'This failed on our side, so it may not count. Try again if the message does not change.';
  return { isRefusal: false, code: 'failed', text };
}

/** Shown in the view, which stays open. https://docs.slack.dev/surfaces/modals#displaying_errors */
function errors(byBlock: Readonly<Record<string, string>>): Answer {
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ response_action: 'errors', errors: byBlock }),
  };
}
