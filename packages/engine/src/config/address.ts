import type {
  Address,
  EnvoyInternalAddress,
  Pipe,
  SocketAddress,
  SocketAddress_Protocol,
} from '@weft/proto/envoy/config/core/v3/address';
import type { CompileContext } from '../compile/context.ts';
import { isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import { type Support, supportsEnum } from '../compile/support-enum.ts';
import { type IpAddress, parseIp } from '../match/cidr.ts';

/** What is supported of addresses. */
export const ADDRESS_SUPPORT: readonly Support[] = [
  supports<Address>('envoy.config.core.v3.Address', {
    address: { socketAddress: true, pipe: true, envoyInternalAddress: true },
  }),
  supports<SocketAddress>('envoy.config.core.v3.SocketAddress', {
    protocol: true,
    address: true,
    portSpecifier: {
      portValue: true,
      namedPort: 'names of ports need a custom resolver: give the number as port_value',
    },
    resolverName: 'there are no custom resolvers: leave it out',
    ipv4Compat: true,
    networkNamespaceFilepath: 'run the proxy in the network namespace it is to serve',
  }),
  supportsEnum<typeof SocketAddress_Protocol>('envoy.config.core.v3.SocketAddress.Protocol', {
    TCP: true,
    UDP: 'only TCP is proxied',
  }),
  supports<Pipe>('envoy.config.core.v3.Pipe', { path: true, mode: true }),
  supports<EnvoyInternalAddress>('envoy.config.core.v3.EnvoyInternalAddress', {
    addressNameSpecifier: { serverListenerName: true },
    endpointId: true,
  }),
];

/** A compiled address. */
export type AddressRuntime = SocketAddressRuntime | PipeAddressRuntime | InternalAddressRuntime;

/** An IP address, or a host name where those are allowed, and a port. */
export interface SocketAddressRuntime {
  readonly kind: 'socket';
  readonly host: string;
  readonly port: number;
  /** Undefined for a host name. */
  readonly ip: IpAddress | undefined;
  /** Whether an IPv6 address takes IPv4 too. */
  readonly takesIpv4: boolean;
}

/** A Unix socket. */
export interface PipeAddressRuntime {
  readonly kind: 'pipe';
  readonly path: string;
  /** The permissions of the socket; 0 leaves them as they are. */
  readonly mode: number;
}

/** An internal listener of the same proxy. */
export interface InternalAddressRuntime {
  readonly kind: 'internal';
  readonly listenerName: string;
  readonly endpointId: string;
}

/** Compiles an address; undefined when there was a problem. */
export function compileAddress(message: Address, path: string, context: CompileContext): AddressRuntime | undefined {
  const { address } = message;
  switch (address.case) {
    case undefined:
      return isMissing(path, 'socket_address, pipe or envoy_internal_address', context);
    case 'socketAddress':
      return compileSocketAddress(address.value);
    case 'pipe':
      return compilePipe(address.value, `${path}.pipe`, context);
    case 'envoyInternalAddress': {
      const { addressNameSpecifier, endpointId } = address.value;
      if (addressNameSpecifier.case === undefined)
        return isMissing(`${path}.envoy_internal_address`, 'server_listener_name', context);
      return Object.freeze({ kind: 'internal', listenerName: addressNameSpecifier.value, endpointId });
    }
  }
}

/** Compiles a socket address; a host name is for the caller to allow. */
export function compileSocketAddress(message: SocketAddress): SocketAddressRuntime {
  const { address: host, portSpecifier, ipv4Compat } = message;
  const port = portSpecifier.case === 'portValue' ? portSpecifier.value : 0;
  return Object.freeze({ kind: 'socket', host, port, ip: parseIp(host), takesIpv4: ipv4Compat });
}

/** Linux holds a path of 107 bytes and its end. */
const MAX_PIPE_BYTES = 107;

function compilePipe(
  { path: file, mode }: Pipe,
  path: string,
  context: CompileContext,
): PipeAddressRuntime | undefined {
  if (new TextEncoder().encode(file).length > MAX_PIPE_BYTES) {
    context.problems.add(
      `${path}.path`,
      `the path of a Unix socket may have ${MAX_PIPE_BYTES} bytes: ${JSON.stringify(file)} is longer`,
    );
    return undefined;
  }
  if (file.startsWith('@') && mode !== 0) {
    context.problems.add(`${path}.mode`, 'an abstract Unix socket has no permissions: leave mode out');
    return undefined;
  }
  return Object.freeze({ kind: 'pipe', path: file, mode });
}

/** The address as Envoy prints it: `10.0.0.1:80`, `[::1]:80`, a path, or `envoy://name/id`. */
export function formatAddress(address: AddressRuntime): string {
  switch (address.kind) {
    case 'socket':
      return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
    case 'pipe':
      return address.path;
    case 'internal':
      return `envoy://${address.listenerName}/${address.endpointId}`;
  }
}

/** Reports an address that must be an IP address and is a host name. */
export function requireIp(address: AddressRuntime, path: string, context: CompileContext): boolean {
  if (address.kind !== 'socket' || address.ip !== undefined) return true;
  context.problems.add(path, `malformed IP address: ${JSON.stringify(address.host)}`);
  return false;
}
