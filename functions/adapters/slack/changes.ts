import type { RichTextBlock, RichTextSection } from '@slack/types';
import type { ShownPreview } from '../../../contracts/api.ts';
import type { FieldChange } from '../../../contracts/events.ts';
import { bold, code, line, plain, richText } from './rich.ts';
import { valueText } from './text.ts';

/** How much of the changes a message shows; the rest is counted. */
export interface Room {
  readonly changes: number;
  readonly effects: number;
  /** Characters. */
  readonly field: number;
  readonly value: number;
}

interface Effect {
  readonly name: string;
  readonly changes: readonly FieldChange[];
}

/** Effects with as many of their changes as there is room for, in order. */
export function withinRoom(
  preview: Extract<ShownPreview, { changes: unknown }>,
  room: Pick<Room, 'changes' | 'effects'>,
): { readonly effects: readonly Effect[]; readonly leftOut: number } {
  const all = Object.entries(preview.changes).map(
    ([name, changes]) => [name, changes.flatMap(fieldByField)] as const,
  );
  const effects: Effect[] = [];
  let left = room.changes;
  for (const [name, changes] of all.slice(0, room.effects)) {
    const shown = changes.slice(0, left);
    if (shown.length > 0) {
      effects.push({ name, changes: shown });
    }
    left -= shown.length;
  }
  const total = all.reduce((sum, [, changes]) => sum + changes.length, 0);
  return { effects, leftOut: total - (room.changes - left) };
}

/** A document that is new, or gone, is told by its fields: what people look for is in one of them. */
function fieldByField(change: FieldChange): readonly FieldChange[] {
  const side = 'from' in change ? 'from' : 'to';
  const document = change[side];
  if (('from' in change && 'to' in change) || typeof document !== 'object' || document === null) {
    return [change];
  }
  const members = Object.entries(document).map(([name, value]) => ({
    field: Array.isArray(document) ? `${change.field}[${name}]` : `${change.field}.${name}`,
    [side]: value,
  }));
  return members.length === 0 ? [change] : members.flatMap(fieldByField);
}

/** What would change, by effect: `status: "paid" → "refunded"`. Without a preview it says that, and why. */
export function changeBlocks(
  preview: ShownPreview | undefined,
  room: Room,
  verb: 'Changes' | 'Would have changed' = 'Changes',
): RichTextBlock[] {
  if (preview === undefined) {
    return [richText(line(plain('What exactly would change is not known: this tool has no preview.')))];
  }
  if ('error' in preview) {
    const said = 'What exactly would change could not be found out: ';
    return [richText(line(bold(said), plain(preview.error, room.value * 2)))];
  }
  const { effects, leftOut } = withinRoom(preview, room);
  if (effects.length === 0 && leftOut === 0) {
    return [richText(line(bold('It would change nothing as things are now.')))];
  }
  return [
    ...effects.map(({ name, changes }) =>
      richText(line(bold(`${verb} `), code(name, room.field)), {
        type: 'rich_text_list',
        style: 'bullet',
        elements: changes.map((change) => changeLine(change, room)),
      }),
    ),
    ...(leftOut === 0 ? [] : [richText(line(bold(`… and ${leftOut} more changes, see Details`)))]),
  ];
}

function changeLine(change: FieldChange, { field, value }: Pick<Room, 'field' | 'value'>): RichTextSection {
  const side = (given: unknown) => code(valueText(given), value);
  const name = bold(`${change.field}: `, field);
  if (!('from' in change)) {
    return line(name, plain('new, '), side(change.to));
  }
  return 'to' in change
    ? line(name, side(change.from), plain(' → '), side(change.to))
    : line(name, side(change.from), plain(' → removed'));
}
