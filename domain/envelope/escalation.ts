import { PER_MILLE } from '../detector/detector.ts';
import { expectedOneOf } from '../nearest.ts';
import { cedarText } from '../policy/cedar-text.ts';
import type { ToolDefinition } from '../tool/definition.ts';
import type { Cause } from './causes.ts';
import type { EnvelopeFile } from './file.ts';
import type { EnvelopeNote } from './normalise.ts';
import { slugOf } from './rule.ts';
import type { EnvelopeSource, ToolEntry } from './source.ts';

/**
 * Per mille of `sentiment` from which a writer is what teams call it: any sign at all; a threat, an accusation or two
 * complaints; somebody who says so, or insults; several of these. docs/policy.md
 */
const MOODS: Readonly<Record<string, number>> = {
  negative: 300,
  frustrated: 500,
  angry: 600,
  very_negative: 800,
};

const SENTIMENT = ['responses', 'escalation', 'if_sentiment'];
const TOPICS = ['responses', 'escalation', 'if_topic_in'];

/** From here on a call reaches somebody outside. */
const FIRST_CUSTOMER_TIER = 2;
const REACHING_KINDS = ['message', 'egress', 'money'] as const;

/** What people decide about once the run has read such a message. */
function reachesCustomers({ tier, kinds = [] }: ToolDefinition): boolean {
  return tier >= FIRST_CUSTOMER_TIER && REACHING_KINDS.some((kind) => kinds.includes(kind));
}

export function escalationCauses({ tool }: ToolEntry, { written, topics }: EnvelopeSource): Cause[] {
  if (!reachesCustomers(tool)) {
    return [];
  }
  const moods = moodsOf(written).filter(({ perMille }) => perMille !== undefined);
  // whoever is angry is frustrated as well
  const [mildest] = moods.toSorted((left, right) => (left.perMille ?? 0) - (right.perMille ?? 0));
  const known = topicsOf(written).filter((topic) => topics.includes(topic));
  return [
    ...(mildest === undefined
      ? []
      : [
          {
            path: mildest.path,
            slug: `if-sentiment-${slugOf(String(mildest.mood))}`,
            reason: `people decide once the run has read a message of sentiment ${mildest.mood}`,
            when: `context.scores.sentiment >= ${mildest.perMille}`,
            isGuardrail: true,
          },
        ]),
    ...(known.length === 0
      ? []
      : [
          {
            path: TOPICS,
            slug: `if-topic-in-${slugOf(known.join(' '))}`,
            reason: `people decide once the run has read a message about ${known.join(', ')}`,
            // INVARIANT: a detector that failed knows no topics, and scores what no text does; that counts as all of them
            when: `(${hasTopic(known)} || context.scores.sentiment >= ${PER_MILLE})`,
            isGuardrail: true,
          },
        ]),
  ];
}

function hasTopic(topics: readonly string[]): string {
  const [only, ...others] = topics.map(cedarText);
  return others.length === 0
    ? `context.scores.topics.contains(${only})`
    : `context.scores.topics.containsAny([${[only, ...others].join(', ')}])`;
}

/** What is wrong with the moods and topics; and that nothing follows from them where no tool reaches anybody. */
export function escalationNotes(
  entries: readonly ToolEntry[],
  { written, topics }: EnvelopeSource,
): EnvelopeNote[] {
  const isInForce = entries.some(({ tool }) => reachesCustomers(tool));
  return [
    ...moodsOf(written)
      .filter(({ perMille }) => perMille === undefined)
      .map(({ path, mood }) => ({
        path,
        message: `${path.join('.')}: '${mood}' is no mood${expectedOneOf(String(mood), Object.keys(MOODS))}, or write a number from 0 to 1`,
      })),
    ...topicsOf(written).flatMap((topic, index) =>
      topics.includes(topic)
        ? []
        : [
            {
              path: [...TOPICS, index],
              message: `${TOPICS.join('.')}.${index}: no detector finds the topic '${topic}'${expectedOneOf(topic, topics)}; topics of the deployment's guardrail are named in guardrail_topics of defaults.yaml`,
            },
          ],
    ),
    ...(isInForce || written.responses?.escalation === undefined
      ? []
      : [
          {
            path: ['responses', 'escalation'],
            message:
              'responses.escalation: told to the model and not enforced, no allowed tool of tier 2 or above is of kind message, egress or money',
            isWarning: true as const,
          },
        ]),
  ];
}

interface Mood {
  readonly path: EnvelopeNote['path'];
  readonly mood: string | number;
  /** Undefined for a word that means none. */
  readonly perMille: number | undefined;
}

function moodsOf({ responses }: EnvelopeFile): Mood[] {
  const written = responses?.escalation?.if_sentiment ?? [];
  const thresholdOf = (mood: string | number) =>
    typeof mood === 'number'
      ? Math.ceil(mood * PER_MILLE - 1e-6)
      : Object.hasOwn(MOODS, mood)
        ? MOODS[mood]
        : undefined;
  return Array.isArray(written)
    ? written.map((mood, index) => ({ path: [...SENTIMENT, index], mood, perMille: thresholdOf(mood) }))
    : [{ path: SENTIMENT, mood: written, perMille: thresholdOf(written) }];
}

function topicsOf({ responses }: EnvelopeFile): readonly string[] {
  return responses?.escalation?.if_topic_in ?? [];
}
