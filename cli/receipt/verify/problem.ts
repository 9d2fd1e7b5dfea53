/** What keeps a receipt from being believed. */
export interface Problem {
  /** For programs. */
  readonly code: (typeof PROBLEM_CODES)[number];
  readonly message: string;
}

export const PROBLEM_CODES = [
  'checkpoint_missing',
  'checkpoint_malformed',
  'checkpoint_other_log',
  'checkpoint_untrusted',
  'key_differs',
  'not_in_log',
  'pending',
  'leaf_twice',
  'other_run',
  'order',
  'no_beginning',
  'no_end',
  'call_missing',
  'calls_differ',
  'spent_differs',
  'not_decided',
  'not_approved',
  'grant_differs',
  'account_differs',
] as const;
