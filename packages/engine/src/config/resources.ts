import { err, ok, type Result } from '@weft/core';
import type { Cluster } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { ClusterLoadAssignment } from '@weft/proto/envoy/config/endpoint/v3/endpoint';
import type { Listener } from '@weft/proto/envoy/config/listener/v3/listener';
import type { RouteConfiguration } from '@weft/proto/envoy/config/route/v3/route';
import type { Secret } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/secret';
import type { Runtime } from '@weft/proto/envoy/service/runtime/v3/rtds';
import { Problems } from '@weft/proto/lite';
import { type ClusterRuntime, compileCluster } from '../cluster/cluster.ts';
import { checkAddresses } from '../cluster/discovery.ts';
import { compileEndpoints, type EndpointsRuntime } from '../cluster/endpoints.ts';
import type { TypedMessage } from '../compile/context.ts';
import { compileListener, type ListenerRuntime } from '../listener/listener.ts';
import type { CompileError } from '../match/compile-error.ts';
import { compileRouteConfig, type RouteConfigRuntime } from '../route/route-config.ts';
import { compileSecret, type SecretRuntime } from '../tls/secret.ts';
import { compileRuntimeValues, type RuntimeValues } from './bootstrap/runtime-layers.ts';
import type { ConfigContext, ResourceNeed, SecretReference } from './config-context.ts';
import { allSupport, type ConfigEnvironment, createConfigContext } from './environment.ts';
import { prepare } from './prepare.ts';

/** A compiled resource and what it refers to. */
export interface CompiledResource<T> {
  readonly name: string;
  readonly value: T;
  /** Resources of other types, and where to get them. */
  readonly needs: readonly ResourceNeed[];
  /** Clusters that have to exist. */
  readonly requiredClusters: ReadonlySet<string>;
  /** Secrets that the bootstrap has to have. */
  readonly requiredSecrets: readonly SecretReference[];
}

/** A compiled resource, or everything that is wrong with it. */
export type ResourceResult<T> = Result<CompiledResource<T>, readonly CompileError[]>;

/** The types of resources that are compiled, with what they become. */
export interface ResourceRuntimes {
  'envoy.config.listener.v3.Listener': ListenerRuntime;
  'envoy.config.route.v3.RouteConfiguration': RouteConfigRuntime;
  'envoy.config.cluster.v3.Cluster': ClusterRuntime;
  'envoy.config.endpoint.v3.ClusterLoadAssignment': EndpointsRuntime;
  'envoy.extensions.transport_sockets.tls.v3.Secret': SecretRuntime;
  'envoy.service.runtime.v3.Runtime': RuntimeValues;
}

/** The name of a type of resources. */
export type ResourceTypeName = keyof ResourceRuntimes;

type Compilers = {
  readonly [T in ResourceTypeName]: {
    nameOf(message: TypedMessage): string;
    compile(message: TypedMessage, path: string, context: ConfigContext): ResourceRuntimes[T] | undefined;
  };
};

const COMPILERS: Compilers = {
  'envoy.config.listener.v3.Listener': {
    nameOf: (message) => (message as Listener).name,
    compile: (message, path, context) => compileListener(message as Listener, path, context),
  },
  'envoy.config.route.v3.RouteConfiguration': {
    nameOf: (message) => (message as RouteConfiguration).name,
    compile: (message, path, context) => compileRouteConfig(message as RouteConfiguration, path, context),
  },
  'envoy.config.cluster.v3.Cluster': {
    nameOf: (message) => (message as Cluster).name,
    compile: (message, path, context) => compileCluster(message as Cluster, path, context),
  },
  'envoy.config.endpoint.v3.ClusterLoadAssignment': {
    nameOf: (message) => (message as ClusterLoadAssignment).clusterName,
    compile: (message, path, context) => {
      const endpoints = compileEndpoints(message as ClusterLoadAssignment, path, context);
      return endpoints && checkAddresses(endpoints, path, context) ? endpoints : undefined;
    },
  },
  'envoy.extensions.transport_sockets.tls.v3.Secret': {
    nameOf: (message) => (message as Secret).name,
    compile: (message, path, context) => compileSecret(message as Secret, path, context),
  },
  'envoy.service.runtime.v3.Runtime': {
    nameOf: (message) => (message as Runtime).name,
    compile: (message, path, context) => compileRuntimeValues(message as Runtime, path, context),
  },
};

/** The names of all types of resources. */
export const RESOURCE_TYPES = Object.keys(COMPILERS) as readonly ResourceTypeName[];

/** Checks and compiles one resource. Paths of problems begin with `path`, which may be empty. */
export function compileResource<T extends ResourceTypeName>(
  message: TypedMessage & { readonly $typeName: T },
  path: string,
  environment: ConfigEnvironment,
): ResourceResult<ResourceRuntimes[T]> {
  const report = new Problems(path);
  prepare(message, allSupport(), report);
  return report.isEmpty ? compileChecked(message, path, environment) : err(report.list);
}

/** Compiles a resource that is checked already, as those within a bootstrap are with it. */
export function compileChecked<T extends ResourceTypeName>(
  message: TypedMessage & { readonly $typeName: T },
  path: string,
  environment: ConfigEnvironment,
): ResourceResult<ResourceRuntimes[T]> {
  const context = createConfigContext(environment);
  const compiler = COMPILERS[message.$typeName];
  const value = compiler.compile(message, path, context);
  if (value === undefined || context.problems.count > 0) return err(context.problems.list());
  const { needs, requiredClusters, requiredSecrets } = context;
  return ok(Object.freeze({ name: compiler.nameOf(message), value, needs, requiredClusters, requiredSecrets }));
}
