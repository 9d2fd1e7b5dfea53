import { readableText, wordsOf } from './reading.ts';
import { type Sought, wordSearch } from './word-search.ts';

/** Words and phrases of topics, by name. One that ends in `*` is the beginning of a word. */
export type TopicWords = Readonly<Record<string, readonly string[]>>;

/** Topics that a person should see, unless a deployment names others. */
export const TOPICS: TopicWords = {
  accident: [
    'injur*',
    'burned me',
    'caught fire',
    'electric shock',
    'allergic reaction',
    'hospital',
    'verletzt',
    'krankenhaus',
    'blesse*',
  ],
  chargeback: [
    'chargeback*',
    'charge back',
    'dispute the charge',
    'disputed the charge',
    'dispute this charge',
    'dispute with my bank',
    'rückbuchung',
    'rückbuchen',
    'contracargo*',
    'rétrofacturation',
  ],
  fraud: [
    'fraud*',
    'scam*',
    'stolen card',
    'identity theft',
    'phishing',
    'unauthorized charge*',
    'unauthorised charge*',
    'hacked',
    'betrug*',
    'fraude*',
    'estafa*',
  ],
  legal: [
    'lawyer*',
    'attorney*',
    'solicitor*',
    'lawsuit*',
    'sue',
    'suing',
    'legal action',
    'court',
    'subpoena',
    'litigation',
    'cease and desist',
    'anwalt*',
    'rechtsanwalt*',
    'klage',
    'gericht',
    'abmahnung',
    'avocat*',
    'tribunal',
    'abogad*',
    'demanda judicial',
    '律师',
    '起诉',
  ],
  press: [
    'journalist*',
    'reporter*',
    'newspaper*',
    'press inquiry',
    'press enquiry',
    'for publication',
    'tv station',
    'media request',
    'going public',
    'go public',
    'presseanfrage',
    'zeitung',
    'periodista*',
    'presse',
  ],
  privacy: [
    'gdpr',
    'dsgvo',
    'ccpa',
    'data protection',
    'personal data',
    'right to be forgotten',
    'subject access request',
    'data breach',
    'datenschutz*',
    'rgpd',
  ],
  'self-harm': [
    'suicid*',
    'kill myself',
    'end my life',
    'self harm',
    'hurt myself',
    'want to die',
    'no reason to live',
    'selbstmord',
    'umbringen',
    'suizid*',
    'me suicider',
    '自杀',
  ],
};

export type TopicFinder = (text: string) => readonly string[];

/**
 * @returns finds the topics of a text, in order of the alphabet
 * @throws Error for a topic without words, or with a word that has neither letters nor digits
 */
export function topicFinder(topics: TopicWords): TopicFinder {
  const names = Object.keys(topics).sort();
  const search = wordSearch(Object.entries(topics).flatMap(([name, phrases]) => soughtFor(name, phrases)));
  return (text) => {
    // lines are no ends of phrases, and topics are few words: no windows
    const found = search(wordsOf(readableText(text).toLowerCase()));
    return names.filter((name) => found.has(name));
  };
}

function soughtFor(name: string, phrases: readonly string[]): Sought<string>[] {
  if (phrases.length === 0) {
    throw new Error(`topic '${name}' has no words, expected at least one`);
  }
  return phrases.map((phrase) => {
    const words = wordsOf(readableText(phrase.replace(/\*$/, '')).toLowerCase()).trim();
    if (!/[\p{L}\p{N}]/u.test(words)) {
      throw new Error(`topic '${name}': got '${phrase}', expected a word or a phrase`);
    }
    const escaped = words.replaceAll(/[.?]/g, '\\$&');
    const end = phrase.endsWith('*') ? '' : '(?![a-z0-9])';
    return { what: name, pattern: new RegExp(`(?<![a-z0-9])${escaped}${end}`) };
  });
}
