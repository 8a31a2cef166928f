import { type TcpHashRuntime, xxHash64Text } from '@weft/engine';
import type { ConnectionRecord } from './connection-record.ts';

const WORD_BITS = 32n;

/** What a connection is balanced by; undefined where its host is not chosen by a hash. */
export function hashOf(hash: TcpHashRuntime | undefined, record: ConnectionRecord): bigint | undefined {
  if (hash === undefined) return undefined;
  const text = hash.kind === 'sourceIp' ? record.connection.remote.host : record.filterState(hash.key);
  if (text === undefined || text === '') return undefined;
  const { high, low } = xxHash64Text(text);
  return (BigInt(high >>> 0) << WORD_BITS) | BigInt(low >>> 0);
}
