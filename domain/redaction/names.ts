import { folded } from './folding.ts';
import type { Kind, PersonalData } from './kinds.ts';

/** Members whose whole value is a secret, whatever it looks like. Compared in snake case, at the end of the name. */
const SECRET_NAMES =
  /(?:^|_)(?:pass(?:word|wd|phrase|code)s?(?:_hash)?|pwd|secrets?|credentials?|(?:proxy_)?authorization|(?:set_)?cookies?|(?:api|secret|access|private|signing|encryption|account|master|shared_access)_?keys?|(?:access|refresh|id|auth|bearer|session|security|csrf|xsrf|api|bot|device|reset|personal_access|oauth)_?tokens?|token|sessionid|phpsessid|otp|(?:recovery|backup|mfa|otp|one_time)_codes?)$/;

/** Tokens that only say where a list goes on, or that a request is the same one. */
const HARMLESS_NAMES =
  /(?:^|_)(?:next|prev|previous|page|paging|pagination|continuation|sync|cancel|client|max|num)_tokens?$/;

/** Members that say of a bare number what it is, and how its value must look to be one. */
const LABELLING_NAMES: readonly (readonly [PersonalData, RegExp, RegExp])[] = [
  [
    'phone',
    /(?:^|_)(?:tele)?(?:phone|tel|mobile|cell|fax|whatsapp|msisdn)(?:_?(?:number|no|nr))?$/,
    /^\+?\(?\d(?:[ ()./-]{0,2}\d){6,14}$/,
  ],
  [
    'payment_card',
    /(?:^|_)(?:cvv2?|cvc2?|card_(?:security|verification)_(?:code|value)|security_code)$/,
    /^\d{3,4}$/,
  ],
  [
    'payment_card',
    /(?:^|_)(?:card|cc|pan|credit_card|debit_card)(?:_?(?:number|no|num))$/,
    /^\d(?:[ -]?\d){11,18}$/,
  ],
  [
    'national_id',
    /(?:^|_)(?:ssn|social_security(?:_number)?|sin|itin|tin|tax_(?:id|number|payer_id)|national_(?:id|insurance)(?:_number)?|nino|cpf|dni|nie|codice_fiscale|bsn|pesel|aadhaar|personnummer|passport(?:_(?:number|no))?|driv(?:er|ers|ing)_licen[cs]e(?:_(?:number|no))?)$/,
    /^(?=[^\d]{0,10}\d)[A-Za-z0-9][A-Za-z0-9 ./-]{4,24}$/,
  ],
];

const PIN_NAMES = /(?:^|_)pin(?:_(?:code|number))?$/;

/** What kind of thing a member is by its name alone; undefined when its value has to be looked at. */
export function kindByName(name: string, value: string): Kind | undefined {
  const snake = snakeCase(name);
  if (SECRET_NAMES.test(snake) && !HARMLESS_NAMES.test(snake)) {
    return 'secret';
  }
  if (PIN_NAMES.test(snake) && /^\d{4,8}$/.test(value)) {
    return 'secret';
  }
  return LABELLING_NAMES.find(([, names, form]) => names.test(snake) && form.test(folded(value).text))?.[0];
}

/** Names longer than this name nothing. */
const LONGEST_NAME = 128;

/** `client_secret` of `clientSecret`, `Client-Secret` and `CLIENT SECRET`. */
function snakeCase(name: string): string {
  return folded(name.slice(-LONGEST_NAME))
    .text.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]{1,128}/g, '_')
    .toLowerCase();
}
