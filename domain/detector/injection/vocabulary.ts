import { MARKER_READING } from '../../redaction/kinds.ts';

/** What a model's orders are called. */
export const ORDERS =
  '(?:instructions?|prompts?|directives?|commands?|guidelines?|rules|orders|directions|programming|constraints|restrictions|guardrails|training|protocols?)';

/** Orders that were there before. */
export const EARLIER =
  '(?:previous(?:ly)?|prior|above|earlier|preceding|existing|original|initial|former|current|system|your|all|any|every|other|given|developers?)';

export const NO_LONGER_FOLLOW =
  '(?:ignor(?:e|es|ed|ing)|disregard(?:ing|s)?|forget(?:ting)?|overrid(?:e|es|ing)|bypass(?:ing)?|neglect|discard|abandon|overlook|supersedes?|replaces?|(?:do not|dont|never|stop|no longer|cease) (?:follow(?:ing)?|obey(?:ing)?|apply(?:ing)?|adher(?:e|ing)(?: to)?|comply(?:ing)?(?: with)?|listen(?:ing)? to)|pay no attention to|set aside|throw away|clear)';

/** Models, and what people build of them. A bare agent or bot may be a person. */
export const MODEL =
  '(?:ai(?: (?:agents?|assistants?|models?|systems?|bots?))?|llms?|(?:large )?language models?|(?:virtual |digital |email )?assistant|chat ?bot|chat ?gpt|gpt ?\\d?|claude|gemini|copilot|automated (?:agent|assistant|system)|autonomous agent)';

/** Somewhere to send something: also where the place itself was redacted. */
export const PLACE = `(?:[^ ]{0,64}@[^ ]{3}|https?:|www\\.|${MARKER_READING}|[a-z0-9-]{2,40}\\.(?:com|net|org|io|info|xyz|ru|cn|example)(?![a-z]))`;

/** Somewhere to send money. */
export const ACCOUNT = `(?:iban|[a-z]{2}\\d{2}[ a-z0-9]{8}|0x[0-9a-f]{8}|bc1[a-z0-9]{8}|(?:bank |crypto |bitcoin |btc |eth |paypal )?(?:account|wallet|address)|sort code|${MARKER_READING})`;

/** Before a verb that somebody is told, and not told of. */
export const NOT_TOLD_OF =
  '(?<!(?:^| )(?:i|we|they|he|she|ill|well|lets|who|dont|never|not|did|didnt|i will|we will|i can|we can|i would|how to|want to|like to|wanted to|able to|team will|going to|will) )';

/** Words of orders; what hides and has one of them was not hidden for its looks. */
export const TELLING =
  '(?:ignore|disregard|instruction|assistant|system prompt|language model|you must|you are now|forward|transfer|send |delete|reveal|execute|override|do not tell|ignorier|anweisung|consignes|instrucciones|\u6307\u4ee4)';
