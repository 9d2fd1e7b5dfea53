import { type Rule, words } from './rule.ts';

/** After these, what would be a complaint is none. */
const NOT =
  '(?<!(?:^| )(?:not|no|never|isnt|wasnt|arent|without|nicht|kein|keine|pas)(?: (?:a|an|the|so|that|really|very|at all))? )';

/** Signs of an unhappy or angry writer, in English and the plainest of German, French and Spanish. */
export const SENTIMENT_RULES: readonly Rule[] = [
  {
    id: 'insult',
    why: 'insults',
    weight: 600,
    looks: [
      words(
        `${NOT}(?:idiots?|morons?|liars?|crooks?|thieves|scammers?|clowns|useless (?:people|company|support|service|bot)|incompetent|pathetic|disgusting|shameful|disgrace|betruger|unverschamt(?:heit)?|escrocs?|honteux|estafadores|verguenza)(?![a-z])`,
      ),
    ],
  },
  {
    id: 'profanity',
    why: 'curses',
    weight: 550,
    looks: [
      words(
        '(?:fuck\\w{0,5}|bullshit|shit(?:ty)?|crap|goddamn|damn|wtf|piss(?:ed)? off|asshole|scheiss\\w{0,5}|verdammt|merde|mierda)(?![a-z])',
      ),
    ],
  },
  {
    id: 'anger',
    why: 'says to be angry',
    weight: 600,
    looks: [
      words(
        `${NOT}(?:furious|outraged|livid|angry|enraged|fed up|sick of|sick and tired|had enough|unacceptable|outrageous|ridiculous|appalling|beyond a joke|wutend|stinksauer|inakzeptabel|unzumutbar|furieux|inacceptable|indignado|inaceptable)(?![a-z])`,
      ),
    ],
  },
  {
    id: 'disappointment',
    why: 'says to be disappointed',
    weight: 350,
    looks: [
      words(
        `${NOT}(?:disappoint(?:ed|ing|ment)|frustrat(?:ed|ing|ion)|annoy(?:ed|ing)|upset|unhappy|dissatisfied|terrible|awful|horrible|dreadful|the worst|worst (?:service|experience|company|support)|let down|nightmare|enttauscht|arger(?:lich|t)|verargert|decue?|mecontente?|decepcionad[oa]|molest[oa])(?![a-z])`,
      ),
      words(
        '(?:not|never|isnt|wasnt|nicht) (?:at all |very |really |exactly |sehr )?(?:happy|satisfied|pleased|impressed|acceptable|good enough|amused|zufrieden)(?![a-z])',
      ),
    ],
  },
  {
    id: 'unheard',
    why: 'has waited or asked again and again',
    weight: 350,
    looks: [
      words(
        `(?:still (?:waiting|no (?:reply|answer|response|refund))|(?:third|fourth|fifth|3rd|4th|5th|\\d{1,2}th) (?:time|email|call|message)|(?:nobody|no one) (?:answers?|replies|responds|cares|helps?)|(?:ignored|ignoring) (?:me|my)|again and again|over and over|how (?:many times|much longer|often)|waited (?:for )?(?:weeks|months)|seit wochen|immer noch nicht|niemand (?:antwortet|reagiert)|toujours (?:pas|aucune)|nadie (?:responde|contesta))(?![a-z])`,
      ),
    ],
  },
  {
    id: 'leaving',
    why: 'is about to leave',
    weight: 350,
    looks: [
      words(
        `(?:never (?:again|order|buy|shop|use)|last time i|cancel my (?:account|subscription|contract|membership)|close my account|take my business|switch(?:ing)? to (?:a|another|your) compet|lost (?:a|me as a) customer|nie wieder|kundigen|plus jamais|nunca mas)(?![a-z])`,
      ),
    ],
  },
  {
    id: 'threat',
    why: 'threatens with consequences',
    weight: 500,
    looks: [
      words(
        `(?:(?:my|a|our) (?:lawyers?|solicitors?|attorneys?)|sue you|legal action|take you to court|small claims|report you|consumer protection|trading standards|ombudsman|bad review|one star|1 star|go public|tell everyone|you will (?:regret|hear from)|rechtsanwalt|anwalt|verbraucherzentrale|anzeige erstatten|avocat|abogado)(?![a-z])`,
      ),
    ],
  },
  {
    id: 'accusation',
    why: 'accuses of fraud or lies',
    weight: 450,
    looks: [
      words(
        `${NOT}(?:scam(?:med)?|rip ?off|ripped off|cheated|stole(?:n)? (?:from me|my)|lied to|lying to|robbery|fraudsters?|abzocke|betrug|betrogen|arnaque|estafa)(?![a-z])`,
      ),
    ],
  },
  {
    id: 'shouting',
    why: 'shouts in capitals or with signs',
    weight: 350,
    looks: [{ in: 'original', for: /(?:\b[A-Z]{2,20}[ ,.!?']{1,3}){3}\b[A-Z]{2,20}\b|[!?]{3}|!\?|\?!/ }],
  },
];
