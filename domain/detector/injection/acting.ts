import { markup, type Rule, squeezed, upTo, words } from '../rule.ts';
import { ACCOUNT, NOT_TOLD_OF, ORDERS, PLACE } from './vocabulary.ts';

const BULK =
  '(?:emails?|e mails?|inbox|mailbox|messages|passwords?|credentials?|login details|api keys?|access keys?|keys|contacts?|contact list|address book|conversation|chat history|chat log|browsing history|files|documents|customer (?:data|records|list|database)|personal data|user data|database|secrets?|tokens?|bank (?:details|statements?)|account (?:details|numbers?)|transactions?|(?:verification|security|one time|2fa|access|confirmation) codes?|calendar|environment variables|source code|session)';

/** What a text wants done, and how it presses for it. Much of this people write to each other, so it weighs less. */
export const ACTING_RULES: readonly Rule[] = [
  {
    id: 'override-then-act',
    why: 'says what to do instead of what was asked',
    weight: 500,
    looks: [
      words(
        `(?:ignore|disregard|forget|override|stop|abandon|drop|skip|pause) ${upTo(6)}(?:and|then|instead)(?: instead)? (?:send|reveal|forward|reply|respond|say|print|output|transfer|delete|execute|call|run|do|follow|tell|give|write|use|pay|email|share|approve|act|answer|only|just)(?![a-z])`,
      ),
      words(
        `instead(?: of)? (?:answering|summari[sz]ing|doing|completing|following|responding|helping) ${upTo(6)}`,
      ),
      words(
        `(?:the|your|this) (?:current|original|initial|previous|first) (?:task|request|query|goal|conversation) (?:is|has been|was) (?:cancell?ed|completed?|finished|over|done|invalid|aborted|paused|superseded)`,
      ),
    ],
  },
  {
    id: 'before-you-answer',
    why: 'puts something before the task that the reader has',
    weight: 400,
    looks: [
      words(
        `(?:before|prior to|after|while|in order to|to) (?:you )?(?:can )?(?:continue|continuing|answer|answering|respond|responding|reply|replying|complet(?:e|ing)|proceed|proceeding|finish|finishing|summari[sz]e|summari[sz]ing|doing|do|help|helping|solve|solving|process|processing) ${upTo(7)}(?:you (?:must|need to|have to|should|are required to)|first|please (?:also |first )?(?:send|forward|call|use|run|open|visit|transfer))`,
      ),
    ],
  },
  {
    id: 'for-the-user',
    why: 'says what the user wants, which the user would say',
    weight: 400,
    looks: [
      words(
        `(?:the|this|your) (?:current |real )?(?:user|account owner|principal) (?:has |have |is |already |now |really |also ){0,3}(?:(?:pre)?authori[sz]ed|approved|consented|agreed|confirmed|wants? you|asked you|instructed you|would like you|expects you|needs you|permits|aware of this|gave permission)`,
      ),
    ],
  },
  {
    id: 'tool-call',
    why: 'has a call of a tool in it, or tells the reader to make one',
    weight: 450,
    looks: [
      markup(
        /<\/?(?:tool_call|tool_use|function_calls?|invoke|antml|execute_tool|tool_code)(?: [^>\n]{0,80})?>/,
      ),
      markup(
        /"(?:tool|tool_name|function|function_call|recipient_name)" ?: ?"[a-z_.-]{3,60}" ?, ?"(?:arguments|parameters|args|input|params)" ?: ?[{"]/,
      ),
      markup(
        /(?:call|use|invoke|run|execute|trigger)(?: (?:the|your|a|now|immediately)){0,2} (?:function |tool |`|"){0,2}[a-z]{2,20}[_.][a-z_]{2,40}(?:`|"|\(\))? ?(?:tool|function|with|to|on|and|\()/,
      ),
      words(
        `(?:call|use|invoke|run|execute|trigger|open) (?:your |the |any )(?:available |own )?(?:\\w{2,20} ){0,2}(?:tools?|functions?|plugins?|browser) (?:to|with|and|now|in order)`,
      ),
    ],
  },
  {
    id: 'send-somewhere',
    why: 'tells the reader to send something to an address',
    weight: 250,
    looks: [
      words(
        `${NOT_TOLD_OF}(?:send|forward|e?mail|share|upload|post|submit|transmit|exfiltrate|copy|export|invite|add|bcc|cc|sync|back up|deliver|relay|report) ${upTo(16)}(?:to|with|at|via|on)? ?(?:the |this |my |following |address |email |url |link ){0,4}[:;]? ?${PLACE}`,
      ),
    ],
  },
  {
    id: 'send-everything',
    why: 'tells the reader to give away what it can read',
    weight: 450,
    looks: [
      words(
        `${NOT_TOLD_OF}(?:send|forward|e?mail|share|upload|post|submit|transmit|exfiltrate|copy|export|leak|dump|relay|append|encode) (?:me |us |him |over )?(?:a (?:copy|list|summary|dump) of |the contents? of |copies of )?(?:all|every|any|the (?:entire|full|whole|complete|latest|last)|each|everything|their|his|her|the (?:users?|customers?|clients?|owners?)) ?${upTo(4)}${BULK}(?![a-z])`,
      ),
      words(
        `${NOT_TOLD_OF}(?:send|forward|e?mail|share|upload|post|submit|transmit|exfiltrate|leak) ${upTo(4)}(?:passwords?|credentials?|api keys?|access keys?|secret keys?|private keys?|(?:verification|security|2fa|one time) codes?|environment variables|chat history|session tokens?|conversation) ${upTo(6)}(?:to|with|at) `,
      ),
    ],
  },
  {
    id: 'move-money',
    why: 'tells the reader to move money to an account',
    weight: 300,
    looks: [
      words(
        `${NOT_TOLD_OF}(?:transfer|wire|pay|send|remit|refund|donate|deposit|move|withdraw|buy|purchase) ${upTo(4)}(?:[\\d.]{1,12} ?(?:usd|eur|euros?|dollars?|gbp|pounds|btc|eth|chf)?|usd|eur|funds?|money|balance|payment|savings|gift ?cards?|bitcoins?|amount|everything) ${upTo(10)}(?:to|into|from|via|on) ${upTo(4)}${ACCOUNT}`,
      ),
    ],
  },
  {
    id: 'destroy',
    why: 'tells the reader to delete or cancel many things',
    weight: 300,
    looks: [
      words(
        `${NOT_TOLD_OF}(?:delete|erase|wipe|purge|destroy|drop|remove|cancel|truncate|shred) (?:all|every|everything|any|the (?:entire|whole|users?|customers?|production)) ?${upTo(4)}(?:files?|e?mails?|messages?|records?|events?|backups?|logs?|orders?|tables?|accounts?|folders?|appointments?|meetings?|database|data|users?|history|documents?|subscriptions?|inbox)(?![a-z])`,
      ),
    ],
  },
  {
    id: 'change-access',
    why: 'tells the reader to change who may get in, or where money and goods go',
    weight: 350,
    looks: [
      words(
        `${NOT_TOLD_OF}(?:change|reset|update|set|modify|replace|switch) ${upTo(4)}(?:passwords?|passcode|recovery (?:email|phone)|email address|(?:shipping|delivery|billing) address|bank (?:account|details)|iban|payout|phone number|payee|recipient|2fa|mfa|credit limit|role|permissions?|forwarding)(?: (?:address|account|number|details))? ${upTo(3)}(?:to|with|:) ?:? ?[^ ]{3}`,
      ),
      words(
        `${NOT_TOLD_OF}(?:grant|give|assign|add) ${upTo(6)}(?:admin(?:istrator)?|owner|root|full|superuser|write|editor) (?:access|rights|permissions?|privileges?|role)`,
      ),
      words(
        `${NOT_TOLD_OF}(?:disable|turn off|deactivate|remove) ${upTo(3)}(?:2fa|mfa|two factor|multi factor|audit|logging|alerts?|monitoring|notifications)(?![a-z])`,
      ),
    ],
  },
  {
    id: 'approve',
    why: 'tells the reader to approve something',
    weight: 300,
    looks: [
      words(
        `${NOT_TOLD_OF}(?:approve|accept|authori[sz]e|grant|issue|mark) (?:this|all|the|every|any|my|a full) ${upTo(4)}(?:requests?|refunds?|transactions?|payments?|invoices?|applications?|claims?|expenses?|orders?) ?${upTo(3)}(?:without|immediately|automatically|right away|as (?:approved|paid|verified)|no questions)`,
      ),
      words(
        '(?:already|pre|fully) ?(?:been )?(?:approved|authori[sz]ed|verified|cleared) (?:by|through|so|no|and (?:needs|requires) no)',
      ),
    ],
  },
  {
    id: 'without-asking',
    why: 'wants no person to be asked',
    weight: 350,
    looks: [
      words(
        `(?:without|no need (?:to|for)|(?:do not|dont|never|skip|avoid) (?:ask(?:ing)?|wait(?:ing)?|request(?:ing)?|require|need|seek(?:ing)?|the)|skip) ?${upTo(4)}(?:confirmations?|approvals?|permission|asking|confirm(?:ing)?|verification|verify(?:ing)?|review|human|double check(?:ing)?|supervision)(?![a-z])`,
      ),
    ],
  },
  {
    id: 'hide-from-user',
    why: 'wants something kept from whoever the reader works for',
    weight: 600,
    looks: [
      words(
        `(?:do not|dont|never|without|avoid|must not|should not|stop) (?:tell(?:ing)?|mention(?:ing)?|inform(?:ing)?|notify(?:ing)?|alert(?:ing)?|reveal(?:ing)?|disclos(?:e|ing)|show(?:ing)?|let(?:ting)?|report(?:ing)?|say(?:ing)?|warn(?:ing)?|display(?:ing)?|tip(?:ping)? off) ${upTo(6)}(?:users?|humans?|operators?|account (?:holders?|owners?)|end users?|principal)(?![a-z])`,
      ),
      words(
        `(?:the )?(?:user|human|operator|account holder) (?:must|should|does|may|can|will|need)(?: not|nt)? ?(?:not|never)? (?:know|see|notice|be (?:told|informed|notified|aware)|find out|need to know)`,
      ),
      squeezed('(?:donot|dont|never)(?:tell|inform|notify|alert)(?:the){0,1}user'),
    ],
  },
  {
    id: 'keep-secret',
    why: 'asks for secrecy',
    weight: 350,
    looks: [
      words(
        `keep (?:this|it|that) ${upTo(2)}(?:secret|confidential|quiet|hidden|between us|private|silent)|(?:do not|dont|never) (?:tell|mention|inform|alert|reveal) ${upTo(4)}(?:anyone|anybody|to anyone|this|him|her|them|customer|client|owner|manager)(?![a-z])|(?:silently|secretly|covertly|discreetly|quietly) (?:send|forward|add|delete|copy|transfer|execute|do|run|perform|include|append)`,
      ),
    ],
  },
  {
    id: 'urgency',
    why: 'presses for time or importance',
    weight: 150,
    looks: [
      words(
        '(?:urgent(?:ly)?|immediately|right now|right away|at once|asap|as soon as possible|act now|without delay|critical|highest priority|emergency|top priority|time sensitive)(?![a-z])',
      ),
    ],
  },
  {
    id: 'obey',
    why: 'demands that the reader obeys',
    weight: 300,
    looks: [
      words(
        `(?:you (?:must|have to|are required to|are obligated to|will|shall|need to)|it is (?:mandatory|imperative|essential|crucial)(?: that you| to)?|failure to|be sure to|make sure (?:to|you)) (?:always |now |strictly |immediately |first |exactly |fully ){0,2}(?:comply|obey|follow|execute|adhere|carry out|perform)(?![a-z])`,
      ),
      words(
        `(?:follow|obey|execute|carry out|perform) (?:these|the following|the below|all|my|exactly these|this|every one of these) ${upTo(2)}${ORDERS}(?: (?:exactly|immediately|now|below|instead|first|carefully|without)|[:!])`,
      ),
      words(
        '(?:this|these|the following) (?:instructions?|message|directive|request|order|rule)s? (?:takes?|has|have|supersedes?|overrides?|outranks?|replaces?)',
      ),
      words(
        '(?:important|critical|urgent|priority) (?:message|instructions?|notice|information|task)s? (?:from|to|for) (?:me|you|the (?:assistant|ai|system|model|agent|user))',
      ),
    ],
  },
  {
    id: 'steer-answer',
    why: 'says what the reader has to answer',
    weight: 400,
    looks: [
      words(
        `your (?:next |final |entire |whole |only )?(?:response|answer|reply|summary|output|review|recommendation|assessment|evaluation) (?:must|should|has to|needs to|will|shall) (?:only |always |also |exactly ){0,2}(?:include|say|contain|begin|end|start|recommend|state|rate|be|mention|conclude|use)(?![a-z])`,
      ),
      words(
        `(?:respond|reply|answer|output|conclude|say)(?: to (?:the user|everything|every|all|any)(?: [a-z]{1,12}){0,2})? (?:only with|with only|exactly|with nothing but|with the (?:word|phrase|sentence|text)|by saying|that (?:this|the) (?:candidate|product|paper|vendor|applicant))(?![a-z])`,
      ),
      words(
        `(?:rate|rank|score|recommend|describe|evaluate|select|choose|hire|classify|mark) (?:this|the|our|my) ${upTo(3)}(?:as|with|first|highest|above) ${upTo(3)}(?:best|highest|top|perfect|excellent|safe|not spam|benign|first|10|5 stars?|strong(?:est|ly)?|hire|qualified|outstanding)(?![a-z])`,
      ),
    ],
  },
];
