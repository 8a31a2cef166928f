import { defineBlock } from '@weft/telemetry';
import type { ByteFilter, ListenerFilterKind } from './listener-filter.ts';
import { sniffHttp } from './sniff-http.ts';

const STATS = defineBlock({
  counters: ['http10_found', 'http11_found', 'http2_found', 'http_not_found', 'read_error'],
});

const STAT = STATS.at;

/** The counter for what was found, and the name that filter chains match it by. */
const FOUND = {
  http10: { slot: STAT.http10_found, protocol: 'http/1.0' },
  http11: { slot: STAT.http11_found, protocol: 'http/1.1' },
  http2: { slot: STAT.http2_found, protocol: 'h2c' },
} as const;

/** Finds out whether a connection without TLS is HTTP, and which version. */
export const HTTP_INSPECTOR: ListenerFilterKind = {
  typeName: 'envoy.extensions.filters.listener.http_inspector.v3.HttpInspector',
  create: (_filter, { stats }): ByteFilter => {
    const { values } = stats.scope('http_inspector').block(STATS);
    return {
      inspect: (bytes, end, connection) => {
        // What is encrypted says nothing of HTTP but by ALPN.
        if (connection.transportProtocol === 'tls') return 0;
        const found = sniffHttp(bytes, end);
        if (found === 'incomplete') return 'more';
        if (found === 'other') values[STAT.http_not_found]! += 1;
        else {
          values[FOUND[found].slot]! += 1;
          connection.applicationProtocols = [FOUND[found].protocol];
        }
        return 0;
      },
    };
  },
};
