import type {
  UpstreamConnectionOptions,
  UpstreamConnectionOptions_HappyEyeballsConfig,
} from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { BindConfig, TcpKeepalive } from '@weft/proto/envoy/config/core/v3/address';
import type { CompileContext } from '../compile/context.ts';
import { supports } from '../compile/support.ts';
import { compileSocketAddress, requireIp, type SocketAddressRuntime } from '../config/address.ts';

const ONE_SOURCE = 'one source_address is used for all connections';

/** What is supported of upstream connections. */
export const CONNECTION_OPTIONS_SUPPORT = [
  supports<UpstreamConnectionOptions>('envoy.config.cluster.v3.UpstreamConnectionOptions', {
    tcpKeepalive: true,
    setLocalInterfaceNameOnUpstreamConnections: 'nothing here reads the name of the interface',
    happyEyeballsConfig: 'Node.js has an order of its own for the addresses of a host',
  }),
  supports<UpstreamConnectionOptions_HappyEyeballsConfig>(
    'envoy.config.cluster.v3.UpstreamConnectionOptions.HappyEyeballsConfig',
    { firstAddressFamilyVersion: true, firstAddressFamilyCount: true },
  ),
  supports<TcpKeepalive>('envoy.config.core.v3.TcpKeepalive', {
    keepaliveProbes: 'Node.js sets keepalive_time only: set tcp_keepalive_probes by sysctl',
    keepaliveTime: true,
    keepaliveInterval: 'Node.js sets keepalive_time only: set tcp_keepalive_intvl by sysctl',
  }),
  supports<BindConfig>('envoy.config.core.v3.BindConfig', {
    sourceAddress: true,
    freebind: 'Node.js cannot set IP_FREEBIND: allow it for the host by sysctl net.ipv4.ip_nonlocal_bind',
    socketOptions: 'Node.js cannot set options of sockets: set them for the whole host by sysctl',
    extraSourceAddresses: ONE_SOURCE,
    additionalSourceAddresses: ONE_SOURCE,
    localAddressSelector: ONE_SOURCE,
    validateNetworkNamespaces: 'network namespaces are not entered: run the proxy in the one it is to serve',
  }),
];

/** How idle connections are probed. */
export interface KeepaliveRuntime {
  /** Seconds until the first probe; undefined for the system's own. */
  readonly timeSeconds: number | undefined;
}

/** Compiles keepalive; undefined is off. */
export function compileTcpKeepalive(message: UpstreamConnectionOptions | undefined): KeepaliveRuntime | undefined {
  const { tcpKeepalive } = message ?? {};
  return tcpKeepalive && Object.freeze({ timeSeconds: tcpKeepalive.keepaliveTime });
}

/** The address that upstream connections come from; undefined when there was a problem, and where none is given. */
export function compileBindConfig(
  message: BindConfig | undefined,
  path: string,
  context: CompileContext,
): SocketAddressRuntime | undefined {
  if (message?.sourceAddress === undefined) return undefined;
  const at = `${path}.source_address`;
  const address = compileSocketAddress(message.sourceAddress);
  return requireIp(address, at, context) ? address : undefined;
}
