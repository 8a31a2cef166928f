/** Makes the transport of a cluster: plain TCP, TLS, a PROXY header in front of either, chosen by what is said of a host. */
import type { CoarseTimers, Logger } from '@weft/core';
import type {
  ClusterRuntime,
  MetadataSource,
  ProxyProtocolVersion,
  UpstreamProxyProtocolRuntime,
  UpstreamTransport,
} from '@weft/engine';
import type { Scope } from '@weft/telemetry';
import type { SecretStore } from '../secrets/secret-store.ts';
import type { ByteStream } from '../transport/byte-stream.ts';
import type { ConnectionInfo } from '../transport/connection-info.ts';
import { type ConnectHandler, type Connecting, connectTcp } from '../transport/tcp-connect.ts';
import { TlsStats } from '../transport/tls/tls-stats.ts';
import { UpstreamTls } from '../transport/tls/upstream-tls.ts';
import { encodeProxyHeader } from './proxy-header-out.ts';
import type { TransportConnect, TransportPurpose } from './transport-connect.ts';

/** What transports need of the proxy. */
export interface TransportServices {
  readonly secrets: SecretStore;
  readonly logger: Logger;
  readonly timers: CoarseTimers;
  /** That of the cluster. */
  readonly scope: Scope;
}

/** A cluster's transport. */
export interface ClusterTransport {
  readonly connect: TransportConnect;
  /** Looks at secrets no more. */
  close(): void;
}

/** What is done with a connection once TCP is up. */
interface Layer {
  begin(stream: ByteStream, info: ConnectionInfo, purpose: TransportPurpose, handler: ConnectHandler): Connecting;
  close(): void;
}

/** Throws what is wrong with keys and certificates that are there. */
export function createTransport(runtime: ClusterRuntime, services: TransportServices): ClusterTransport {
  const { bindAddress, keepalive, transportMatches } = runtime;
  const stats = new TlsStats(services.scope, 'client');
  const owner = `cluster ${JSON.stringify(runtime.name)}`;
  const layerOf = (transport: UpstreamTransport) => createLayer(transport, services, stats, owner);
  const matches = transportMatches.map(({ criteria, transport }) => ({ criteria, layer: layerOf(transport) }));
  const last = layerOf(runtime.transport);
  const source = bindAddress === undefined ? {} : { source: { host: bindAddress.host, port: bindAddress.port } };
  const alive = keepalive === undefined ? {} : { keepaliveS: keepalive.timeSeconds ?? 0 };
  return {
    connect: ({ address, metadata }, purpose, handler) => {
      const layer = matches.find(({ criteria }) => hasCriteria(metadata, criteria))?.layer ?? last;
      const port = address.ip === undefined ? undefined : address.port;
      const target = { host: address.host, port, ...source, ...alive };
      if (layer === undefined) return connectTcp(target, handler);
      return new LayeredConnect(layer, purpose, handler, (tcp) => connectTcp(target, tcp));
    },
    close: () => {
      for (const { layer } of matches) layer?.close();
      last?.close();
    },
  };
}

/** Where hosts say which transport they are for. */
const MATCH_NAMESPACE = 'envoy.transport_socket_match';

/** Whether a host's metadata has everything that is asked for; as Envoy, no criteria fit every host. */
function hasCriteria(metadata: MetadataSource, criteria: Readonly<Record<string, unknown>>): boolean {
  const own = metadata[MATCH_NAMESPACE] as Readonly<Record<string, unknown>> | undefined;
  return Object.entries(criteria).every(([key, value]) => JSON.stringify(own?.[key]) === JSON.stringify(value));
}

/** Undefined for plain TCP. */
function createLayer(
  transport: UpstreamTransport,
  services: TransportServices,
  stats: TlsStats,
  owner: string,
): Layer | undefined {
  switch (transport.kind) {
    case 'raw':
      return undefined;
    case 'tls': {
      const { secrets: store, logger } = services;
      const tls = new UpstreamTls({ runtime: transport, store, stats, logger, owner });
      return {
        begin: (stream, info, purpose, handler) => tls.connect(stream, info, purpose, handler),
        close: () => tls.close(),
      };
    }
    case 'proxyProtocol':
      return createProxyProtocol(transport, createLayer(transport.inner, services, stats, owner));
  }
}

function createProxyProtocol({ version }: UpstreamProxyProtocolRuntime, inner: Layer | undefined): Layer {
  return {
    begin: (stream, info, purpose, handler) => {
      sendHeader(version, stream, info, purpose);
      if (inner !== undefined) return inner.begin(stream, info, purpose, handler);
      handler.onConnect(stream, info);
      return { cancel: () => undefined };
    },
    close: () => inner?.close(),
  };
}

function sendHeader(
  version: ProxyProtocolVersion,
  stream: ByteStream,
  info: ConnectionInfo,
  { downstream }: TransportPurpose,
): void {
  // A connection that serves many clients names none: as in Envoy, it is introduced by its own addresses.
  const header =
    downstream === undefined
      ? encodeProxyHeader(version, info.local, info.remote)
      : encodeProxyHeader(version, downstream.remote, downstream.local);
  stream.write(header, 0, header.length);
  stream.flush();
}

/** TCP first, the layer on top of it then; either can be given up. */
class LayeredConnect implements Connecting {
  #current: Connecting;
  #isOver = false;

  constructor(
    layer: Layer,
    purpose: TransportPurpose,
    handler: ConnectHandler,
    connect: (handler: ConnectHandler) => Connecting,
  ) {
    this.#current = connect({
      onConnect: (stream, info) => {
        if (this.#isOver) stream.destroy();
        else this.#current = layer.begin(stream, info, purpose, handler);
      },
      onConnectFailure: (fault) => handler.onConnectFailure(fault),
    });
  }

  cancel(): void {
    this.#isOver = true;
    this.#current.cancel();
  }
}
