/** Where a webhook that is named by its Service can be reached from this process. */
import { type ApiObject, isPlainObject } from '@weft/api';
import { resourceId } from '../../catalog.ts';
import { kinds } from '../../kinds.ts';
import type { ObjectStorage } from '../../store/types.ts';
import type { WebhookClientConfig } from './configuration.ts';
import type { WebhookEndpoint } from './transport/call.ts';

const SLICES = 'discovery.k8s.io/endpointslices';
const SERVICE_LABEL = 'kubernetes.io/service-name';

/** Resolves services by their endpoints: service addresses exist only inside pods' networks. */
export class ServiceResolver {
  private readonly storage: ObjectStorage;

  constructor(storage: ObjectStorage) {
    this.storage = storage;
  }

  /** Throws an error whose message says what is missing. */
  resolve(config: WebhookClientConfig): WebhookEndpoint {
    const { caPem, url, service } = config;
    if (url !== undefined) return { url: new URL(url), serverName: undefined, caPem };
    const { namespace, name, path, port } = service!;
    const entry = this.storage.get(resourceId(kinds.service), namespace, name);
    if (entry === undefined) throw new Error(`service "${namespace}/${name}" not found`);
    const address = this.addressOf(
      namespace,
      name,
      portName(JSON.parse(entry.json) as ApiObject, port, `${namespace}/${name}`),
    );
    if (address === undefined) throw new Error(`service "${namespace}/${name}" has no ready endpoint for port ${port}`);
    const host = address.host.includes(':') ? `[${address.host}]` : address.host;
    return { url: new URL(`https://${host}:${address.port}${path}`), serverName: `${name}.${namespace}.svc`, caPem };
  }

  private addressOf(namespace: string, name: string, port: string): { host: string; port: number } | undefined {
    const result = this.storage.list({
      resource: SLICES,
      namespace,
      filter: (entry) => entry.labels[SERVICE_LABEL] === name,
    });
    if (result.kind !== 'ok') return undefined;
    for (const entry of result.entries) {
      const slice = JSON.parse(entry.json) as { ports?: SlicePort[]; endpoints?: Endpoint[] };
      const wanted = slice.ports?.find((p) => (p.name ?? '') === port)?.port;
      const ready = slice.endpoints?.find((e) => e.conditions?.ready !== false);
      const host = ready?.addresses[0];
      if (wanted !== undefined && host !== undefined) return { host, port: wanted };
    }
    return undefined;
  }
}

interface SlicePort {
  readonly name?: string;
  readonly port?: number;
}

interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions?: { readonly ready?: boolean };
}

function portName(service: ApiObject, port: number, label: string): string {
  const spec = isPlainObject(service['spec']) ? service['spec'] : {};
  const ports = (Array.isArray(spec['ports']) ? spec['ports'] : []) as { name?: string; port: number }[];
  const found = ports.find((p) => p.port === port);
  if (found === undefined) throw new Error(`service "${label}" has no port ${port}`);
  return found.name ?? '';
}
