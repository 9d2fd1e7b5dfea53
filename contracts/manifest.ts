import type { RunMode } from './run.ts';

/** What an agent may do, for a security review. Made from the definitions and policies that are deployed. */
export interface AgentManifest {
  readonly agent: string;
  readonly workflow: string;
  /** Answers for the outcome. */
  readonly owner: string;
  /** Answers for access, models and change control. */
  readonly steward: string;
  readonly reviewerRole: string;
  readonly mode: RunMode;
  readonly models: readonly string[];
  readonly caps: { readonly costMicroDollarsPerRun: number; readonly toolCallsPerRun: number };
  readonly policyDigest: string;
  readonly tools: readonly ManifestTool[];
  /** Policies that hold for this agent whatever the tool, and can only refuse. */
  readonly guardrails: readonly ManifestPolicy[];
}

export interface ManifestTool {
  readonly name: string;
  readonly effect: 'read' | 'write';
  readonly tier: number;
  readonly idempotency?: string;
  readonly resource: string;
  readonly maximumCostMicroDollars: number;
  readonly timeoutSeconds: number;
  /** Of this agent in one tenant. */
  readonly limits?: { readonly callsPerMinute?: number; readonly concurrentCalls?: number };
  /** The read that shows what the write would change. */
  readonly preview?: string;
  /** The write that takes it back; absent: nothing does. */
  readonly undo?: string;
  /** Where a call says who gains from it and does not countersign it, as `resource.owner`; absent: nobody in particular. */
  readonly beneficiary?: readonly string[];
  /** Kinds of personal data that the model sees in outputs. */
  readonly discloses: readonly string[];
  /** IAM actions and what they work on; `keys` says whether a call reaches single items, its whole tenant, or what all share. */
  readonly access: readonly {
    readonly actions: readonly string[];
    readonly on: string;
    readonly keys: 'items' | 'tenant' | 'deployment';
  }[];
  readonly destinations: readonly string[];
  readonly secrets: readonly string[];
  /** Policies that permit the tool; empty: it can never be called. */
  readonly permittedBy: readonly ManifestPolicy[];
}

export interface ManifestPolicy {
  readonly id: string;
  /** Cedar, as it was written. */
  readonly text: string;
  /** Present where people have to approve. */
  readonly approverRole?: string;
  readonly quorum?: number;
}
