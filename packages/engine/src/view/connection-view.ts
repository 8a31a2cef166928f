import type { MetadataSource } from '../match/metadata-matcher.ts';
import type { AddressView } from './address-view.ts';
import type { TlsView } from './tls-view.ts';

/** What a decision may know of the downstream connection. */
export interface ConnectionView {
  /** Unique within the process. */
  readonly id: number;
  /** The peer of the socket. */
  readonly directRemote: AddressView;
  /** The client: the peer, or what the PROXY protocol said. */
  readonly remote: AddressView;
  /** Where the connection was meant to go: the socket's own address, or the original destination that was restored. */
  readonly local: AddressView;
  /** Whether `local` was restored: something in front of the listener had redirected the connection, or says where it was meant to go. */
  readonly isLocalRestored?: boolean;
  /** The socket's own address. */
  readonly directLocal: AddressView;
  /** The name asked for by SNI, lower case; empty without one. */
  readonly requestedServerName: string;
  /** `raw_buffer` or `tls`; empty while not known. */
  readonly transportProtocol: string;
  /** The ALPN names offered by the client, or what was detected (`http/1.1`, `h2c`). */
  readonly applicationProtocols: readonly string[];
  readonly tls: TlsView | undefined;
  /** What listener filters say of the connection, by the name of the filter. */
  readonly metadata?: MetadataSource;
  /** Why TLS did not come about; empty when it did. */
  readonly transportFailureReason?: string;
}
