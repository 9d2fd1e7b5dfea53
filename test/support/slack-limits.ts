/** What Slack's reference says of blocks, written down once more: a mistake in the code's own limits shows here. */
const LONGEST_TEXTS: Readonly<Record<string, number>> = { header: 150, button: 75 };
const ALLOWED_TYPES = [
  ...['header', 'divider', 'rich_text', 'actions', 'input', 'button', 'plain_text', 'plain_text_input'],
  ...['rich_text_section', 'rich_text_list', 'rich_text_preformatted', 'text', 'date', 'link'],
];
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

type Node = Readonly<Record<string, unknown>>;

/** Every reason for which Slack would refuse a message, or would interpret what others wrote in it. */
export function messageProblems(
  { text, blocks }: { readonly text: string; readonly blocks: readonly object[] },
  links: readonly string[],
): string[] {
  return [
    ...(blocks.length > 50 ? [`${blocks.length} blocks`] : []),
    ...(text === '' || text.length > 3000 || /[<>&*_~`|@\n]|:\/\/|\w\.\w/.test(text)
      ? [`text '${text}'`]
      : []),
    ...(textsIn(blocks).join('').length > 8000 ? [`${textsIn(blocks).join('').length} characters`] : []),
    ...blockProblems(blocks, links),
  ];
}

/** The same of a view. */
export function viewProblems(view: object, links: readonly string[]): string[] {
  const {
    title,
    close,
    submit,
    private_metadata,
    callback_id,
    blocks = [],
  } = view as {
    readonly [name: string]: unknown;
    readonly blocks?: readonly object[];
  };
  const titles = [title, close, submit].filter((each) => each !== undefined) as { readonly text: string }[];
  return [
    ...(blocks.length > 100 ? [`${blocks.length} blocks`] : []),
    ...(Buffer.byteLength(JSON.stringify(view)) > 250_000 ? ['more than 250 kB'] : []),
    ...titles.filter(({ text }) => text === '' || text.length > 24).map(({ text }) => `title '${text}'`),
    ...(String(private_metadata ?? '').length > 3000 ? ['private metadata'] : []),
    ...(String(callback_id ?? '').length > 255 ? ['callback id'] : []),
    ...blockProblems(blocks, links),
  ];
}

function blockProblems(blocks: readonly object[], links: readonly string[]): string[] {
  const ids = blocks.map((block) => (block as Node).block_id).filter((id) => id !== undefined);
  return [
    ...(new Set(ids).size === ids.length ? [] : ['a block id twice']),
    ...blocks.flatMap((block) => {
      const characters = textsIn(block).join('').length;
      const { type, block_id: id } = block as Node;
      return [
        ...(type !== 'actions' && characters > 3000 ? [`${characters} characters in one ${type}`] : []),
        ...(id !== undefined && (id === '' || String(id).length > 255) ? [`block id ${id}`] : []),
        ...nodeProblems(block as Node, String(type), links),
      ];
    }),
  ];
}

function nodeProblems(node: Node, within: string, links: readonly string[]): string[] {
  const { type, text, elements } = node;
  const isText = type === 'text' || type === 'plain_text';
  const length = String(text).length;
  const longest = LONGEST_TEXTS[within] ?? 3000;
  const actions = type === 'actions' && Array.isArray(elements) ? (elements as Node[]) : [];
  const actionIds = actions.map(({ action_id }) => action_id);
  return [
    ...(type !== undefined && !ALLOWED_TYPES.includes(String(type)) ? [`type ${type}`] : []),
    ...(isText && (length === 0 || length > longest) ? [`${length} characters in a ${within}`] : []),
    ...(isText &&
    text !== '\n' &&
    HIDDEN.test(String(text).replaceAll(within === 'preformatted' ? '\n' : '', ''))
      ? ['something that hides']
      : []),
    ...(type === 'plain_text' && node.emoji !== false ? ['emoji out of text'] : []),
    ...(type === 'link' && !(links.includes(String(node.url)) && node.text === 'the run') ? ['a link'] : []),
    ...(type === 'date' && !/^\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC$/.test(String(node.fallback))
      ? ['a date']
      : []),
    ...(type === 'button' && String(node.value).length > 2000 ? ['a long value'] : []),
    ...(type === 'button' && node.confirm !== undefined ? ['a press that asks back'] : []),
    ...(String(node.accessibility_label ?? '').length > 75 ? ['a long label'] : []),
    ...(actions.length > 25 || new Set(actionIds).size < actionIds.length ? ['actions'] : []),
    ...(Array.isArray(elements) && elements.length === 0 ? [`an empty ${type}`] : []),
    ...Object.values(node).flatMap((inner) =>
      (Array.isArray(inner) ? inner : [inner])
        .filter((each): each is Node => typeof each === 'object' && each !== null)
        .flatMap((each) => nodeProblems(each, withinOf(node, within), links)),
    ),
  ];
}

function withinOf({ type }: Node, within: string): string {
  if (type === 'rich_text_preformatted') {
    return 'preformatted';
  }
  return type === 'header' || type === 'button' ? type : within;
}

/** Every text that people see. */
export function textsIn(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) {
    return [];
  }
  return Object.entries(node).flatMap(([name, value]) =>
    name === 'text' && typeof value === 'string' ? [value] : textsIn(value),
  );
}
