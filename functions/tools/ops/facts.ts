import { documentKey } from '../../../contracts/shop.ts';
import type { FactLoader, FactReader, FactRequest } from '../../../domain/tool/facts.ts';
import { deployService, previewDeployService, ServiceResource } from './definitions.ts';
import { Service } from './documents.ts';

const DEPLOYMENTS: readonly string[] = [deployService.name, previewDeployService.name];

/** What the inventory says about the service that a call names, and of a deployment whether the version was tried before. */
export const loadOpsFacts: FactLoader = async (request, reader) => {
  const id = String(request.arguments.service);
  const service = await serviceOf(id, request, reader);
  const attributes =
    service === undefined
      ? { exists: false }
      : {
          exists: true,
          environment: service.environment,
          version: service.version,
          healthyReplicas: service.healthy_replicas,
          desiredReplicas: service.desired_replicas,
          frozen: isFrozen(service, request.now),
        };
  const call = DEPLOYMENTS.includes(request.tool)
    ? { stagedBefore: await isStaged(service, request, reader) }
    : {};
  return { resource: { type: ServiceResource.name, id, attributes }, call };
};

function isFrozen({ freezes }: Service, now: Date): boolean {
  return freezes.some(({ from, until }) => new Date(from) <= now && now < new Date(until));
}

async function isStaged(
  service: Service | undefined,
  request: FactRequest,
  reader: FactReader,
): Promise<boolean> {
  if (service?.staged_on === undefined) {
    return false;
  }
  const staging = await serviceOf(service.staged_on, request, reader);
  return staging?.deployed_versions.some((version) => version === request.arguments.version) ?? false;
}

async function serviceOf(
  id: string,
  { tenant }: FactRequest,
  reader: FactReader,
): Promise<Service | undefined> {
  const item = await reader.get('services', documentKey(tenant, id));
  return item?.document === undefined ? undefined : Service.parse(item.document);
}
