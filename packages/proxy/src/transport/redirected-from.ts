/** Where netfilter has redirected a connection from: the option SO_ORIGINAL_DST of its socket. */
import { type AddressView, formatIp } from '@weft/engine';
import type { OriginalDestination } from '../listener/original-destination.ts';
import { HandleStream } from './handle-stream.ts';
import { SocketAddress } from './socket-address.ts';

/** getsockopt of libc: 0 when `value` and `length` have been filled in. */
export type GetSocketOption = (
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
  length: Uint32Array,
) => number;

const SOL_IP = 0;
const SOL_IPV6 = 41;
/** The same number for both families: IP6T_SO_ORIGINAL_DST. */
const SO_ORIGINAL_DST = 80;
/** A sockaddr_in6; sockaddr_in is shorter. */
const ADDRESS_BYTES = 28;
const PORT_AT = 2;
const IPV4_AT = 4;
const IPV6_AT = 8;

/** Asks the kernel. A connection that nobody has redirected has no such option. */
export function redirectedFrom(getSocketOption: GetSocketOption): OriginalDestination {
  // Both are used up before the call returns.
  const value = Buffer.alloc(ADDRESS_BYTES);
  const length = new Uint32Array(1);
  return ({ stream, connection }) => {
    if (!(stream instanceof HandleStream) || stream.fd < 0) return undefined;
    // A client of a dual-stack socket that comes by IPv4 is asked for as such.
    const isV6 = connection.directRemote.ip?.family === 6;
    length[0] = ADDRESS_BYTES;
    const level = isV6 ? SOL_IPV6 : SOL_IP;
    if (getSocketOption(stream.fd, level, SO_ORIGINAL_DST, value, length) !== 0) return undefined;
    return decodeAddress(value, isV6);
  };
}

/** The address of a sockaddr_in or sockaddr_in6, both in network order. */
export function decodeAddress(value: Buffer, isV6: boolean): AddressView {
  const port = value.readUInt16BE(PORT_AT);
  const words = isV6
    ? [0, 4, 8, 12].map((offset) => value.readUInt32BE(IPV6_AT + offset))
    : [value.readUInt32BE(IPV4_AT)];
  return new SocketAddress(formatIp({ family: isV6 ? 6 : 4, words }), port);
}
