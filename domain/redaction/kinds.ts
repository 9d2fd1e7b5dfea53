/** Kinds of personal data that are found by their form; a tool may say that a model needs to see one. */
export const PERSONAL_DATA = ['email', 'phone', 'payment_card', 'iban', 'national_id', 'ip_address'] as const;
export type PersonalData = (typeof PERSONAL_DATA)[number];

/** Kinds of secrets. Nothing can say that one is to be seen. */
export const SECRETS = ['private_key', 'aws_key', 'token', 'jwt', 'credentials', 'secret'] as const;
export type Secret = (typeof SECRETS)[number];

/** What a pattern of a workflow's envelope found. Nothing can say that it is to be seen. */
export const WORKFLOW_PATTERN = 'pattern';

export type Kind = Secret | PersonalData | typeof WORKFLOW_PATTERN;

/** What stands where something was. */
export function markerOf(kind: Kind): string {
  return `[redacted: ${kind}]`;
}

const MARKERS = new RegExp(
  `\\[redacted: (?:${[...SECRETS, ...PERSONAL_DATA, WORKFLOW_PATTERN].join('|')})\\]`,
  'g',
);

/** How a marker reads: no rule finds anything in it or across it. From Unicode's private use area. */
export const MARKER_READING = '\ue001';

/** The text with each marker as one character that stands for nothing. */
export function withoutMarkers(text: string): string {
  return text.replaceAll(MARKERS, MARKER_READING);
}

export function isMarker(text: string): boolean {
  return withoutMarkers(text) === MARKER_READING;
}
