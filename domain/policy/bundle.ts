import type { Directory } from '../approval/directory.ts';
import type { SlackSettings } from '../approval/slack-settings.ts';
import type { Budgets } from '../budget/daily-caps.ts';
import type { Prices } from '../budget/prices.ts';
import type { Envelope } from '../envelope/envelope.ts';
import type { HistoryCounters } from '../history/counters.ts';
import type { EntityUid } from './request.ts';

/** Everything that decides, in one content-addressed document; built by infra, read by the functions. */
export interface PolicyBundle {
  /** SHA-256 over the rest, hex. */
  readonly digest: string;
  readonly schema: string;
  readonly policies: readonly BundledPolicy[];
  /** Who may countersign: policies of their own, held to a schema of their own. */
  readonly countersigning: Countersigning;
  readonly envelopes: Readonly<Record<string, Envelope>>;
  readonly directory: Directory;
  /** Where in Slack people are asked, in deployments that do. @default nowhere */
  readonly slack?: SlackSettings;
  /** What is counted of a run's history. */
  readonly history: HistoryCounters;
  readonly budgets: Budgets;
  readonly prices: Prices;
  /** SHA-256 over the tool definitions, hex; a changed tool is a changed bundle. */
  readonly toolsDigest: string;
  /** Origins that tools may send requests to in this deployment; of tools that have any. */
  readonly destinations: Readonly<Record<string, readonly string[]>>;
}

/** What the digest is of: SHA-256 of its canonical JSON. */
export function contentOf({ digest: _, ...content }: PolicyBundle): Omit<PolicyBundle, 'digest'> {
  return content;
}

/** Without a policy that permits it nobody may countersign. */
export interface Countersigning {
  readonly schema: string;
  /** In the order in which reasons are given. */
  readonly policies: readonly BundledPolicy[];
}

/** What a policy can match, from its head. A member that is absent matches everything. */
export interface PolicyScope {
  /** Id of the one agent. */
  readonly principal?: string;
  /** The principal is this or below it. */
  readonly principalWithin?: EntityUid;
  /** Tools and groups of tools. */
  readonly actions?: readonly string[];
  /** The one resource. */
  readonly resource?: EntityUid;
  /** The resource is this or below it. */
  readonly resourceWithin?: EntityUid;
  readonly resourceType?: string;
}

export interface BundledPolicy {
  /** `<file without ending>/<its @id>`, for example `agents/retail-support-refunds/small-refund`. */
  readonly id: string;
  readonly text: string;
  readonly effect: 'permit' | 'forbid';
  readonly annotations: Readonly<Record<string, string>>;
  readonly scope: PolicyScope;
  /** Of `history`, `provenance`, `scores` and `time`: what its conditions ask for, as `history.refunds`; sorted. */
  readonly reads: readonly string[];
  readonly file: string;
  readonly line: number;
}
