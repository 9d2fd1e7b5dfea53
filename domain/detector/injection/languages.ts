import { type Rule, squeezed, upTo, words } from '../rule.ts';

const GERMAN_ORDERS =
  '(?:anweisung(?:en)?|vorgaben?|befehle?n?|instruktionen|regeln|anordnungen|prompts?|richtlinien|systemprompts?|einschrankungen)';
const FRENCH_ORDERS = '(?:instructions?|consignes?|directives?|ordres?|regles?|invites?)';
const SPANISH_ORDERS = '(?:instrucciones|ordenes|indicaciones|reglas|directrices|directivas|comandos)';
const CHINESE_ORDERS =
  '(?:\u6307\u4ee4|\u6307\u793a|\u8bf4\u660e|\u8aaa\u660e|\u547d\u4ee4|\u63d0\u793a|\u89c4\u5219|\u898f\u5247|\u8981\u6c42|\u8bbe\u5b9a|\u8a2d\u5b9a)';

/** The same in German, French, Spanish and Chinese; accents are gone by now, and between Chinese characters there is nothing. */
export const LANGUAGE_RULES: readonly Rule[] = [
  {
    id: 'override-german',
    why: 'tells the reader in German to drop the orders that it has',
    weight: 750,
    looks: [
      words(
        `(?:ignorier(?:en|e|t|st)?|vergiss|vergesst|vergessen|missacht(?:en|e|et)|(?:u|ue)berschreib(?:en|e|t)|verw(?:i|e)rf(?:en|t)?|umgeh(?:en|e|t)?|(?:befolg|beacht)(?:en|e|t)?(?: sie)? (?:nicht|keine)) (?:sie )?${upTo(3)}(?:alle[rsn]?|vorherig|bisherig|obig|fruher|frueher|vorangegangen|vorangehend|vorstehend|deine|ihre|ursprunglich|urspruenglich|system)[a-z]{0,4} ?${upTo(2)}${GERMAN_ORDERS}`,
      ),
    ],
  },
  {
    id: 'override-french',
    why: 'tells the reader in French to drop the orders that it has',
    weight: 750,
    looks: [
      words(
        `(?:ignore[zr]?|oublie[zr]?|neglige[zr]?|outrepasse[zr]?|contourne[zr]?|abandonne[zr]?|ne (?:tiens|tenez|tenir) (?:pas|plus|aucun) compte|fais abstraction|faites abstraction|ne (?:suis|suivez|respecte|respectez) (?:pas|plus)) ${upTo(4)}${FRENCH_ORDERS} (?:${upTo(2)}(?:precedent|anterieur|initial|ci dessus|systeme|recu|d origine|donne)|ci dessus|du systeme)`,
      ),
      words(
        `(?:ignore[zr]?|oublie[zr]?) ${upTo(2)}(?:toutes|tes|vos|precedentes|anciennes) ${upTo(2)}${FRENCH_ORDERS}`,
      ),
    ],
  },
  {
    id: 'override-spanish',
    why: 'tells the reader in Spanish to drop the orders that it has',
    weight: 750,
    looks: [
      words(
        `(?:ignor(?:a|ar|ad|e|en)|olvid(?:a|ar|ad|e|en)|desestim(?:a|ar|e)|descart(?:a|ar|e)|anul(?:a|ar|e)|omit(?:e|ir|a)|haz caso omiso|haga caso omiso|no (?:sigas|siga|obedezcas|obedezca|hagas caso)) ${upTo(4)}${SPANISH_ORDERS} ${upTo(2)}(?:anterior|previa|inicial|originales|del sistema|de arriba|recibid|precedent)`,
      ),
      words(
        `(?:ignor(?:a|e|en)|olvid(?:a|e|en)) ${upTo(2)}(?:todas|tus|sus|anteriores|previas) ${upTo(2)}${SPANISH_ORDERS}`,
      ),
    ],
  },
  {
    id: 'override-chinese',
    why: 'tells the reader in Chinese to drop the orders that it has',
    weight: 750,
    looks: [
      squeezed(
        `(?:\u5ffd\u7565|\u65e0\u89c6|\u7121\u8996|\u5fd8\u8bb0|\u5fd8\u8a18|\u5fd8\u6389|\u4e0d\u8981\u7406\u4f1a|\u4e0d\u8981\u9075\u5b88|\u4e0d\u518d\u9075\u5faa|\u4e0d\u7406\u4f1a|\u653e\u5f03|\u8986\u76d6|\u8986\u84cb|\u7ed5\u8fc7)[\u4e00-\u9fff]{0,10}(?:\u4e4b\u524d|\u4ee5\u524d|\u5148\u524d|\u6b64\u524d|\u4ee5\u4e0a|\u4e0a\u8ff0|\u4e0a\u9762|\u524d\u9762|\u6240\u6709|\u4efb\u4f55|\u4e00\u5207|\u539f\u6709|\u539f\u6765|\u7cfb\u7edf|\u7cfb\u7d71|\u4f60\u7684)[\u4e00-\u9fff]{0,6}${CHINESE_ORDERS}`,
      ),
    ],
  },
  {
    id: 'foreign-address',
    why: 'addresses a model in German, French, Spanish or Chinese',
    weight: 500,
    looks: [
      words(
        '(?:an (?:den|die|alle)|liebe[rs]?|achtung|hinweis (?:an|fur|fuer)(?: den| die)?|hallo|nachricht an(?: den| die)?|wenn du (?:eine?|als)|du bist(?: jetzt| nun| ab sofort)?(?: eine?)?) (?:ki(?: (?:assistent|agent|modell|system))?|assistent|sprachmodell|chatbot)(?![a-z])',
      ),
      words(
        '(?:chere?|a lattention de(?: l| la)?|note (?:a|pour)(?: l)?|si (?:tu es|vous etes) une?|tu es(?: maintenant| desormais)? une?|vous etes(?: maintenant| desormais)? une?|bonjour) ?(?:l ?)?(?:assistant(?! [a-z]{1,12} (?:de|du))|ia|lia|lassistant|intelligence artificielle|modele de langage)(?![a-z])',
      ),
      words(
        '(?:estimad[oa]|atencion|nota (?:para|al?)|querid[oa]|hola|si eres una?|eres(?: ahora)? una?|mensaje para)(?: (?:el|la|al))? (?:asistente|modelo de lenguaje|ia|inteligencia artificial|chatbot)(?![a-z])',
      ),
      squeezed(
        '(?:\u81f4|\u4eb2\u7231\u7684|\u5982\u679c\u4f60\u662f|\u4f5c\u4e3a|\u4f60\u662f\u4e00\u4e2a|\u4f60\u73b0\u5728\u662f)(?:\u4e00\u4e2a)?(?:ai|\u4eba\u5de5\u667a\u80fd|\u52a9\u624b|\u8bed\u8a00\u6a21\u578b|\u6a21\u578b)',
      ),
    ],
  },
  {
    id: 'foreign-secrecy',
    why: 'wants something kept from the user, in German, French, Spanish or Chinese',
    weight: 600,
    looks: [
      words(
        `(?:sag(?:e|en)?|erzahl(?:e|en)?|teil(?:e|en)?|verrat(?:e|en)?|informier(?:e|en)?|erwahn(?:e|en)?|benachrichtig(?:e|en)?) (?:sie )?(?:es |das |dies )?(?:dem|den|der|gegenuber dem) (?:nutzer|benutzer|anwender|user)(?:n)? ${upTo(3)}(?:nicht|nichts|niemals|nie)`,
      ),
      words(
        `(?:ne|sans) (?:le |rien |pas |jamais )?(?:dis|dites|dire|informe[zr]?|mentionne[zr]?|previens|prevenir|revele[zr]?|avertir|avertis) ${upTo(4)}lutilisateur|(?:ne|sans) (?:le |rien )?(?:dis|dites|dire|informe[zr]?|mentionne[zr]?|previens|revele[zr]?) ${upTo(4)}utilisateur`,
      ),
      words(
        `(?:no (?:le |se lo )?(?:digas?|informes?|menciones?|reveles?|avises?|notifiques?|cuentes?)|sin (?:informar|avisar|decir|notificar)(?:le|selo)?) ${upTo(4)}usuario`,
      ),
      squeezed(
        '(?:\u4e0d\u8981|\u522b|\u4e0d\u5f97|\u52ff)(?:\u544a\u8bc9|\u544a\u77e5|\u901a\u77e5|\u8ba9|\u5411|\u63d0\u9192)\u7528\u6237',
      ),
    ],
  },
  {
    id: 'foreign-reveal',
    why: 'asks for the orders of the model in German, French, Spanish or Chinese',
    weight: 700,
    looks: [
      words(
        `(?:zeig(?:e|en)?|gib|verrat(?:e|en)?|nenn(?:e|en)?|wiederhol(?:e|en)?|schick(?:e|en)?) ${upTo(4)}(?:system ?prompts?|deine (?:[a-z]{1,20} )?(?:anweisungen|instruktionen|vorgaben))`,
      ),
      words(
        `(?:affiche[zr]?|revele[zr]?|montre[zr]?|repete[zr]?|donne[zr]?|envoie) ${upTo(4)}(?:prompt (?:du )?systeme|invite (?:du )?systeme|tes instructions|vos instructions internes)`,
      ),
      words(
        `(?:muestra|revela|imprime|repite|dime|envia) ${upTo(4)}(?:tus instrucciones|prompt (?:del )?sistema|mensaje (?:del|de) sistema)`,
      ),
      squeezed(
        '(?:\u663e\u793a|\u8f93\u51fa|\u544a\u8bc9\u6211|\u6cc4\u9732|\u91cd\u590d|\u6253\u5370)[\u4e00-\u9fff]{0,6}(?:\u7cfb\u7edf\u63d0\u793a|\u63d0\u793a\u8bcd|\u4f60\u7684\u6307\u4ee4|\u521d\u59cb\u6307\u4ee4)',
      ),
    ],
  },
];
