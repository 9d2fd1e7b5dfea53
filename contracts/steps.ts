/**
 * The order of the steps, written once. The state machines, the function folders and the pictures in the docs
 * are held to these lists by `test/architecture/`.
 */

/** States of `statemachines/governed-call.asl.json` for one call, top to bottom. */
export const CALL_STEPS = ['Authorize', 'Decision', 'Execute'] as const;

/** States of `statemachines/agent-loop.asl.json` on a run that ends well, in the order they are first entered. */
export const RUN_STEPS = ['OpenRun', 'Plan', 'NextStep', 'GovernedCalls', 'Countersign', 'CloseRun'] as const;

/** Steps that are Lambda functions: each has a folder of the same name in kebab case under `functions/`. */
export const STEP_FUNCTIONS = [
  'open-run',
  'plan',
  'authorize',
  'execute',
  'countersign',
  'close-run',
] as const;

/**
 * With what a wait for people ends other than by an approval. Each leads back to the same call, which is then refused with a reason
 * of its own; the machine's history tells them apart.
 */
export const WAIT_ERRORS = {
  rejected: 'Countersign.Rejected',
  expired: 'Countersign.Expired',
  unreachable: 'Countersign.Unreachable',
} as const;

/** What the plan step may ask the machine to do next; the only branch of the agent loop. */
export type NextStep = 'call' | 'wait' | 'close';
