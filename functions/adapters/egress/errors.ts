import type { UrlProblem } from '../../../domain/tool/destination.ts';

/**
 * The guard does not let a request go where it points. Thrown by the guard, for a tool to turn into its outcome; never
 * retried. `sent` says whether an earlier request of the same call, the one that was redirected, had reached a server.
 */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused';
  readonly code: UrlProblem['code'] | 'address' | 'header' | 'too_many_redirects';
  readonly sent: boolean;

  constructor(code: EgressRefused['code'], message: string, sent = false) {
    super(message);
    this.code = code;
    this.sent = sent;
  }
}

/**
 * A request that was let go got no usable answer. Thrown by the guard after its own retries. Unless `sent` is false,
 * the other side may have done what it was asked.
 */
export class EgressFailed extends Error {
  override readonly name = 'EgressFailed';
  readonly code:
    | 'unresolved'
    | 'not_connected'
    | 'connect_timed_out'
    | 'timed_out'
    | 'aborted'
    | 'dropped'
    | 'too_large'
    | 'unreadable';
  readonly sent: boolean;

  constructor(code: EgressFailed['code'], message: string, sent: boolean) {
    super(message);
    this.code = code;
    this.sent = sent;
  }
}
