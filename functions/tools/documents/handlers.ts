import { NO_VERSION } from '../../../contracts/documents.ts';
import {
  type LookUpHandler,
  type ToolContext,
  type ToolHandler,
  ToolRefusal,
} from '../../../domain/tool/handler.ts';
import { documentChanges } from './changes.ts';
import { MAXIMUM_PURGE_PAGES } from './costs.ts';
import type { DocumentsTool } from './definitions.ts';
import type { Written } from './documents.ts';
import { removedAt, versionWritten } from './look-up.ts';
import {
  deleteVersions,
  historyOf,
  openStore,
  put,
  readCurrent,
  readVersion,
  remove,
  type Store,
  type Stored,
} from './store.ts';

/** By tool name; a tool without its handler does not compile. */
type DocumentsHandlers = {
  readonly [T in DocumentsTool as T['name']]: T extends { readonly idempotency: 'by_lookup' }
    ? LookUpHandler<T>
    : ToolHandler<T>;
};

export const documentsHandlers: DocumentsHandlers = {
  'documents.get_document': async ({ name }, context) => {
    const found = await readCurrent(openStore(context, name));
    if (found === undefined) {
      throw new ToolRefusal(`there is no document '${name}'`);
    }
    const { version, content, runId, owner = runId, writtenAt } = found;
    context.recordRetrieved({
      ...{ id: name, version },
      ...(owner === undefined ? {} : { owner }),
      ...(writtenAt === undefined ? {} : { at: writtenAt }),
    });
    return { name, version, content, ...(runId === undefined ? {} : { run_id: runId }) };
  },

  'documents.preview_put_document': async ({ name, content, expected_version }, context) => {
    const before = await expected(openStore(context, name), expected_version);
    const effect = effectOf(name);
    return {
      changes: documentChanges(before?.content, content).map((change) => ({ effect, ...change })),
    };
  },

  'documents.put_document': {
    run: async ({ name, content, expected_version }, context) => {
      const store = openStore(context, name);
      const before = await expected(store, expected_version);
      const look = () => versionWritten(store, expected_version);
      const version = await sureOf(() => put(store, content, before), look);
      return written(name, version, expected_version, context, documentChanges(before?.content, content));
    },
    lookUp: async ({ name, expected_version }, context) => {
      const version = await versionWritten(openStore(context, name), expected_version);
      return version === undefined ? undefined : written(name, version, expected_version, context);
    },
  },

  'documents.restore_document': {
    run: async ({ name, version: restored, expected_version }, context) => {
      const store = openStore(context, name);
      const before = await expected(store, expected_version);
      const after = await earlier(store, name, restored);
      const changes = documentChanges(before?.content, after?.content);
      if (after !== undefined) {
        const look = () => versionWritten(store, expected_version);
        const version = await sureOf(() => put(store, after.content, before), look);
        return written(name, version, expected_version, context, changes);
      }
      if (before === undefined) {
        throw new ToolRefusal(`there is no document '${name}', nothing is to be removed`);
      }
      const removal = await sureOf(
        () => remove(store, before),
        () => removedAt(store, expected_version),
      );
      return removed(name, removal, expected_version, context, changes);
    },
    lookUp: async ({ name, version: restored, expected_version }, context) => {
      const store = openStore(context, name);
      if (restored === NO_VERSION) {
        const removal = await removedAt(store, expected_version);
        return removal === undefined ? undefined : removed(name, removal, expected_version, context);
      }
      const version = await versionWritten(store, expected_version);
      return version === undefined ? undefined : written(name, version, expected_version, context);
    },
  },

  'documents.purge_document': async ({ name }, context) => {
    const store = openStore(context, name);
    let purged = 0;
    for (let page = 1; page <= MAXIMUM_PURGE_PAGES; page += 1) {
      const { versions, removals } = await historyOf(store);
      const all = [...versions, ...removals];
      if (all.length === 0) {
        return { name, purged_versions: purged };
      }
      await deleteVersions(store, all);
      purged += all.length;
      context.recordEffect(effectOf(name));
    }
    throw new Error(`'${name}' still has versions after ${purged} were deleted`);
  },
};

/** @throws ToolRefusal unless the current version is the one that the caller has seen */
async function expected(store: Store, version: string): Promise<Stored | undefined> {
  const current = await readCurrent(store);
  const found = current?.version ?? NO_VERSION;
  if (found !== version) {
    throw new ToolRefusal(`the current version is ${found}, expected ${version}; read the document again`);
  }
  return current;
}

/** @throws ToolRefusal when the document has never had such a version, or has it no more */
async function earlier(store: Store, name: string, version: string): Promise<Stored | undefined> {
  if (version === NO_VERSION) {
    return undefined;
  }
  const found = await readVersion(store, version);
  if (found === undefined) {
    throw new ToolRefusal(`'${name}' has no version ${version}, expected one that a tool has answered`);
  }
  return found;
}

/** A write that got no answer may have been made all the same; if it is there, it is this call's. */
async function sureOf(
  write: () => Promise<string>,
  look: () => Promise<string | undefined>,
): Promise<string> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof ToolRefusal) {
      throw error;
    }
    const found = await look().catch(() => undefined);
    if (found === undefined) {
      // INVARIANT: not being there yet says nothing while the request may still be under way
      throw error;
    }
    return found;
  }
}

type Changes = ReturnType<typeof documentChanges>;

/** What changes is the document: the version that it gets nobody can tell before. */
function effectOf(name: string): string {
  return `documents/${name}`;
}

function written(
  name: string,
  version: string,
  replaced: string,
  { recordEffect }: ToolContext,
  changes?: Changes,
): Written {
  recordEffect(effectOf(name), changes);
  recordEffect(`${effectOf(name)}/versions/${version}`, []);
  return { name, version, replaced_version: replaced };
}

function removed(
  name: string,
  removal: string,
  replaced: string,
  { recordEffect }: ToolContext,
  changes?: Changes,
): Written {
  recordEffect(effectOf(name), changes);
  recordEffect(`${effectOf(name)}/versions/${removal}`, []);
  return { name, version: NO_VERSION, replaced_version: replaced };
}
