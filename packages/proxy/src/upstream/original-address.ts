/** Where a connection or request was meant to go. */
import {
  type AddressView,
  formatIp,
  type MetadataPath,
  metadataValue,
  ORIGINAL_DST_KEY,
  type OriginalDestinationRuntime,
} from '@weft/engine';
import { parseSocketAddress, SocketAddress } from '../transport/socket-address.ts';
import type { HostRequester } from './upstream-cluster.ts';

/**
 * The address that a requester names, in Envoy's order: filter state, metadata, header, and last the address that its connection was made to, if
 * that was restored. Undefined without one. `onInvalid` is called for a text that should be an address and is none.
 */
export function originalAddressOf(
  { header, metadataKey, port }: OriginalDestinationRuntime,
  requester: HostRequester,
  onInvalid: () => void,
): AddressView | undefined {
  const address =
    parsed(requester.filterState(ORIGINAL_DST_KEY), ignore) ??
    (metadataKey && parsed(textAt(metadataKey, requester), onInvalid)) ??
    (header === '' ? undefined : parsed(firstOf(requester.request?.get(header)), onInvalid)) ??
    restoredOf(requester);
  return address === undefined || port === undefined ? address : new SocketAddress(address.host, port);
}

/** Clients write the header: only its first value counts. */
function firstOf(value: string | undefined): string | undefined {
  return value === undefined ? undefined : value.split(',', 1).join('').trim();
}

/** A text at the key, of the request or else of its connection; the first element of a list stands for it. */
function textAt(key: MetadataPath, { dynamicMetadata, connection }: HostRequester): string | undefined {
  for (const metadata of [dynamicMetadata, connection.metadata]) {
    if (metadata === undefined) continue;
    const value = metadataValue(metadata, key);
    const first: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof first === 'string') return first;
  }
  return undefined;
}

function parsed(text: string | undefined, onInvalid: () => void): AddressView | undefined {
  if (text === undefined) return undefined;
  const address = parseSocketAddress(text);
  if (address === undefined) onInvalid();
  return address;
}

function ignore(): void {
  // As in Envoy, a text in the filter state that is no address is as good as none.
}

function restoredOf({ connection }: HostRequester): AddressView | undefined {
  const { local, isLocalRestored = false } = connection;
  if (!isLocalRestored || local.ip === undefined) return undefined;
  return new SocketAddress(formatIp(local.ip), local.port);
}
