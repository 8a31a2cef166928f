/** OverloadManager: of what Envoy sheds load by, the number of client connections is bounded. */
import type { OverloadManager, ResourceMonitor } from '@weft/proto/envoy/config/overload/v3/overload';
import type { DownstreamConnectionsConfig } from '@weft/proto/envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections';
import { supports, withoutEffect } from '../../compile/support.ts';
import type { ConfigContext } from '../config-context.ts';
import { compileExtension, type ExtensionCategory } from '../extension-category.ts';
import { later } from '../later.ts';

const CONNECTIONS = 'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig';
const NO_ACTIONS = later(
  'shed load by actions: bound connections by envoy.resource_monitors.global_downstream_max_connections',
);
const BY_CONTAINER = 'bound the memory of the container or the unit, and connections here';

/** What is supported of overload managers. */
export const OVERLOAD_SUPPORT = [
  supports<OverloadManager>('envoy.config.overload.v3.OverloadManager', {
    refreshInterval: withoutEffect('connections are counted as they come and go'),
    resourceMonitors: true,
    actions: NO_ACTIONS,
    loadshedPoints: NO_ACTIONS,
    bufferFactoryConfig: 'buffers are bounded by per_connection_buffer_limit_bytes: leave it out',
  }),
  supports<ResourceMonitor>('envoy.config.overload.v3.ResourceMonitor', {
    name: true,
    configType: { typedConfig: true },
  }),
  supports<DownstreamConnectionsConfig>(CONNECTIONS, { maxActiveDownstreamConnections: true }),
];

/** What is watched. */
export const RESOURCE_MONITORS: ExtensionCategory<number> = {
  name: 'envoy.resource_monitors',
  what: 'resource monitor',
  supported: [
    {
      name: 'envoy.resource_monitors.global_downstream_max_connections',
      typeName: CONNECTIONS,
      compile: (message) => Number((message as DownstreamConnectionsConfig).maxActiveDownstreamConnections),
    },
  ],
  refused: {
    'envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig': BY_CONTAINER,
    'envoy.extensions.resource_monitors.cgroup_memory.v3.CgroupMemoryConfig': BY_CONTAINER,
    'envoy.extensions.resource_monitors.cpu_utilization.v3.CpuUtilizationConfig':
      'load is not shed by CPU: leave it out',
    'envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig': 'it is for tests of Envoy',
  },
};

/** How many client connections there may be; undefined where that is not said. */
export function compileOverload(
  message: OverloadManager | undefined,
  path: string,
  context: ConfigContext,
): number | undefined {
  const names = new Set<string>();
  let max: number | undefined;
  message?.resourceMonitors.forEach(({ name, configType }, i) => {
    const at = `${path}.resource_monitors[${i}]`;
    if (names.has(name)) context.problems.add(`${at}.name`, `duplicate resource monitor ${JSON.stringify(name)}`);
    names.add(name);
    max = compileExtension(RESOURCE_MONITORS, { name, typedConfig: configType.value }, at, context)?.config;
  });
  return max;
}
