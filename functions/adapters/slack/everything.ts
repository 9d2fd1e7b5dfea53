import type { RichTextBlock } from '@slack/types';
import type { Approval } from '../../../domain/approval/approval.ts';
import { textForSlack } from './for-slack.ts';
import { bold, line, plain, richText } from './rich.ts';
import { printable, valueText, whole } from './text.ts';

/** A heading and what is under it, line by line, without anything left out. */
export interface Chapter {
  readonly title: string;
  readonly lines: readonly string[];
}

/** All that an approval has in it, what people look for first at the beginning. */
export function chaptersOf(approval: Approval): readonly Chapter[] {
  const { proposal, facts, policies, reasons, beneficiaries, requesters, verdicts, asks } = approval;
  const chapters: readonly Chapter[] = [
    { title: 'What would change', lines: changeLines(approval) },
    { title: 'Arguments', lines: json(proposal.arguments) },
    { title: 'What was looked up', lines: json(facts) },
    { title: 'Why people are asked', lines: reasons },
    { title: 'Policies', lines: policies },
    { title: 'Who asked for it', lines: requesters.map(textForSlack) },
    { title: 'Who gains from it', lines: beneficiaries },
    {
      title: 'Who is asked',
      lines: asks.map(({ approverRole, quorum, from }) => `${quorum} ${approverRole} from ${from}`),
    },
    {
      title: 'What was said',
      lines: verdicts.map(
        ({ by, verdict, at, via, note }) =>
          `${at} ${textForSlack(by)} ${verdict} (${via})${note === undefined ? '' : `: ${note}`}`,
      ),
    },
    { title: 'Names', lines: nameLines(approval) },
  ];
  return chapters
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => ({ title, lines: lines.map(printable) }));
}

function changeLines({ preview }: Approval): readonly string[] {
  if (preview === undefined) {
    return ['not known: the tool has no preview'];
  }
  if ('error' in preview) {
    return [`could not be found out: ${preview.error}`];
  }
  return Object.entries(preview.changes).flatMap(([effect, changes]) => [
    effect,
    ...changes.flatMap((change) => [
      `  ${change.field}`,
      ...('from' in change ? [`  - ${valueText(change.from)}`] : []),
      ...('to' in change ? [`  + ${valueText(change.to)}`] : []),
    ]),
  ]);
}

function nameLines(approval: Approval): readonly string[] {
  const { approvalId, tenant, runId, callId, agent, workflow, proposal, resource, digest, preview } =
    approval;
  return [
    `approval ${approvalId} of tenant ${tenant}`,
    `run ${runId}, call ${callId} of agent ${agent} in ${workflow}`,
    `tool ${proposal.tool} on ${resource}`,
    `digest of the call ${digest}`,
    ...(preview !== undefined && 'digest' in preview ? [`digest of the changes ${preview.digest}`] : []),
    `asked at ${approval.requestedAt}, open until ${approval.expiresAt}`,
  ];
}

function json(value: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(value).length === 0 ? [] : JSON.stringify(value, undefined, 2).split('\n');
}

/** A chapter as blocks of at most so many characters; lines that are longer go on in the next. */
export function chapterBlocks({ title, lines }: Chapter, charactersPerBlock: number): RichTextBlock[] {
  return pages(lines.join('\n'), charactersPerBlock).map((text, index) =>
    richText(line(bold(index === 0 ? title : `${title}, part ${index + 1}`)), {
      type: 'rich_text_preformatted',
      elements: [{ type: 'text', text }],
    }),
  );
}

function pages(text: string, length: number): readonly string[] {
  const all: string[] = [];
  for (let rest = text; rest !== ''; rest = rest.slice(all.at(-1)?.length)) {
    all.push(whole(rest, Math.min(rest.length, length)));
  }
  return all;
}

/** Blocks as many as there is room for; what is left out is said. */
export function withinView(
  blocks: readonly RichTextBlock[],
  room: { readonly blocks: number; readonly bytes: number },
  { approvalId }: Pick<Approval, 'approvalId'>,
): RichTextBlock[] {
  const shown: RichTextBlock[] = [];
  let bytes = 0;
  for (const block of blocks) {
    bytes += Buffer.byteLength(JSON.stringify(block));
    if (shown.length === room.blocks || bytes > room.bytes) {
      const left = blocks.length - shown.length;
      const words = `… ${left} more parts do not fit into Slack; countersign approval ${approvalId} shows everything`;
      return [...shown, richText(line(plain(words)))];
    }
    shown.push(block);
  }
  return shown;
}
