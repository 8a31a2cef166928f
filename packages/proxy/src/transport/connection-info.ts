import type { AddressView, ConnectionView, TlsView } from '@weft/engine';

let lastId = 0;

/** What is known of a connection; listener filters and TLS fill it in before policy looks at it. */
export class ConnectionInfo implements ConnectionView {
  readonly id: number;
  readonly directRemote: AddressView;
  readonly directLocal: AddressView;
  remote: AddressView;
  local: AddressView;
  requestedServerName = '';
  transportProtocol = '';
  applicationProtocols: readonly string[] = [];
  tls: TlsView | undefined;

  constructor(remote: AddressView, local: AddressView) {
    this.id = ++lastId;
    this.directRemote = remote;
    this.directLocal = local;
    this.remote = remote;
    this.local = local;
  }
}
