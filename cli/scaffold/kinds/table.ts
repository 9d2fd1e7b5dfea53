import { http } from './http.ts';
import type { Kind } from './kind.ts';
import { own } from './own.ts';

/** Every kind of tool that can be scaffolded, by its name for `--kind`. */
export const KINDS = { own, http } as const satisfies Readonly<Record<string, Kind>>;

export type KindName = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[];
