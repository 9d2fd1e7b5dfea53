import { ENV } from '../../../contracts/environment.ts';
import { exampleTableName } from '../../../contracts/names.ts';
import { type ToolContext, type ToolHandler, ToolRefusal } from '../../../domain/tool/handler.ts';
import { markedBy, markOf } from '../../adapters/records/mark.ts';
import { openStore, readDocument, type Store, type Stored } from '../../adapters/records/store.ts';
import { type Attempt, previewOfWrite, writtenOnce } from '../../adapters/records/write-once.ts';
import { environment } from '../../runtime/environment.ts';
import { deleteDatabase, deployService, type OpsTool, restartService, scaleService } from './definitions.ts';
import { REMEMBERED_OPERATIONS, Service, type ServiceView } from './documents.ts';

/** By tool name; a tool without a handler does not compile. */
type OpsHandlers = { readonly [T in OpsTool as T['name']]: ToolHandler<T> };

export const opsHandlers: OpsHandlers = {
  'ops.get_service': async ({ service }, context) => view((await read(openStore(context), service)).document),

  'ops.restart_service': ({ service }, context) =>
    changed(context, service, restartService.name, (before) => ({
      ...before,
      restarts: before.restarts + 1,
    })),

  'ops.scale_service': ({ service, replicas }, context) =>
    changed(context, service, scaleService.name, (before) => ({ ...before, desired_replicas: replicas })),

  'ops.deploy_service': ({ service, version }, context) =>
    changed(context, service, deployService.name, deployed(version)),

  'ops.preview_deploy_service': ({ service, version }, context) =>
    previewOfWrite(context, (store) =>
      changeOf(store, service, { operation: deployService.name, change: deployed(version) }),
    ),

  'ops.delete_database': ({ service, database }, context) =>
    changed(context, service, deleteDatabase.name, (before) => {
      if (!before.databases.includes(database)) {
        throw new ToolRefusal(`service ${service} has no database ${database}`);
      }
      return { ...before, databases: before.databases.filter((each) => each !== database) };
    }),
};

type Change = (before: Service) => Service;

function deployed(version: string): Change {
  return (before) => ({
    ...before,
    version,
    deployed_versions: [...new Set([...before.deployed_versions, version])],
  });
}

/** Changes a service at most once for each call, also when others have changed it in between. */
function changed(
  context: ToolContext,
  service: string,
  operation: string,
  change: Change,
): Promise<ServiceView> {
  return writtenOnce(context, (store) => changeOf(store, service, { operation, change }));
}

async function changeOf(
  store: Store,
  service: string,
  { operation, change }: { readonly operation: string; readonly change: Change },
): Promise<Attempt<ServiceView>> {
  const { context } = store;
  const before = await read(store, service);
  const isWritten = markedBy(context, before.document.operations) !== undefined;
  const document = isWritten
    ? before.document
    : withOperation(change(before.document), { operation, call: markOf(context) });
  const write = { kind: 'services', tableName: tableName(), id: service, before, document };
  return { result: view(document), writes: [write], isWritten };
}

function withOperation(service: Service, operation: Service['operations'][number]): Service {
  return { ...service, operations: [...service.operations, operation].slice(-REMEMBERED_OPERATIONS) };
}

/** @throws ToolRefusal when there is no such service */
async function read(store: Store, service: string): Promise<Stored<Service>> {
  const stored = await readDocument(store, tableName(), service, Service);
  if (stored === undefined) {
    throw new ToolRefusal(`there is no service ${service}`);
  }
  return stored;
}

function view({ operations: _, ...service }: Service): ServiceView {
  return service;
}

function tableName(): string {
  return exampleTableName(environment(ENV.prefix), 'ops', 'services');
}
