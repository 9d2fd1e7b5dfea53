import { ApplyGuardrailCommand, type BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { z } from 'zod';
import { type Detector, highestOf, NOTHING_FOUND, type Scores } from '../../../domain/detector/detector.ts';

/** Bedrock bills and limits guardrails by text units. AWS docs, "Amazon Bedrock pricing", "Guardrails". */
const TEXT_UNIT_CHARACTERS = 1000;
/** In one request. AWS docs, "Amazon Bedrock endpoints and quotas": on-demand ApplyGuardrail, content filters. */
const UNITS_PER_REQUEST = 25;
const REQUEST_CHARACTERS = UNITS_PER_REQUEST * TEXT_UNIT_CHARACTERS;
/** What is not longer stands whole in one request. */
const OVERLAP_CHARACTERS = TEXT_UNIT_CHARACTERS;
/** Requests under way for one text; a quota is shared by everything in the account. */
const REQUESTS_AT_ONCE = 4;

/** Per mille. Bedrock says how sure it is in four words; none of them is certainty. */
const CONFIDENCE = { NONE: 0, LOW: 300, MEDIUM: 600, HIGH: 900 } as const;

/** What guardrails call what is meant by a score; other filters have no score here. */
const INJECTION = ['PROMPT_ATTACK'];
const SENTIMENT = ['INSULTS', 'HATE'];

/** The parts of an answer that scores are made of. Whatever else it says makes it no answer. */
const Answer = z.object({
  action: z.enum(['NONE', 'GUARDRAIL_INTERVENED']),
  usage: z.object({
    contentPolicyUnits: z
      .int()
      .min(1, 'expected the guardrail to have content filters, add PROMPT_ATTACK to it'),
  }),
  assessments: z.array(
    z.object({
      contentPolicy: z
        .object({
          filters: z.array(
            z.object({ type: z.string(), confidence: z.enum(['NONE', 'LOW', 'MEDIUM', 'HIGH']) }),
          ),
        })
        .optional(),
      topicPolicy: z
        .object({
          topics: z.array(
            z.object({ name: z.string(), action: z.string(), detected: z.boolean().optional() }),
          ),
        })
        .optional(),
    }),
  ),
  guardrailCoverage: z
    .object({ textCharacters: z.object({ guarded: z.int(), total: z.int() }).optional() })
    .refine(({ textCharacters: text }) => text === undefined || text.guarded >= text.total, {
      error: 'expected all of the text to be read',
    })
    .optional(),
});

export interface Guardrail {
  readonly id: string;
  /** A number: a draft may change under decisions. */
  readonly version: string;
}

/**
 * Amazon Bedrock Guardrails. Everything is sent as INPUT, what tools answered too: guardrails look for prompt attacks in
 * nothing else. FULL, so that what stays below the guardrail's own thresholds has its score as well.
 *
 * @throws ZodError for an answer that cannot be relied on, and whatever the SDK throws after its retries
 */
export function bedrockDetector(client: BedrockRuntimeClient, { id, version }: Guardrail): Detector {
  async function scoresOfPart(text: string, abortSignal: AbortSignal): Promise<Scores> {
    const command = new ApplyGuardrailCommand({
      guardrailIdentifier: id,
      guardrailVersion: version,
      source: 'INPUT',
      outputScope: 'FULL',
      content: [{ text: { text } }],
    });
    return scoresIn(Answer.parse(await client.send(command, { abortSignal })));
  }

  return async (text, signal) => {
    const parts = partsOf(text);
    const scores: Scores[] = [];
    for (let index = 0; index < parts.length; index += REQUESTS_AT_ONCE) {
      const some = parts.slice(index, index + REQUESTS_AT_ONCE);
      scores.push(...(await Promise.all(some.map((part) => scoresOfPart(part, signal)))));
    }
    return highestOf(scores);
  };
}

/** All of the text. A blank one is not asked about, which Bedrock would refuse. */
function partsOf(text: string): readonly string[] {
  const step = REQUEST_CHARACTERS - OVERLAP_CHARACTERS;
  const count = Math.max(1, Math.ceil((text.length - OVERLAP_CHARACTERS) / step));
  return Array.from({ length: count }, (_, index) =>
    text.slice(index * step, index * step + REQUEST_CHARACTERS).toWellFormed(),
  ).filter((part) => part.trim() !== '');
}

function scoresIn({ assessments }: z.output<typeof Answer>): Scores {
  const filters = assessments.flatMap(({ contentPolicy }) => contentPolicy?.filters ?? []);
  const topics = assessments
    .flatMap(({ topicPolicy }) => topicPolicy?.topics ?? [])
    .filter(({ action, detected }) => detected === true || action === 'BLOCKED')
    .map(({ name }) => name);
  const highest = (types: readonly string[]) =>
    Math.max(
      0,
      ...filters.filter(({ type }) => types.includes(type)).map(({ confidence }) => CONFIDENCE[confidence]),
    );
  const reasons = filters
    .filter(({ type, confidence }) => [...INJECTION, ...SENTIMENT].includes(type) && confidence !== 'NONE')
    .map(({ type, confidence }) => `bedrock/${type.toLowerCase()}-${confidence.toLowerCase()}`);
  return {
    ...NOTHING_FOUND,
    injection: highest(INJECTION),
    sentiment: highest(SENTIMENT),
    topics,
    reasons,
  };
}
