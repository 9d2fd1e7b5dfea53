/**
 * Letters of other scripts that look like Latin ones, and what they look like; in pairs, one behind the other. From Unicode's
 * confusables (UTS #39), as far as they are single letters of scripts that keyboards have. Accents are gone before.
 */
const LOOKALIKES =
  // Cyrillic
  'аaвbсcԁdеeѐeғfһhнhіiїiјjкkӏlмmоoрpԛqгrѕsтtуyѵvѡwԝwхxүyзzАAВBСCЕEНHІIЈJКKМMОOРPЅSТTУYХXԜWЗ3' +
  // Greek
  'αaβbεeηnιiκkνvοoρpσoτtυuχxωwγyΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX' +
  // Armenian, Cherokee and Latin letters that no accent explains
  'օoսuհhոnցgզqԼLՏSᎪAᏴBᏟCᎠDᎬEᏀGᎻHᎥiᎫJᏦKᏞLᎷMᏢPᏒRᏚSᎢTᏙVᏔWᏃZıiȷjłlŁLøoØOđdĐDħhɡgɑaɩiɪiƖlᴀaʙbᴄcᴅdᴇeꜰfɢgʜhᴊjᴋkʟlᴍmɴnᴏoᴘpʀrꜱsᴛtᴜuᴠvᴡwʏyᴢz';

const characters = [...LOOKALIKES];
const LATIN: ReadonlyMap<string, string> = new Map([
  ...characters.flatMap((each, index) =>
    index % 2 === 0 ? [[each, characters[index + 1] ?? ''] as const] : [],
  ),
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
]);

/** First letters of alphabets in circles and squares, and of flags, that no normalization reads. */
const ALPHABETS = [0x1f130, 0x1f150, 0x1f170, 0x1f1e6];

/** The text without accents, with letters that look like Latin ones as what they look like. */
export function withLatinLetters(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(
      /[\x80-\u{10ffff}]/gu,
      (character) => LATIN.get(character) ?? enclosedLetter(character) ?? character,
    );
}

function enclosedLetter(character: string): string | undefined {
  const code = character.codePointAt(0) ?? 0;
  const first = ALPHABETS.find((each) => code >= each && code < each + 26);
  return first === undefined ? undefined : String.fromCharCode(0x61 + code - first);
}
