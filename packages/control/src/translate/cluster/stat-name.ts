import type { MeshService, MeshServicePort } from '../../mesh/index.ts';

/** What the pattern of a name of statistics can name. */
export interface StatNameParts {
  readonly service: MeshService;
  readonly port: MeshServicePort;
  readonly subset?: string;
  readonly targetPort?: number;
}

/** The name of a cluster in statistics by the pattern of the mesh, such as `%SERVICE%_%SERVICE_PORT%`; nothing when there is no pattern. */
export function statNameFields(
  pattern: string | undefined,
  { service, port, subset = '', targetPort }: StatNameParts,
): { altStatName?: string } {
  if (pattern === undefined || pattern === '') return {};
  const { hostname, name, namespace, registry } = service;
  const values: Readonly<Record<string, string>> = {
    SERVICE: registry === 'kubernetes' ? `${name}.${namespace}` : hostname,
    SERVICE_NAME: name,
    SERVICE_FQDN: hostname,
    SERVICE_PORT: String(port.number),
    SERVICE_PORT_NAME: port.name,
    TARGET_PORT: targetPort === undefined ? '' : String(targetPort),
    SUBSET_NAME: subset,
  };
  return { altStatName: pattern.replace(/%([A-Z_]+)%/g, (whole, word: string) => values[word] ?? whole) };
}
