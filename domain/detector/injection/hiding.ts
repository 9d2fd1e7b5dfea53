import { markup, type Rule, squeezed, upTo, words } from '../rule.ts';
import { MODEL, ORDERS, TELLING } from './vocabulary.ts';

/** Characters without width that no script needs between Latin letters; a soft hyphen is for line breaks. */
const WIDTHLESS = '\\u200b-\\u200d\\u2060-\\u2064\\ufeff\\u180e';

/** Ways to put something before a model that people do not see, or to take something out unseen. */
export const HIDING_RULES: readonly Rule[] = [
  {
    id: 'widthless-characters',
    why: 'has characters without width inside words, or many in a row',
    weight: 350,
    looks: [
      { in: 'original', for: new RegExp(`[A-Za-z][${WIDTHLESS}]{1,64}[A-Za-z]|[${WIDTHLESS}]{8}`) },
      { in: 'original', for: /[\u202d\u202e]/ },
    ],
  },
  {
    id: 'invisible-text',
    why: 'has a text in characters that nobody sees',
    weight: 850,
    looks: [
      { in: 'original', for: /(?<![\u{1f3f4}\u{e0020}-\u{e007e}])[\u{e0020}-\u{e007e}]{4}/u },
      { in: 'original', for: /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]{8}/u },
    ],
  },
  {
    id: 'mixed-scripts',
    why: 'has words of Latin letters and of letters that look like them',
    weight: 350,
    looks: [
      {
        in: 'original',
        for: /[A-Za-z]{2}[\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u03b1\u03bf\u03bd\u03b9\u03c1]|[\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u03b1\u03bf\u03bd\u03b9\u03c1][A-Za-z]{2}/,
      },
    ],
  },
  {
    id: 'encoded-orders',
    why: 'has orders in base64, in hexadecimal or in invisible characters',
    weight: 850,
    looks: [{ in: 'decoded', for: new RegExp(TELLING) }],
  },
  {
    id: 'decode-and-follow',
    why: 'tells the reader to decode something and to follow it',
    weight: 650,
    looks: [
      words(
        `(?:decode|decrypt|deobfuscate|unscramble|translate|reverse|convert) ${upTo(8)}(?:and|then) ${upTo(3)}(?:follow|execute|run|obey|do|perform|carry|apply|act on|comply)(?![a-z])`,
      ),
    ],
  },
  {
    id: 'turned-orders',
    why: 'has words of orders backwards or in ROT13',
    weight: 700,
    looks: [squeezed('snoitcurtsni', 'tpmorpmetsys', 'vafgehpgvba', 'flfgrzcebzcg', 'qvfertneq')],
  },
  {
    id: 'hidden-comment',
    why: 'has orders in a comment, which is not shown',
    weight: 700,
    looks: [
      markup(new RegExp(`<!--[^>]{0,400}${TELLING}`)),
      markup(new RegExp(`(?:^|\\n)\\[//\\]: ?# ?[("'][^\\n]{0,400}${TELLING}`)),
    ],
  },
  {
    id: 'hidden-style',
    why: 'has orders in a style that nobody sees',
    weight: 650,
    looks: [
      markup(
        new RegExp(
          `(?:display: ?none|visibility: ?hidden|font-size: ?[01](?:px|pt|em)?[;"' ]|opacity: ?0[;"' ]|color: ?(?:white|#fff(?:fff)?|transparent)|<[a-z]{1,10} hidden)[^>]{0,200}>[^<]{0,400}${TELLING}`,
        ),
      ),
    ],
  },
  {
    id: 'image-that-tells',
    why: 'has an image whose address takes something along, or asks for one',
    weight: 600,
    looks: [
      markup(
        /!\[[^\]\n]{0,200}\]\(https?:\/\/[^)\s]{1,300}[?/][^)\s]{0,200}(?:[{[<$]|%7b|%5b|(?:data|conversation|history|secret|prompt|summary|leak|exfil|password|context|chat|messages?)=)/,
      ),
      words(
        `(?:render|include|display|append|embed|insert|add|show|output|end) ${upTo(6)}(?:image|markdown|img|picture|pixel|link) ${upTo(8)}https?:`,
      ),
    ],
  },
  {
    id: 'not-for-people',
    why: 'says that it is for models and not for people',
    weight: 550,
    looks: [
      words(
        `(?:only|just|exclusively|intended|meant) (?:for|visible to|readable by|to be read by) (?:the |an? |any )?${MODEL}(?![a-z])`,
      ),
      words(`(?:hidden|invisible|secret) (?:message|${ORDERS}|text|note) (?:to|for|from)`),
      words(
        '(?:humans?|people|readers|users?) (?:can not|cannot|cant|do not|dont|will not|wont) (?:see|read|notice) this',
      ),
    ],
  },
];
