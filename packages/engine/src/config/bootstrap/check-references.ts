import type { ApiConfigSource } from '@weft/proto/envoy/config/core/v3/config_source';
import type { ClusterRuntime } from '../../cluster/cluster.ts';
import { formatAddress } from '../address.ts';
import type { ConfigContext, SecretKind } from '../config-context.ts';
import { checkConfigSource } from '../config-source.ts';
import type { CompiledResource } from '../resources.ts';
import type { BootstrapRuntime } from './bootstrap-runtime.ts';

/** Reports what only shows when all static resources are looked at together. */
export function checkReferences(bootstrap: BootstrapRuntime, context: ConfigContext): void {
  const clusters = new Map<string, CompiledResource<ClusterRuntime>>();
  bootstrap.clusters.forEach((cluster, i) => {
    const path = `static_resources.clusters[${i}].name`;
    if (clusters.has(cluster.name)) context.problems.add(path, `duplicate cluster ${JSON.stringify(cluster.name)}`);
    clusters.set(cluster.name, cluster);
  });
  checkListeners(bootstrap, clusters, context);
  checkSecrets(bootstrap, context);
  checkNode(bootstrap, context);
  checkDynamic(bootstrap, clusters, context);
  const { localClusterName } = bootstrap;
  if (localClusterName !== '' && !clusters.has(localClusterName)) {
    context.problems.add(
      'cluster_manager.local_cluster_name',
      `${JSON.stringify(localClusterName)} is no static cluster`,
    );
  }
}

type Clusters = ReadonlyMap<string, CompiledResource<ClusterRuntime>>;

function checkListeners(
  { listeners, internalListenerBufferBytes }: BootstrapRuntime,
  clusters: Clusters,
  context: ConfigContext,
): void {
  const names = new Set<string>();
  /** Address -> the index of the listener that has it. */
  const addresses = new Map<string, number>();
  listeners.forEach(({ name, value, requiredClusters }, i) => {
    const path = `static_resources.listeners[${i}]`;
    if (name !== '' && names.has(name))
      context.problems.add(`${path}.name`, `duplicate listener ${JSON.stringify(name)}`);
    names.add(name);
    if (value.isInternal && internalListenerBufferBytes === undefined) {
      context.problems.add(
        path,
        'an internal listener needs the bootstrap extension envoy.bootstrap.internal_listener',
      );
    }
    for (const address of value.addresses) {
      const text = formatAddress(address);
      const first = addresses.get(text);
      if (first !== undefined && !text.endsWith(':0')) {
        context.problems.add(`${path}.address`, `has the address ${text} of static_resources.listeners[${first}]`);
      }
      addresses.set(text, i);
    }
    for (const cluster of requiredClusters) {
      if (!clusters.has(cluster)) context.problems.add(path, `route: unknown cluster ${JSON.stringify(cluster)}`);
    }
  });
}

/** The fields of a Secret. */
const SECRET_FIELDS: Readonly<Record<SecretKind, string>> = {
  certificate: 'tls_certificate',
  validation: 'validation_context',
  ticketKeys: 'session_ticket_keys',
  generic: 'generic_secret',
};

function checkSecrets({ secrets, clusters, listeners }: BootstrapRuntime, context: ConfigContext): void {
  const kinds = new Map<string, SecretKind>();
  secrets.forEach(({ name, value }, i) => {
    const path = `static_resources.secrets[${i}].name`;
    if (kinds.has(name)) context.problems.add(path, `duplicate secret ${JSON.stringify(name)}`);
    kinds.set(name, value.kind);
  });
  for (const [kind, resources] of Object.entries({ clusters, listeners })) {
    resources.forEach(({ requiredSecrets }, i) => {
      for (const secret of requiredSecrets) {
        if (kinds.get(secret.name) === secret.kind) continue;
        const reason = `there is no static secret ${JSON.stringify(secret.name)} with ${SECRET_FIELDS[secret.kind]}`;
        context.problems.add(`static_resources.${kind}[${i}]`, reason);
      }
    });
  }
}

/** The sources that are servers, and not files. */
const SERVERS: readonly (string | undefined)[] = ['ads', 'apiConfigSource'];

/** A server of resources has to know whom it talks to. */
function checkNode(
  { node, dynamic, clusters, listeners, runtimeLayers }: BootstrapRuntime,
  context: ConfigContext,
): void {
  if (node !== undefined && node.id !== '' && node.cluster !== '') return;
  const sources = [
    dynamic.lds,
    dynamic.cds,
    ...runtimeLayers.map(({ fetched }) => fetched?.source),
    ...[...clusters, ...listeners].flatMap(({ needs }) => needs.map(({ source }) => source)),
  ];
  const isAsking = sources.some((source) => SERVERS.includes(source?.configSourceSpecifier.case));
  if (isAsking) context.problems.add('node', 'id and cluster are required where a server is asked for resources');
}

/** The servers of resources must be reachable before there are any. */
function checkDynamic({ dynamic, runtimeLayers }: BootstrapRuntime, clusters: Clusters, context: ConfigContext): void {
  const path = 'dynamic_resources';
  const apis: (readonly [string, ApiConfigSource | undefined])[] = [
    [`${path}.ads_config`, dynamic.ads],
    [`${path}.lds_config.api_config_source`, apiOf(dynamic.lds)],
    [`${path}.cds_config.api_config_source`, apiOf(dynamic.cds)],
    ...runtimeLayers.map(
      ({ fetched }, i) =>
        [`layered_runtime.layers[${i}].rtds_layer.rtds_config.api_config_source`, apiOf(fetched?.source)] as const,
    ),
  ];
  for (const [at, api] of apis) {
    api?.grpcServices.forEach(({ targetSpecifier }, i) => {
      if (targetSpecifier.case !== 'envoyGrpc') return;
      const { clusterName } = targetSpecifier.value;
      const kind = clusters.get(clusterName)?.value.discovery.kind;
      if (kind !== undefined && kind !== 'eds') return;
      const reason = `${JSON.stringify(clusterName)} must be a static cluster whose type is not EDS`;
      context.problems.add(`${at}.grpc_services[${i}].envoy_grpc.cluster_name`, reason);
    });
  }
  checkConfigSource(dynamic.lds, `${path}.lds_config`, context);
  checkConfigSource(dynamic.cds, `${path}.cds_config`, context);
  if (dynamic.ads?.grpcServices.length === 0)
    context.problems.add(`${path}.ads_config.grpc_services`, 'at least one is required');
  const usesAds = [dynamic.lds, dynamic.cds, ...runtimeLayers.map(({ fetched }) => fetched?.source)].some(
    (source) => source?.configSourceSpecifier.case === 'ads',
  );
  if (usesAds && dynamic.ads === undefined) context.problems.add(`${path}.ads_config`, 'is required where ads is used');
}

function apiOf(source: BootstrapRuntime['dynamic']['lds']): ApiConfigSource | undefined {
  const specifier = source?.configSourceSpecifier;
  return specifier?.case === 'apiConfigSource' ? specifier.value : undefined;
}
