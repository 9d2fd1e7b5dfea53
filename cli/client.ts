import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import {
  type ApprovalView,
  type EventsView,
  type Receipt,
  ROUTES,
  type RunView,
  type StartRunRequest,
  type VerdictRequest,
} from '../contracts/api.ts';
import type {
  BreakGlassVerdictRequest,
  BreakGlassView,
  OpenBreakGlassRequest,
} from '../contracts/break-glass.ts';
import type { BudgetsView, PauseView, ResumeWorkflowRequest, SetCapRequest } from '../contracts/budgets.ts';
import type { AgentManifest } from '../contracts/manifest.ts';
import type { ErasePersonRequest, ErasureView, HoldRunRequest } from '../contracts/retention.ts';
import type {
  SettledOutcomeView,
  SettleOutcomeRequest,
  UnknownOutcomeView,
} from '../contracts/unknown-outcomes.ts';
import { readAnswer } from './answer.ts';
import type { Connection } from './connection.ts';
import { unreachableFailure } from './failure.ts';

/** API Gateway gives up on an integration after 30 s. */
const TIMEOUT_MILLISECONDS = 35_000;

const ATTEMPTS = 4;
/** Waits 0.2, 0.4 and 0.8 s, each up to half shorter, so that clients do not come back together. */
const FIRST_WAIT_MILLISECONDS = 200;
const RETRIED_STATUSES = [429, 500, 502, 503, 504];

export interface ApiClientOptions {
  /** @default 35 s */
  readonly timeoutMilliseconds?: number;
  /** @default 200 ms */
  readonly firstWaitMilliseconds?: number;
}

/** The HTTP API of a deployment. Every method throws `CommandFailure` with the message that the API gave. */
export interface ApiClient {
  startRun(workflow: string, request: StartRunRequest & { readonly clientToken: string }): Promise<RunView>;
  getRun(tenant: string, runId: string): Promise<RunView>;
  getEvents(tenant: string, runId: string, after?: string): Promise<EventsView>;
  getReceipt(tenant: string, runId: string): Promise<Receipt>;
  getManifest(agent: string): Promise<AgentManifest>;
  listApprovals(tenant: string): Promise<readonly ApprovalView[]>;
  /** All that waits for people: approvals, and break-glass that is active or waits for a second person. */
  listWaiting(tenant: string): Promise<{
    readonly approvals: readonly ApprovalView[];
    readonly breakGlass: readonly BreakGlassView[];
  }>;
  getApproval(tenant: string, approvalId: string): Promise<ApprovalView>;
  decideApproval(approvalId: string, request: VerdictRequest): Promise<ApprovalView>;
  openBreakGlass(request: OpenBreakGlassRequest & { readonly clientToken: string }): Promise<BreakGlassView>;
  decideBreakGlass(grantId: string, request: BreakGlassVerdictRequest): Promise<BreakGlassView>;
  listBreakGlass(tenant: string): Promise<readonly BreakGlassView[]>;
  listUnknownOutcomes(tenant: string): Promise<readonly UnknownOutcomeView[]>;
  /** @param day - `YYYY-MM-DD` @default today */
  getBudgets(tenant: string, day?: string): Promise<BudgetsView>;
  setCap(runId: string, request: SetCapRequest): Promise<RunView>;
  resumeWorkflow(workflow: string, request: ResumeWorkflowRequest): Promise<PauseView>;
  erasePerson(userId: string, request: ErasePersonRequest): Promise<ErasureView>;
  holdRun(runId: string, request: HoldRunRequest): Promise<RunView>;
  settleOutcome(runId: string, callId: string, request: SettleOutcomeRequest): Promise<SettledOutcomeView>;
}

interface Call {
  readonly route: keyof typeof ROUTES;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * Signs each request as the connection's caller. Requests are repeated when nobody answered or the answer may pass:
 * reads change nothing, starting and opening carry a client token, and a verdict given twice counts once.
 */
export function apiClient(connection: Connection, options: ApiClientOptions = {}): ApiClient {
  // biome-ignore lint/suspicious/noExplicitAny: the answers are the contract's, the server is the one we trust
  const call = (request: Call): Promise<any> => callApi(connection, options, request);
  return {
    startRun: (workflow, body) => call({ route: 'startRun', parameters: { workflow }, body }),
    getRun: (tenant, id) => call({ route: 'getRun', parameters: { id }, query: { tenant } }),
    getEvents: (tenant, id, after) =>
      call({
        route: 'getEvents',
        parameters: { id },
        query: { tenant, ...(after === undefined ? {} : { after }) },
      }),
    getReceipt: (tenant, id) => call({ route: 'getReceipt', parameters: { id }, query: { tenant } }),
    getManifest: (agent) => call({ route: 'getManifest', parameters: { agent } }),
    listApprovals: async (tenant) => (await call({ route: 'listApprovals', query: { tenant } })).approvals,
    listWaiting: (tenant) => call({ route: 'listApprovals', query: { tenant } }),
    getApproval: (tenant, id) => call({ route: 'getApproval', parameters: { id }, query: { tenant } }),
    decideApproval: (id, body) => call({ route: 'decideApproval', parameters: { id }, body }),
    openBreakGlass: (body) => call({ route: 'openBreakGlass', body }),
    decideBreakGlass: (id, body) => call({ route: 'decideBreakGlass', parameters: { id }, body }),
    listBreakGlass: async (tenant) => (await call({ route: 'listBreakGlass', query: { tenant } })).breakGlass,
    listUnknownOutcomes: async (tenant) =>
      (await call({ route: 'listUnknownOutcomes', query: { tenant } })).outcomes,
    getBudgets: (tenant, day) =>
      call({ route: 'getBudgets', query: { tenant, ...(day === undefined ? {} : { day }) } }),
    setCap: (id, body) => call({ route: 'setCap', parameters: { id }, body }),
    resumeWorkflow: (workflow, body) => call({ route: 'resumeWorkflow', parameters: { workflow }, body }),
    erasePerson: (id, body) => call({ route: 'erasePerson', parameters: { id }, body }),
    holdRun: (id, body) => call({ route: 'holdRun', parameters: { id }, body }),
    settleOutcome: (id, callId, body) => call({ route: 'settleOutcome', parameters: { id, callId }, body }),
  };
}

async function callApi(connection: Connection, options: ApiClientOptions, call: Call): Promise<unknown> {
  const firstWait = options.firstWaitMilliseconds ?? FIRST_WAIT_MILLISECONDS;
  for (let attempt = 1; ; attempt += 1) {
    const last = attempt === ATTEMPTS;
    const response = await send(connection, options, call).catch((error: Error) => {
      if (last) {
        throw unreachableFailure(`the api at ${connection.apiUrl} does not answer: ${reasonOf(error)}`);
      }
    });
    if (response && (last || !RETRIED_STATUSES.includes(response.status))) {
      return readAnswer(response);
    }
    await wait(firstWait * 2 ** (attempt - 1) * (1 - Math.random() / 2));
  }
}

async function send(
  { apiUrl, region, credentials }: Connection,
  { timeoutMilliseconds = TIMEOUT_MILLISECONDS }: ApiClientOptions,
  { route, parameters = {}, query = {}, body }: Call,
): Promise<Response> {
  const [method = 'GET', template = '/'] = ROUTES[route].split(' ');
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(parameters[name] ?? ''));
  const url = new URL(`${apiUrl}${path}`);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query,
    headers: {
      host: url.host,
      accept: 'application/json',
      ...(text && { 'content-type': 'application/json' }),
    },
    body: text,
  });
  const { host: _, ...headers } = signed.headers;
  url.search = queryString(query);
  const signal = AbortSignal.timeout(timeoutMilliseconds);
  return fetch(url, { method, headers, signal, redirect: 'error', ...(text && { body: text }) });
}

/** Escapes as the signature does, which is stricter than `URLSearchParams`: a blank is `%20`, a star `%2A`. */
function queryString(query: Readonly<Record<string, string>>): string {
  const escaped = (text: string) =>
    encodeURIComponent(text).replaceAll(
      /[!'()*]/g,
      (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  return Object.entries(query)
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .join('&');
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
