/** Writes the header of the PROXY protocol that goes in front of a connection to an upstream. */
import { type AddressView, type IpAddress, type ProxyProtocolVersion, parseIp } from '@weft/engine';

const V2_SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const V2_PROXY = 0x21;
const V2_LOCAL = 0x20;
const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;
const IPV4_BYTES = 12;
const IPV6_BYTES = 36;

/** The header that says who the client is and where it wanted to go. */
export function encodeProxyHeader(
  version: ProxyProtocolVersion,
  source: AddressView,
  destination: AddressView,
): Buffer {
  return version === 'v1' ? encodeV1(source, destination) : encodeV2(source, destination);
}

function encodeV1(source: AddressView, destination: AddressView): Buffer {
  const family = familyOf(source, destination);
  // No addresses that could be told apart from others: the receiver keeps those of the connection.
  if (family === undefined) return Buffer.from('PROXY UNKNOWN\r\n', 'latin1');
  const line = `PROXY TCP${family} ${source.host} ${destination.host} ${source.port} ${destination.port}\r\n`;
  return Buffer.from(line, 'latin1');
}

function encodeV2(source: AddressView, destination: AddressView): Buffer {
  const family = familyOf(source, destination);
  const addressBytes = family === undefined ? 0 : family === 4 ? IPV4_BYTES : IPV6_BYTES;
  const header = Buffer.alloc(V2_SIGNATURE.length + 4 + addressBytes);
  V2_SIGNATURE.copy(header);
  let at = V2_SIGNATURE.length;
  header[at++] = family === undefined ? V2_LOCAL : V2_PROXY;
  header[at++] = family === undefined ? 0 : family === 4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6;
  at = header.writeUInt16BE(addressBytes, at);
  if (family === undefined) return header;
  at = writeIp(header, at, source, family);
  at = writeIp(header, at, destination, family);
  at = header.writeUInt16BE(source.port, at);
  header.writeUInt16BE(destination.port, at);
  return header;
}

/** The family of both addresses; undefined when they are not of one. */
function familyOf({ host: a }: AddressView, { host: b }: AddressView): 4 | 6 | undefined {
  const first = parseIp(a);
  const second = parseIp(b);
  if (first === undefined || second === undefined || first.family !== second.family) return undefined;
  return first.family;
}

function writeIp(header: Buffer, from: number, { host }: AddressView, family: 4 | 6): number {
  const ip: IpAddress | undefined = parseIp(host);
  let at = from;
  for (const word of ip?.words ?? []) at = header.writeUInt32BE(word >>> 0, at);
  return family === 4 ? from + 4 : at;
}
