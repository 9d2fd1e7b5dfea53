import type { z } from 'zod';
import type { FieldChange, RetrievedDocument } from '../../contracts/events.ts';
import type { DependencySign } from '../limit/breaker.ts';
import type { ToolDefinition } from './definition.ts';

/** Temporary credentials narrowed to one call. */
export interface CallCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** What a tool is given besides its arguments. */
export interface ToolContext {
  readonly tenant: string;
  readonly runId: string;
  readonly callId: string;
  /** The agent's, narrowed to this call; a tool uses no others. */
  readonly credentials: CallCredentials;
  /** The same for every attempt at this call, and for no other call. At most 36 characters. */
  readonly idempotencyKey: string;
  /** Aborted when the tool's time is over. */
  readonly signal: AbortSignal;
  /**
   * Records something that the call has changed, as `kind/id`, and exactly what of it; without changes when the tool cannot
   * tell, for example because an earlier attempt has made them.
   */
  readonly recordEffect: (effect: string, changes?: readonly FieldChange[]) => void;
  /**
   * Records a document that the call has retrieved, each of those that it answers with; for tools whose definition says that
   * they retrieve.
   */
  readonly recordRetrieved: (document: RetrievedDocument) => void;
  /** Adds to the call's true cost, in micro-dollars; fractions are kept until the call is settled. */
  readonly recordCost: (microDollars: number) => void;
}

/** What a handler's types are made of. */
type Shapes = Pick<ToolDefinition, 'input' | 'output'>;

export type ToolHandler<T extends Shapes> = (
  input: z.output<T['input']>,
  context: ToolContext,
) => Promise<z.input<T['output']>>;

/** Of a tool whose idempotency is `by_lookup`. */
export interface LookUpHandler<T extends Shapes> {
  readonly run: ToolHandler<T>;
  /**
   * Asked instead of running again when an attempt broke off and cannot be under way any more. Must be able to see
   * whatever that attempt has done.
   *
   * @returns what `run` would have returned, or undefined when the effect is not there
   */
  readonly lookUp: (
    input: z.output<T['input']>,
    context: ToolContext,
  ) => Promise<z.input<T['output']> | undefined>;
}

/**
 * A tool declines, for example because the order is not pending. Thrown by handlers before any effect; `execute`
 * records the call as failed with this message and releases its hold. Not retried.
 */
export class ToolRefusal extends Error {
  override readonly name = 'ToolRefusal';
  readonly dependency: DependencySign;

  /**
   * @param dependency - what it says of the system behind the tool: it answered and declined, it `failed` because it is
   *   out, or `nothing` because it was not asked; its circuit breaker goes by this
   */
  constructor(message: string, dependency: DependencySign = 'answered') {
    super(message);
    this.dependency = dependency;
  }
}
