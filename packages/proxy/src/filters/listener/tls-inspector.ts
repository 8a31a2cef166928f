import { defineBlock } from '@weft/telemetry';
import type { ConnectionInfo } from '../../transport/connection-info.ts';
import { parseClientHello } from './client-hello.ts';
import type { ByteFilter, InspectionVerdict, ListenerFilterKind } from './listener-filter.ts';

const STATS = defineBlock({
  counters: [
    'alpn_found',
    'alpn_not_found',
    'client_hello_too_large',
    'connection_closed',
    'sni_found',
    'sni_not_found',
    'tls_found',
    'tls_not_found',
  ],
  histograms: { bytes_processed: 'bytes' },
});

const STAT = STATS.at;

/** A ClientHello of more is no honest one; as Envoy. */
const MAX_CLIENT_HELLO_BYTES = 16 * 1024;

/** Finds out whether a connection is TLS, and which name and protocols it asks for. */
export const TLS_INSPECTOR: ListenerFilterKind = {
  typeName: 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector',
  // How much is read at first, the one thing that is configured, is a matter of buffers in Envoy: what is found does not depend on it.
  create: (_filter, { stats }): ByteFilter => {
    const block = stats.scope('tls_inspector').block(STATS);
    const { values } = block;
    const processed = block.histogram(STATS.histogramAt.bytes_processed);
    return {
      inspect: (bytes, end, connection) => {
        const verdict = inspect(bytes, end, connection, values);
        if (typeof verdict === 'number') processed.record(end);
        return verdict;
      },
      abandon: () => {
        values[STAT.connection_closed]! += 1;
      },
    };
  },
};

function inspect(bytes: Buffer, end: number, connection: ConnectionInfo, stats: Float64Array): InspectionVerdict {
  const result = parseClientHello(bytes, end, MAX_CLIENT_HELLO_BYTES);
  switch (result.kind) {
    case 'incomplete':
      return 'more';
    case 'tooLarge':
      stats[STAT.client_hello_too_large]! += 1;
      return 'reject';
    case 'other':
      stats[STAT.tls_not_found]! += 1;
      return 0;
    case 'hello': {
      stats[STAT.tls_found]! += 1;
      stats[result.serverName === '' ? STAT.sni_not_found : STAT.sni_found]! += 1;
      stats[result.protocols.length === 0 ? STAT.alpn_not_found : STAT.alpn_found]! += 1;
      connection.transportProtocol = 'tls';
      connection.requestedServerName = result.serverName;
      connection.applicationProtocols = result.protocols;
      return 0;
    }
  }
}
