import type { Words } from './words.ts';

/** A document for people to file or print: Markdown and HTML are made from it, and only they know how to escape. */
export interface Document {
  readonly title: Words;
  /** What there is to know, in a few sentences. */
  readonly summary: readonly Words[];
  readonly sections: readonly Section[];
}

export interface Section {
  readonly heading: Words;
  readonly blocks: readonly Block[];
  /** One level below. */
  readonly parts?: readonly Section[];
}

export type Block =
  | { readonly kind: 'text'; readonly text: Words }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  | {
      readonly kind: 'table';
      readonly columns: readonly DocumentColumn[];
      readonly rows: readonly (readonly Words[])[];
    }
  | { readonly kind: 'list'; readonly items: readonly ListItem[] }
  /** Several lines as they are, such as a policy. */
  | { readonly kind: 'code'; readonly code: string };

export type Fact = readonly [name: string, value: Words];

export interface DocumentColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** How a line ends: well, not, or neither. */
export type Tone = 'good' | 'bad' | 'open';

export interface ListItem {
  readonly tone?: Tone;
  readonly text: Words;
}
