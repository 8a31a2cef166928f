/** How connections to the hosts of a cluster are made, whatever is spoken on top of them. */
import type { AddressView, ConnectionView, MetadataSource } from '@weft/engine';
import type { ConnectHandler, Connecting } from '../transport/tcp-connect.ts';
import type { PeerName } from './auto-sni.ts';

/** A host as its transport sees it. */
export interface TransportHost {
  readonly address: AddressView;
  readonly metadata: MetadataSource;
}

/** What a connection is wanted for. */
export interface TransportPurpose {
  /** The protocols to offer where the transport's own configuration names none. */
  readonly alpn: readonly string[];
  /** The client's connection, where the new one serves this client alone. */
  readonly downstream: ConnectionView | undefined;
  /** What TLS asks for and checks in place of what is configured. */
  readonly peerName: PeerName | undefined;
}

/** Connects to a host; with TLS, the handler is called when the handshake is complete. */
export type TransportConnect = (host: TransportHost, purpose: TransportPurpose, handler: ConnectHandler) => Connecting;
