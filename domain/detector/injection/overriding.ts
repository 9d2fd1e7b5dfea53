import { markup, type Rule, squeezed, upTo, words } from '../rule.ts';
import { EARLIER, MODEL, NO_LONGER_FOLLOW, ORDERS } from './vocabulary.ts';

/** Texts that speak to the model instead of to people, or in somebody else's name. */
export const OVERRIDING_RULES: readonly Rule[] = [
  {
    id: 'override-previous',
    why: 'tells the reader to drop the orders that it has',
    weight: 750,
    looks: [
      words(`${NO_LONGER_FOLLOW} ${upTo(3)}${EARLIER} ${upTo(3)}${ORDERS}(?![a-z])`),
      words(
        `${NO_LONGER_FOLLOW} ${upTo(2)}${ORDERS} ${upTo(2)}(?:above|before|you (?:were|have|had|got|received)|so far|given)`,
      ),
      words(
        `${NO_LONGER_FOLLOW} ${upTo(10)}(?:previous|prior|earlier|preceding|original|initial|system) ${upTo(1)}${ORDERS}(?![a-z])`,
      ),
      words(
        `${NO_LONGER_FOLLOW} ${upTo(2)}${ORDERS} (?:of|from|by) (?:your|the) (?:developers?|creators?|system|operators?|owners?|user)`,
      ),
      squeezed(
        '(?:ignore|disregard|forget|override|bypass|overlook|donotfollow|stopfollowing)(?:any|each|every|the|of|these|those|and){0,4}(?:all|your|previous|prior|above|earlier|preceding|existing|original|initial|former|system)(?:all|your|previous|prior|above|earlier|preceding|existing|original|initial|former|system|the|of|and){0,4}(?:instruction|prompt|directive|command|guideline|rules|orders|programming)',
      ),
    ],
  },
  {
    id: 'forget-everything',
    why: 'tells the reader to forget what it has read or knows',
    weight: 500,
    looks: [
      words(
        `(?:ignore|disregard|forget|erase|clear|wipe) (?:everything|anything|all(?: of)?(?: (?:the|this|that))?|whatever|the (?:text|content|context|conversation))(?: (?:text|content|context|that|which|else))? (?:you (?:were|have|had|read|saw|learned)|above|before|prior|previously|said|that came|i said|i told|written|so far)`,
      ),
      words('(?:reset|clear|wipe) your (?:memory|context|mind|instructions|state)'),
    ],
  },
  {
    id: 'new-orders',
    why: 'announces other orders than the reader has',
    weight: 500,
    looks: [
      words(
        `(?:your |the |these |here (?:are|is) )?(?:new|updated|real|actual|true|revised|changed|additional|corrected) (?:primary |main |system )?(?:instructions?|tasks?|objectives?|goals?|directives?|orders|mission|role|system prompt)(?: (?:is|are|for you|from now|follows?|now|supersede|replace)|:)`,
      ),
      words(
        `(?:your|the) (?:only |sole |first |primary |main )?(?:task|job|goal|objective|mission) (?:is now|now is|has changed|has been (?:changed|updated))`,
      ),
    ],
  },
  {
    id: 'from-now-on',
    why: 'lays down how the reader has to behave from here on',
    weight: 300,
    looks: [
      words(
        '(?:from now on|from this (?:point|moment)(?: on(?:wards?)?)?|henceforth|going forward|for the rest of this (?:conversation|session)) (?:you|your|always|never|act|respond|reply|ignore)',
      ),
      words('you are now (?:a|an|in|the|my|under|no longer|free|required|going)'),
    ],
  },
  {
    id: 'override-safety',
    why: 'tells the reader to work without its safeguards',
    weight: 500,
    looks: [
      words(
        `(?:without|ignore|ignoring|bypass|bypassing|disable|deactivate|turn off|switch off|override|skip|circumvent|drop|remove) ${upTo(3)}(?:safety|security|content|ethical|moral|policy|safeguards?|guardrails?|restrictions?|filters?|limitations?|censorship|approval) ?(?:polic(?:y|ies)|filters?|checks?|rules|guidelines?|restrictions?|measures|limits?|protocols?|steps?|settings)`,
      ),
      words(
        '(?:no|without(?: any)?) (?:restrictions|limitations|filters|guardrails|censorship)(?: (?:apply|at all|or|whatsoever)|[.!])',
      ),
    ],
  },
  {
    id: 'reveal-prompt',
    why: 'asks for the orders of the model',
    weight: 700,
    looks: [
      words(
        `(?:reveal|print|show|repeat|output|leak|display|tell me|recite|disclose|dump|summari[sz]e|share|give me|write out|what (?:is|are|was|were)|copy|paste|send|include|expose) ${upTo(4)}(?:system prompts?|initial prompt|hidden prompt|secret prompt|your prompt|your (?:\\w{1,12} )?(?:instructions|rules|guidelines|directives)|developer message|system message|instructions you were given|(?:text|words|instructions|everything) above)(?![a-z])`,
      ),
      squeezed(
        '(?:reveal|print|show|repeat|output|leak|tellme)(?:me|the|your|full|entire|whole|hidden|secret){0,4}systemprompt',
      ),
    ],
  },
  {
    id: 'jailbreak',
    why: 'gives the model a person to play that has no rules',
    weight: 650,
    looks: [
      words(
        'do anything now|(?:dan|developer|god|debug|admin|sudo|root|maintenance|unrestricted|jailbreak|jailbroken|unfiltered) mode (?:enabled|activated|on|is|unlocked|engaged|now)|enable (?:dan|developer|god|unrestricted|jailbreak) mode',
      ),
      words(
        `(?:act|behave|respond|answer|pretend|roleplay|role play|simulate|imagine)(?: (?:as|like|to be|that|you|are|being|if|a|an)){1,5} ${upTo(2)}(?:dan|jailbroken|unrestricted|unfiltered|uncensored|evil|amoral|root|hacker|without (?:rules|limits|restrictions))(?![a-z])`,
      ),
      words('you (?:have|are under|follow|obey) no (?:rules|restrictions|limitations|guidelines|filters)'),
    ],
  },
  {
    id: 'role-tag',
    why: 'has the marks that separate roles in a prompt',
    weight: 750,
    looks: [
      markup(/<\|[a-z_]{2,30}\|>|\[\/?inst\]|<<\/?sys>>|<\/?(?:start|end)_of_turn>/),
      markup(
        /<\/?(?:system|assistant|developer)(?:[ _-]?(?:prompt|message|instructions?|note|override|reminder|role))?(?: [^>\n]{0,80})?>/,
      ),
      markup(
        /<\/?(?:tool_result|tool_results|function_results?|function_response|tool_output|user_query|user_input|untrusted|retrieved_context|search_results?|important_instructions?)>/,
      ),
      markup(
        /(?:^|\n)#{2,4} ?(?:system|instructions?|assistant|developer|human)(?: (?:prompt|message|override|note))? ?:?(?:\n|$)/,
      ),
    ],
  },
  {
    id: 'role-line',
    why: 'continues the conversation in the name of system, user or assistant',
    weight: 500,
    looks: [
      markup(
        /(?:^|\n)[^a-z0-9\n]{0,6}(?:system|assistant|developer|ai|human|user|model) ?(?:\]|\*\*)? ?: ?(?:\*\* ?)?(?:you|ignore|please|now|sure|i will|i ll|i'll|okay|ok,|understood|the user|do not|from now|your|always|never|forget|send|call|as an)/,
      ),
    ],
  },
  {
    id: 'system-message',
    why: 'calls itself a message of the system or of those who run it',
    weight: 500,
    looks: [
      markup(
        /(?:\[|\(|\*\*|#|<|=|-|"|^|\n|! ?)\s?(?:system|admin(?:istrator)?|developer|root|operator|security) (?:message|prompt|override|instructions?|notice|directive|command|alert|note|update)[^a-z]{0,3}(?:\]|\)|:|\*\*|>|=|-)/,
      ),
      words(
        `(?:this is|i am|im|message from|on behalf of|authori[sz]ed by|by order of|sent by) (?:the |your |an? )?(?:automated )?(?:system (?:administrator|admin)|developers?|creators?|operators?|openai|anthropic|root user|superuser)(?![a-z])`,
      ),
    ],
  },
  {
    id: 'end-of-data',
    why: 'claims that what was being read is over',
    weight: 550,
    looks: [
      words(
        '(?:end|conclusion) of (?:the )?(?:tool (?:output|result|response|call)|untrusted|user (?:data|input|message|query)|data (?:section|block)|context|system (?:prompt|message)|retrieved|search results|instructions|quoted text)(?![a-z])',
      ),
      markup(
        /[-=#*]{3,10} ?(?:end|begin|start)(?: of)? (?:new |real |system |actual |trusted )?(?:instructions?|prompt|system|context|data|output|input|conversation|results?)[ a-z]{0,20}[-=#*]{3}/,
      ),
    ],
  },
  {
    id: 'speaks-to-model',
    why: 'addresses whoever reads it as a model',
    weight: 500,
    looks: [
      words(
        `(?:dear|hey|hi|hello|attention|attn|note (?:to|for)|message (?:to|for)|memo (?:to|for)|instructions? (?:to|for)|to|listen|important for|notice to) (?:the |any |all |every |my |our |this |whichever |whatever )?${MODEL}(?:[:!.;]| (?:reading|processing|summari[sz]ing|that|which|who|handling|you|please|must|should|reviewing|when|analy[sz]ing|viewing|parsing))`,
      ),
      words(
        `(?:dear|hey|attention|attn|note to|memo to|notice to|instructions? for) (?:the |any |all |every )?(?:ai (?:agents?|assistants?|models?|systems?)|llms?|language models?|chatgpt|claude|gemini|copilot)(?![a-z])`,
      ),
      words(
        `(?:any|whichever|whatever|every|if an?|when an?|the) ${MODEL} (?:that (?:reads|processes|summari[sz]es|sees|parses)|reading|processing|summari[sz]ing|reads|parsing|reviewing this|must|should now|is (?:required|instructed|hereby))`,
      ),
    ],
  },
  {
    id: 'if-you-are-a-model',
    why: 'speaks of what the reader is, which nobody tells a person',
    weight: 600,
    looks: [
      words(`(?:if|since|because|as|when) you(?:re| are) (?:an? |the )?${MODEL}(?![a-z])`),
      words(`you are (?:an?|the) (?:helpful |powerful |obedient |advanced )?${MODEL}(?![a-z])`),
      words(`(?:as|being) (?:an?|the) ${MODEL} (?:reading|processing|summari[sz]ing|you|it is your|your)`),
    ],
  },
];
