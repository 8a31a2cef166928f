import { type IpAddress, type ProxyProtocolRuntime, parseIp } from '@weft/engine';
import { defineBlock, type StatsRegistry } from '@weft/telemetry';
import type { ConnectionInfo } from '../../transport/connection-info.ts';
import { SocketAddress } from '../../transport/socket-address.ts';
import type { ByteFilter, InspectionVerdict, ListenerFilterKind } from './listener-filter.ts';
import { type ProxyHeader, type ProxyVersions, parseProxyHeader } from './proxy-header.ts';

const STATS = defineBlock({
  counters: [
    'not_found_allowed',
    'not_found_disallowed',
    'versions.v1.disallowed',
    'versions.v1.error',
    'versions.v1.found',
    'versions.v2.disallowed',
    'versions.v2.error',
    'versions.v2.found',
  ],
});

const STAT = STATS.at;

const SLOTS = {
  1: { found: STAT['versions.v1.found'], error: STAT['versions.v1.error'], disallowed: STAT['versions.v1.disallowed'] },
  2: { found: STAT['versions.v2.found'], error: STAT['versions.v2.error'], disallowed: STAT['versions.v2.disallowed'] },
} as const;

const ALL_VERSIONS: ProxyVersions = { v1: true, v2: true };

/** Takes the client's address from the header that a proxy in front has sent. */
export const PROXY_PROTOCOL: ListenerFilterKind = {
  typeName: 'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol',
  create: ({ config }, { stats }) => new ProxyProtocolFilter(config as ProxyProtocolRuntime, stats),
};

class ProxyProtocolFilter implements ByteFilter {
  readonly #runtime: ProxyProtocolRuntime;
  readonly #stats: Float64Array;
  /** Where a connection needs no header, those of a version that is not allowed are not looked for at all. */
  readonly #versions: ProxyVersions;

  constructor(runtime: ProxyProtocolRuntime, stats: StatsRegistry) {
    this.#runtime = runtime;
    const { statPrefix, isOptional, acceptsV1, acceptsV2 } = runtime;
    const scope = stats.scope('proxy_proto', ...(statPrefix === '' ? [] : [statPrefix]));
    this.#stats = scope.block(STATS).values;
    this.#versions = isOptional ? { v1: acceptsV1, v2: acceptsV2 } : ALL_VERSIONS;
  }

  inspect(bytes: Buffer, end: number, connection: ConnectionInfo): InspectionVerdict {
    const { isOptional, acceptsV1, acceptsV2 } = this.#runtime;
    const result = parseProxyHeader(bytes, end, this.#versions);
    const stats = this.#stats;
    switch (result.kind) {
      case 'incomplete':
        return 'more';
      case 'none':
        stats[isOptional ? STAT.not_found_allowed : STAT.not_found_disallowed]! += 1;
        return isOptional ? 0 : 'reject';
      case 'wrong':
        stats[SLOTS[result.version].error]! += 1;
        return 'reject';
      case 'header':
        if (!(result.version === 1 ? acceptsV1 : acceptsV2)) {
          stats[SLOTS[result.version].found]! += 1;
          stats[SLOTS[result.version].disallowed]! += 1;
          return 'reject';
        }
        if (!this.#take(result, connection)) {
          stats[SLOTS[result.version].error]! += 1;
          return 'reject';
        }
        stats[SLOTS[result.version].found]! += 1;
        return result.byteLength;
    }
  }

  /** False when nobody can have such an address. */
  #take({ addresses, tlvs }: ProxyHeader, connection: ConnectionInfo): boolean {
    if (addresses !== undefined) {
      const { source, destination } = addresses;
      if (!isUnicast(parseIp(source.host)) || !isUnicast(parseIp(destination.host))) return false;
      connection.remote = new SocketAddress(source.host, source.port);
      const local = new SocketAddress(destination.host, destination.port);
      if (local.text !== connection.local.text) connection.restoreLocal(local);
    }
    for (const { tlvType, namespace, key } of this.#runtime.rules) {
      const tlv = tlvs.find(({ type }) => type === tlvType);
      if (tlv !== undefined) connection.setMetadata(namespace, key, tlv.value.toString('utf8'));
    }
    return true;
  }
}

const MULTICAST_V4 = 0xe;
const BROADCAST = 0xffffffff;
const MULTICAST_V6 = 0xff;

function isUnicast(ip: IpAddress | undefined): boolean {
  if (ip === undefined) return false;
  const first = ip.words[0]! >>> 0;
  if (ip.words.every((word) => word === 0)) return false;
  if (ip.family === 4) return first >>> 28 !== MULTICAST_V4 && first !== BROADCAST;
  return first >>> 24 !== MULTICAST_V6;
}
