import {
  type EntityJson,
  preparsePolicySet,
  preparseSchema,
  type StatefulAuthorizationCall,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs';
import type { ApprovalAsk } from '../../contracts/api.ts';
import type { Reason } from '../../contracts/call.ts';
import { type Approval, asked } from '../../domain/approval/approval.ts';
import { type CountersignRequest, countersignRequest } from '../../domain/approval/countersigner.ts';
import type { IdentityDirectory, Person } from '../../domain/approval/directory.ts';
import type { BundledPolicy, PolicyBundle } from '../../domain/policy/bundle.ts';
import { asksFor } from '../../domain/policy/context-reads.ts';
import { answerOf, must, PolicyError } from './cedar.ts';
import type { MayCountersign } from './verdicts.ts';

type CountersigningBundle = Pick<PolicyBundle, 'countersigning'>;

/** Cedar keeps what it has parsed by name and in one place for all policies of a process. */
let policySets = 0;

/**
 * Who may countersign, as policies of the bundle say. They are parsed when somebody is first asked about.
 *
 * INVARIANT: whatever keeps Cedar from an answer, nobody may.
 */
export function countersigningPolicies({ countersigning }: CountersigningBundle): MayCountersign {
  const { schema, policies } = countersigning;
  policySets += 1;
  const name = `countersigning/${policySets}`;
  let isParsed = false;
  return (person, approval, verdict, now) => {
    try {
      if (!isParsed) {
        must('schema of countersigning', () => preparseSchema(name, schema));
        const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]));
        must('policies of countersigning', () => preparsePolicySet(name, { staticPolicies }));
        isParsed = true;
      }
      const forbidding = forbiddenBy(countersignRequest(person, approval, verdict, now), name);
      return forbidding === undefined
        ? undefined
        : refusal(person, approval, verdict, now, explained(forbidding, policies));
    } catch (error) {
      const message = `nobody may now, since ${(error as Error).message}; tell whoever deploys the policies`;
      return { code: 'countersigning_undecided', message };
    }
  };
}

/**
 * Ids of the policies in the way, none when nothing permits; undefined for who may.
 *
 * @throws PolicyError
 */
function forbiddenBy(request: CountersignRequest, name: string): readonly string[] | undefined {
  const { principal, action, resource, context, entities } = request;
  const answer = answerOf(() =>
    statefulIsAuthorized({
      principal,
      action,
      resource,
      context: context as unknown as StatefulAuthorizationCall['context'],
      entities: entities as unknown as EntityJson[],
      preparsedSchemaName: name,
      validateRequest: true,
      preparsedPolicySetId: name,
    }),
  );
  if (answer.type === 'failure') {
    const problems = answer.errors.map(({ message }) => message).join('; ');
    throw new PolicyError(`what policies of countersigning are asked does not fit their schema: ${problems}`);
  }
  const { decision, diagnostics } = answer.response;
  // INVARIANT: Cedar skips a policy that fails to evaluate; a skipped forbid would let somebody through
  if (diagnostics.errors.length > 0) {
    const failures = diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`).sort();
    throw new PolicyError(`policies of countersigning failed to evaluate: ${failures.join('; ')}`);
  }
  return decision === 'allow' ? undefined : diagnostics.reason;
}

/** What the first of the policies says, in the order of their files. */
function explained(forbidding: readonly string[], policies: readonly BundledPolicy[]): Reason {
  const first = policies.find(({ id }) => forbidding.includes(id));
  if (first === undefined) {
    const message = 'no policy permits it; policies/countersigning says who may';
    return { code: 'no_permit', message };
  }
  const { code = 'forbidden', reason = `forbidden by ${first.id}` } = first.annotations;
  return { code, message: reason };
}

function refusal(
  { id }: Person,
  approval: Approval,
  verdict: string,
  now: string,
  { code, message }: Reason,
): Reason {
  const roles = asked(approval, now).map(({ approverRole }) => approverRole);
  return { code, message: `${id} may not ${verdict} this: ${message} (asked now: ${roles.join(', ')})` };
}

/** One of the roles that are asked, and who of its people could approve. */
export interface Eligible extends ApprovalAsk {
  readonly people: readonly Person[];
}

/**
 * Who of the directory could approve, for each role that is asked now or later.
 *
 * @throws when the directory cannot be asked
 */
export type EligibleReader = (approval: Approval) => Promise<readonly Eligible[]>;

export function eligibleIn(bundle: CountersigningBundle, directory: IdentityDirectory): EligibleReader {
  const mayCountersign = countersigningPolicies(bundle);
  const isTimed = bundle.countersigning.policies.some(({ reads }) => asksFor(new Set(reads), 'time'));
  return async (approval) => {
    const people = await directory.peopleWith(approval.asks.map(({ approverRole }) => approverRole));
    return approval.asks.map((ask) => {
      const instants = isTimed ? hoursBetween(ask.from, approval.expiresAt) : [ask.from];
      const could = (person: Person) =>
        person.roles.includes(ask.approverRole) &&
        instants.some((at) => mayCountersign(person, approval, 'approve', at) === undefined);
      return { ...ask, people: people.filter(could) };
    });
  };
}

const MILLISECONDS_PER_HOUR = 3_600_000;
/** Hours and weekdays come again after a week. */
const HOURS_PER_WEEK = 168;

/** An instant of each hour: policies that ask for the time may let nobody at one and somebody at another. */
function hoursBetween(from: string, until: string): readonly string[] {
  const nextHour = Math.floor(Date.parse(from) / MILLISECONDS_PER_HOUR) + 1;
  const hours = Array.from({ length: HOURS_PER_WEEK }, (_, hour) =>
    new Date((nextHour + hour) * MILLISECONDS_PER_HOUR).toISOString(),
  );
  return [from, ...hours.filter((at) => at < until)];
}
