/** gRPC streams to a control plane that is a cluster of this proxy (`envoy_grpc`), with that cluster's TLS and connections. */

import type { Clock, Timer } from '@weft/core';
import type { ClusterTarget, OpenStreamOptions, StreamEvents, XdsStream, XdsTransport } from '@weft/xds/client';
import { RequestFields } from '../http/request-fields.ts';
import type { PooledConnection } from '../upstream/http-pool.ts';
import type { ClusterDirectory } from '../upstream/upstream-cluster.ts';
import { GRPC_CODE, GrpcStream } from './grpc-stream.ts';

/** See the file's head. */
export class ClusterTransport implements XdsTransport {
  readonly #target: ClusterTarget;
  readonly #clusters: ClusterDirectory;
  readonly #clock: Clock;

  constructor(target: ClusterTarget, clusters: ClusterDirectory, clock: Clock) {
    this.#target = target;
    this.#clusters = clusters;
    this.#clock = clock;
  }

  openStream(options: OpenStreamOptions, events: StreamEvents): XdsStream {
    let cancelWaiting: (() => void) | undefined;
    const stream = new GrpcStream(options, events, () => cancelWaiting?.());
    // Nothing may be told during this call.
    const timer: Timer = this.#clock.setTimer(0, () => {
      cancelWaiting = this.#connect(stream, options.method);
    });
    cancelWaiting = () => timer.cancel();
    return stream;
  }

  /** Begins the stream on a connection; returns what gives up waiting for one. */
  #connect(stream: GrpcStream, method: string): () => void {
    const { clusterName } = this.#target;
    const cluster = this.#clusters.get(clusterName);
    const host = cluster?.chooseHost({
      randomValue: 0,
      hash: undefined,
      isRejected: undefined,
      maxSelections: 1,
      requester: undefined,
      priority: 'default',
    });
    if (cluster === undefined || host === undefined) {
      stream.fail(GRPC_CODE.unavailable, `cluster ${clusterName} has no host`);
      return () => undefined;
    }
    const pool = cluster.httpPool(host, 'HTTP/2', 'default');
    const begin = (connection: PooledConnection) => this.#begin(stream, connection, method);
    const ready = pool.takeReady();
    if (ready !== undefined) {
      begin(ready);
      return () => undefined;
    }
    const waiting = pool.wait({
      onReady: begin,
      onFailure: (kind, details) => stream.fail(GRPC_CODE.unavailable, `${clusterName}: ${kind}: ${details}`),
    });
    if (waiting !== 'overflow') return () => waiting.cancel();
    stream.fail(GRPC_CODE.unavailable, `cluster ${clusterName} takes no more connections`);
    return () => undefined;
  }

  #begin(stream: GrpcStream, connection: PooledConnection, method: string): void {
    const opened = connection.open(stream);
    if (opened.protocol !== 'HTTP/2') {
      opened.reset('cancel');
      stream.fail(GRPC_CODE.unavailable, `cluster ${this.#target.clusterName} does not speak HTTP/2`);
      return;
    }
    stream.begin(opened, this.#headOf(method));
  }

  #headOf(path: string): RequestFields {
    const { authority, clusterName, metadata } = this.#target;
    return RequestFields.of(
      { method: 'POST', path, scheme: 'http', authority: authority === '' ? clusterName : authority },
      [
        ['te', 'trailers'],
        ['content-type', 'application/grpc'],
        ...metadata.map(({ key, value }) => [key, value] as const),
      ],
    );
  }
}
