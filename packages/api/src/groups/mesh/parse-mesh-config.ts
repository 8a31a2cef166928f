/** From what users write to a complete configuration of the mesh. */
import {
  type FieldIssue,
  FieldPath,
  IssueReport,
  isPlainObject,
  prune,
  type Schema,
  validateSchema,
} from '../../schema/index.ts';
import { checkMeshConfig } from './mesh-config.check.ts';
import { MESH_CONFIG_DEFAULTS, type MeshConfig, meshConfig } from './mesh-config.ts';
import { checkMeshNetworks } from './mesh-networks.check.ts';
import { type MeshNetworks, meshNetworks } from './mesh-networks.ts';
import { checkProxyConfig } from './proxy-config.check.ts';
import { type MeshProxyConfig, meshProxyConfig, PROXY_CONFIG_DEFAULTS } from './proxy-config.ts';

/** The outcome of reading configuration. */
export interface ParsedConfig<T> {
  /** The configuration with its defaults; the defaults alone when the given one has a wrong structure. */
  readonly config: T;
  readonly issues: readonly FieldIssue[];
  readonly warnings: readonly string[];
  /** Paths of fields that the configuration does not know; they are not in `config`. */
  readonly unknownFields: readonly string[];
}

/** Reads MeshConfig: JSON or parsed YAML in, configuration with defaults out. Never changes `given`. */
export function parseMeshConfig(given: unknown, path: FieldPath = FieldPath.root): ParsedConfig<MeshConfig> {
  return parse(given, { schema: meshConfig, merge: withMeshDefaults, check: checkMeshConfig, path });
}

/** Reads the ProxyConfig of a pod (`proxy.istio.io/config`), over that of the mesh. */
export function parseProxyConfig(
  given: unknown,
  base: MeshProxyConfig = PROXY_CONFIG_DEFAULTS,
  path: FieldPath = FieldPath.root,
): ParsedConfig<MeshProxyConfig> {
  const merge = (config: MeshProxyConfig): MeshProxyConfig => mergeProxyConfig(base, config);
  return parse(given, { schema: meshProxyConfig, merge, check: checkProxyConfig, path });
}

/** Reads MeshNetworks. */
export function parseMeshNetworks(given: unknown, path: FieldPath = FieldPath.root): ParsedConfig<MeshNetworks> {
  const merge = (config: MeshNetworks): MeshNetworks => ({ networks: {}, ...config });
  return parse(given, { schema: meshNetworks, merge, check: checkMeshNetworks, path });
}

interface Reading<T> {
  readonly schema: Schema<T>;
  readonly merge: (given: T) => T;
  readonly check: (config: T, path: FieldPath, report: IssueReport) => void;
  readonly path: FieldPath;
}

function parse<T extends object>(given: unknown, { schema, merge, check, path }: Reading<T>): ParsedConfig<T> {
  const report = new IssueReport();
  // An empty document means "nothing to change", as an empty ConfigMap key does.
  const pruned = prune(schema, given ?? {});
  validateSchema(schema, pruned.value, report, path);
  const isSound = report.issues.length === 0;
  const config = structuredClone(merge(isSound ? (pruned.value as T) : ({} as T)));
  if (isSound) check(config, path, report);
  const prefix = path.toString();
  return {
    config,
    issues: report.issues,
    warnings: report.warnings,
    unknownFields: pruned.unknown.map((field) => (prefix === '' ? field : `${prefix}.${field}`)),
  };
}

/** What is set replaces the default; objects that have defaults, providers and aliases are joined instead. */
function withMeshDefaults(given: MeshConfig): MeshConfig {
  const merged: Record<string, unknown> = { ...MESH_CONFIG_DEFAULTS };
  for (const [field, value] of Object.entries(given)) {
    const before = merged[field];
    merged[field] = isPlainObject(before) && isPlainObject(value) ? { ...before, ...value } : value;
  }
  return {
    ...(merged as MeshConfig),
    defaultConfig: mergeProxyConfig(PROXY_CONFIG_DEFAULTS, given.defaultConfig ?? {}),
    extensionProviders: mergeProviders(MESH_CONFIG_DEFAULTS.extensionProviders, given.extensionProviders ?? []),
    trustDomainAliases: [...new Set(given.trustDomainAliases ?? [])].toSorted(),
  };
}

function mergeProxyConfig(base: MeshProxyConfig, given: MeshProxyConfig): MeshProxyConfig {
  const merged = { ...base, ...given, proxyMetadata: { ...base.proxyMetadata, ...given.proxyMetadata } };
  // The two ways of naming the service exclude each other, so a given one drives out the default.
  if (given.tracingServiceName !== undefined && given.serviceCluster === undefined) delete merged.serviceCluster;
  if (given.serviceCluster !== undefined && given.tracingServiceName === undefined) delete merged.tracingServiceName;
  return merged;
}

type Providers = NonNullable<MeshConfig['extensionProviders']>;

/** Providers by name: a given one takes the place of a default one, and of an earlier one of the same name. */
function mergeProviders(defaults: Providers, given: Providers): Providers {
  const byName = new Map(defaults.map((provider) => [provider.name, provider]));
  for (const provider of given) byName.set(provider.name, provider);
  return [...byName.values()];
}
