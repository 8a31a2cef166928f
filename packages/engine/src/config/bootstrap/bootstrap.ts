import { err, ok } from '@weft/core';
import type { Admin, Bootstrap } from '@weft/proto/envoy/config/bootstrap/v3/bootstrap';
import type { InternalListener } from '@weft/proto/envoy/extensions/bootstrap/internal_listener/v3/internal_listener';
import { decode, fromJson, Problems } from '@weft/proto/lite';
import { compileAccessLogs } from '../../access-log/access-log.ts';
import { compileBindConfig } from '../../cluster/connection-options.ts';
import { compileDnsResolver } from '../../cluster/dns.ts';
import { compileOptionalMs } from '../../compile/matchers/duration.ts';
import { EMPTY_RUNTIME } from '../../match/fraction.ts';
import { compileAddress, formatAddress } from '../address.ts';
import type { ConfigContext } from '../config-context.ts';
import { allSupport, type ConfigSources, createConfigContext } from '../environment.ts';
import { compileExtension, type ExtensionCategory } from '../extension-category.ts';
import { prepare } from '../prepare.ts';
import { type CompiledResource, compileChecked, type ResourceRuntimes, type ResourceTypeName } from '../resources.ts';
import type {
  AdminRuntime,
  BootstrapResult,
  BootstrapRuntime,
  DynamicRuntime,
  StatsRuntime,
} from './bootstrap-runtime.ts';
import { checkReferences } from './check-references.ts';
import { compileOverload } from './overload.ts';
import { compileRuntimeLayers, mergeRuntimeLayers } from './runtime-layers.ts';

/** Extensions of the whole program. */
export const BOOTSTRAP_EXTENSIONS: ExtensionCategory<{ readonly bufferBytes: number }> = {
  name: 'envoy.bootstrap',
  what: 'bootstrap extension',
  supported: [
    {
      name: 'envoy.bootstrap.internal_listener',
      typeName: 'envoy.extensions.bootstrap.internal_listener.v3.InternalListener',
      compile: (message) => ({ bufferBytes: ((message as InternalListener).bufferSizeKb ?? DEFAULT_BUFFER_KB) * 1024 }),
    },
  ],
  refused: {},
};

/** The engines of regular expressions. */
export const REGEX_ENGINES: ExtensionCategory<Readonly<Record<string, never>>> = {
  name: 'envoy.regex_engines',
  what: 'regex engine',
  supported: [
    {
      name: 'envoy.regex_engines.google_re2',
      typeName: 'envoy.extensions.regex_engines.v3.GoogleRE2',
      compile: () => Object.freeze({}),
    },
  ],
  refused: {},
};

const DEFAULT_BUFFER_KB = 1024;
const DEFAULT_FLUSH_MS = 5000;

/** Reads a bootstrap from JSON data, or YAML that is parsed, and compiles it. */
export function compileBootstrapJson(json: unknown, sources: ConfigSources): BootstrapResult {
  const report = new Problems();
  const message = fromJson<Bootstrap>('envoy.config.bootstrap.v3.Bootstrap', json, report);
  if (message === undefined || !report.isEmpty) return err(report.list);
  return compileBootstrap(message, sources);
}

/** Decodes a bootstrap from its binary form and compiles it. */
export function compileBootstrapBytes(bytes: Uint8Array, sources: ConfigSources): BootstrapResult {
  const report = new Problems();
  const message = decode<Bootstrap>('envoy.config.bootstrap.v3.Bootstrap', bytes, report);
  if (message === undefined || !report.isEmpty) return err(report.list);
  return compileBootstrap(message, sources);
}

/** Compiles a bootstrap. */
export function compileBootstrap(message: Bootstrap, sources: ConfigSources): BootstrapResult {
  const report = new Problems();
  prepare(message, allSupport(), report);
  if (!report.isEmpty) return err(report.list);
  const first = createConfigContext({ ...sources, runtime: EMPTY_RUNTIME });
  const runtimeLayers = compileRuntimeLayers(message.layeredRuntime, 'layered_runtime', first);
  const runtime = mergeRuntimeLayers(runtimeLayers);
  const resolver = compileDnsResolver(message, '', first);
  const defaultResolver = resolver === 'none' ? undefined : resolver;
  const environment = { ...sources, runtime, defaultResolver };
  const context = createConfigContext(environment);
  context.problems.addAll(first.problems.list());
  const compileAll = <T extends ResourceTypeName>(
    messages: readonly { readonly $typeName: T }[],
    name: string,
  ): CompiledResource<ResourceRuntimes[T]>[] =>
    messages.flatMap((each, i) => {
      const result = compileChecked(each, `static_resources.${name}[${i}]`, environment);
      if (result.kind === 'ok') return [result.value];
      context.problems.addAll(result.error);
      return [];
    });
  const bootstrap: BootstrapRuntime = {
    node: message.node,
    secrets: compileAll(message.staticResources?.secrets ?? [], 'secrets'),
    clusters: compileAll(message.staticResources?.clusters ?? [], 'clusters'),
    listeners: compileAll(message.staticResources?.listeners ?? [], 'listeners'),
    dynamic: dynamicOf(message),
    admin: compileAdmin(message.admin, 'admin', context),
    localClusterName: message.clusterManager?.localClusterName ?? '',
    bindAddress: compileBindConfig(
      message.clusterManager?.upstreamBindConfig,
      'cluster_manager.upstream_bind_config',
      context,
    ),
    defaultResolver,
    runtimeLayers,
    runtime,
    stats: statsOf(message, context),
    maxDownstreamConnections: compileOverload(message.overloadManager, 'overload_manager', context),
    internalListenerBufferBytes: compileExtensions(message, context),
  };
  if (context.problems.count === 0) checkReferences(bootstrap, context);
  return context.problems.count === 0 ? ok(Object.freeze(bootstrap)) : err(context.problems.list());
}

function dynamicOf({ dynamicResources: given }: Bootstrap): DynamicRuntime {
  return Object.freeze({ ads: given?.adsConfig, lds: given?.ldsConfig, cds: given?.cdsConfig });
}

function compileAdmin(message: Admin | undefined, path: string, context: ConfigContext): AdminRuntime | undefined {
  if (message === undefined) return undefined;
  checkAdminLogs(message, path, context);
  if (message.address === undefined) return undefined;
  const address = compileAddress(message.address, `${path}.address`, context);
  if (address === undefined) return undefined;
  if (address.kind !== 'internal' && (address.kind === 'pipe' || address.ip !== undefined)) {
    return Object.freeze({ address, ignoresGlobalLimit: message.ignoreGlobalConnLimit });
  }
  context.problems.add(`${path}.address`, `${JSON.stringify(formatAddress(address))} is no IP address`);
  return undefined;
}

const NO_FILE = '/dev/null';

/** Requests to the admin address are not logged, so logs may only be what throws them away. */
function checkAdminLogs(message: Admin, path: string, context: ConfigContext): void {
  const why = `requests to the admin address are not logged yet: leave it out, or log to ${NO_FILE}`;
  const { accessLogPath } = message;
  if (accessLogPath !== '' && accessLogPath !== NO_FILE) context.problems.add(`${path}.access_log_path`, why);
  const logs = compileAccessLogs(message.accessLog, `${path}.access_log`, context) ?? [];
  for (const [i, { sink }] of logs.entries()) {
    if (sink.kind !== 'file' || sink.path !== NO_FILE) context.problems.add(`${path}.access_log[${i}]`, why);
  }
}

function statsOf(message: Bootstrap, context: ConfigContext): StatsRuntime {
  return Object.freeze({
    config: message.statsConfig,
    flushMs: compileOptionalMs(message.statsFlushInterval, 'stats_flush_interval', context) ?? DEFAULT_FLUSH_MS,
    flushesOnAdmin: message.statsFlush.case === 'statsFlushOnAdmin',
    serverVersion: message.statsServerVersionOverride,
  });
}

function compileExtensions(message: Bootstrap, context: ConfigContext): number | undefined {
  let bufferBytes: number | undefined;
  message.bootstrapExtensions.forEach(({ name, typedConfig }, i) => {
    const path = `bootstrap_extensions[${i}]`;
    bufferBytes = compileExtension(BOOTSTRAP_EXTENSIONS, { name, typedConfig }, path, context)?.config.bufferBytes;
  });
  const engine = message.defaultRegexEngine;
  if (engine !== undefined) {
    const holder = { name: engine.name, typedConfig: engine.typedConfig };
    compileExtension(REGEX_ENGINES, holder, 'default_regex_engine', context);
  }
  return bufferBytes;
}
