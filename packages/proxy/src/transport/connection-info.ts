import { throwLater } from '@weft/core';
import type { AddressView, ConnectionView, MetadataSource, TlsView } from '@weft/engine';

let lastId = 0;

const NO_METADATA: MetadataSource = Object.freeze({});

/** A connection that wants to know of its own end; the stream that carries it tells it. */
export interface EndingConnection extends ConnectionView {
  handleClosed?(): void;
}

/** What is known of a connection; listener filters and TLS fill it in before policy looks at it. */
export class ConnectionInfo implements EndingConnection {
  readonly id: number;
  readonly directRemote: AddressView;
  readonly directLocal: AddressView;
  remote: AddressView;
  local: AddressView;
  isLocalRestored = false;
  requestedServerName = '';
  transportProtocol = '';
  applicationProtocols: readonly string[] = [];
  tls: TlsView | undefined;
  transportFailureReason = '';
  /** What filters say of the connection, by filter name. */
  metadata: MetadataSource = NO_METADATA;
  #onClosed: (() => void)[] | undefined;

  constructor(remote: AddressView, local: AddressView) {
    this.id = ++lastId;
    this.directRemote = remote;
    this.directLocal = local;
    this.remote = remote;
    this.local = local;
  }

  /** Calls `listener` when the connection has gone, after whoever took its bytes knows. */
  onClosed(listener: () => void): void {
    this.#onClosed ??= [];
    this.#onClosed.push(listener);
  }

  /** The connection has gone; only the first call counts. */
  handleClosed(): void {
    const listeners = this.#onClosed;
    this.#onClosed = undefined;
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        listener();
      } catch (thrown) {
        throwLater(thrown);
      }
    }
  }

  /** Somebody says where the connection was meant to go. */
  restoreLocal(address: AddressView): void {
    this.local = address;
    this.isLocalRestored = true;
  }

  /** Adds what a filter says. */
  setMetadata(filter: string, key: string, value: unknown): void {
    const before = this.metadata[filter] as Readonly<Record<string, unknown>> | undefined;
    this.metadata = { ...this.metadata, [filter]: { ...before, [key]: value } };
  }
}
