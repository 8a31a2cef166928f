/** Reads the header of the PROXY protocol (HAProxy's specification, versions 1 and 2) at the beginning of a connection. */
import { formatIp, parseIp } from '@weft/engine';

/** An address that a header names. */
export interface ProxiedAddress {
  readonly host: string;
  readonly port: number;
}

/** One extra value of a header of version 2. */
export interface ProxyTlv {
  readonly type: number;
  readonly value: Buffer;
}

/** A header. */
export interface ProxyHeader {
  readonly kind: 'header';
  readonly version: 1 | 2;
  /** Bytes that it takes. */
  readonly byteLength: number;
  /** Undefined when the header says nothing of the client: a health check of the proxy in front, or an unknown family. */
  readonly addresses: { readonly source: ProxiedAddress; readonly destination: ProxiedAddress } | undefined;
  readonly tlvs: readonly ProxyTlv[];
}

/** What the first bytes of a connection are. */
export type ProxyHeaderResult =
  | ProxyHeader
  | { readonly kind: 'incomplete' }
  /** They begin no header. */
  | { readonly kind: 'none' }
  /** They begin a header that is wrong. */
  | { readonly kind: 'wrong'; readonly version: 1 | 2; readonly reason: string };

/** Which versions are looked for. */
export interface ProxyVersions {
  readonly v1: boolean;
  readonly v2: boolean;
}

const INCOMPLETE: ProxyHeaderResult = Object.freeze({ kind: 'incomplete' });
const NONE: ProxyHeaderResult = Object.freeze({ kind: 'none' });

const V1_SIGNATURE = Buffer.from('PROXY ', 'latin1');
const V2_SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
/** The longest line of version 1, with its end. */
const V1_MAX_BYTES = 107;
const V2_HEADER_BYTES = 16;
const LF = 10;
const CR = 13;

/** Parses bytes[0, end) as the beginning of a connection. */
export function parseProxyHeader(bytes: Buffer, end: number, versions: ProxyVersions): ProxyHeaderResult {
  if (versions.v2 && beginsWith(bytes, end, V2_SIGNATURE)) {
    return end < V2_HEADER_BYTES ? INCOMPLETE : parseV2(bytes, end);
  }
  if (versions.v1 && beginsWith(bytes, end, V1_SIGNATURE)) {
    return end < V1_SIGNATURE.length ? INCOMPLETE : parseV1(bytes, end);
  }
  return NONE;
}

/** Whether the bytes are the signature, or as much of it as has come. */
function beginsWith(bytes: Buffer, end: number, signature: Buffer): boolean {
  const length = Math.min(end, signature.length);
  return bytes.compare(signature, 0, length, 0, length) === 0;
}

function parseV1(bytes: Buffer, end: number): ProxyHeaderResult {
  const wrong = (reason: string): ProxyHeaderResult => ({ kind: 'wrong', version: 1, reason });
  const lf = bytes.indexOf(LF);
  if (lf < 0 || lf >= Math.min(end, V1_MAX_BYTES)) {
    return end >= V1_MAX_BYTES ? wrong('the line has no end') : INCOMPLETE;
  }
  if (bytes[lf - 1] !== CR) return wrong('the line does not end in CRLF');
  const [family, ...rest] = bytes.toString('latin1', V1_SIGNATURE.length, lf - 1).split(' ');
  const byteLength = lf + 1;
  if (family === 'UNKNOWN') return { kind: 'header', version: 1, byteLength, addresses: undefined, tlvs: [] };
  if (family !== 'TCP4' && family !== 'TCP6') return wrong(`the family is ${JSON.stringify(family)}`);
  if (rest.length !== 4) return wrong('it does not have two addresses and two ports');
  const [from, to, fromPort, toPort] = rest;
  const isV6 = family === 'TCP6';
  const source = addressOf(from, fromPort, isV6);
  const destination = addressOf(to, toPort, isV6);
  if (source === undefined || destination === undefined) return wrong('an address or a port is none');
  return { kind: 'header', version: 1, byteLength, addresses: { source, destination }, tlvs: [] };
}

function addressOf(host: string | undefined, port: string | undefined, isV6: boolean): ProxiedAddress | undefined {
  if (host === undefined || port === undefined) return undefined;
  if (host.includes(':') !== isV6 || parseIp(host) === undefined || !/^(0|[1-9][0-9]{0,4})$/.test(port)) {
    return undefined;
  }
  const number = Number(port);
  return number > 0xffff ? undefined : { host: canonical(host), port: number };
}

function canonical(host: string): string {
  const ip = parseIp(host);
  return ip === undefined ? host : formatIp(ip);
}

const COMMAND_LOCAL = 0;
const COMMAND_PROXY = 1;
/** Families and how long their two addresses and ports are. */
const FAMILY_INET = 1;
const FAMILY_INET6 = 2;
const TRANSPORT_STREAM = 1;
const TRANSPORT_DATAGRAM = 2;
const INET_BYTES = 12;
const INET6_BYTES = 36;

function parseV2(bytes: Buffer, end: number): ProxyHeaderResult {
  const wrong = (reason: string): ProxyHeaderResult => ({ kind: 'wrong', version: 2, reason });
  const versionAndCommand = bytes[12]!;
  const command = versionAndCommand & 15;
  const family = bytes[13]! >> 4;
  const transport = bytes[13]! & 15;
  const length = bytes.readUInt16BE(14);
  if (versionAndCommand >> 4 !== 2) return wrong(`the version is ${versionAndCommand >> 4}`);
  if (command > COMMAND_PROXY) return wrong(`the command is ${command}`);
  const isLocal = command === COMMAND_LOCAL;
  // What was a datagram for the sender is a stream here; Envoy takes it too.
  const isKnown = transport === TRANSPORT_STREAM || transport === TRANSPORT_DATAGRAM;
  if (!isLocal && !isKnown) return wrong(`the transport is ${transport}`);
  const addressBytes = addressLength(isLocal, family);
  if (addressBytes === undefined) return wrong(`the family is ${family}`);
  if (length < addressBytes) return wrong('it is shorter than its addresses');
  const byteLength = V2_HEADER_BYTES + length;
  if (end < byteLength) return INCOMPLETE;
  const tlvs = isLocal ? [] : parseTlvs(bytes.subarray(V2_HEADER_BYTES + addressBytes, byteLength));
  if (tlvs === undefined) return wrong('a value is longer than the header');
  const addresses = isLocal ? undefined : v2Addresses(bytes, family === FAMILY_INET6 ? 16 : 4);
  return { kind: 'header', version: 2, byteLength, addresses, tlvs };
}

/** Undefined for a family that is not carried. */
function addressLength(isLocal: boolean, family: number): number | undefined {
  if (isLocal) return 0;
  if (family === FAMILY_INET) return INET_BYTES;
  return family === FAMILY_INET6 ? INET6_BYTES : undefined;
}

function v2Addresses(bytes: Buffer, size: 4 | 16): ProxyHeader['addresses'] {
  const at = V2_HEADER_BYTES;
  const ports = at + 2 * size;
  return {
    source: { host: hostOf(bytes, at, size), port: bytes.readUInt16BE(ports) },
    destination: { host: hostOf(bytes, at + size, size), port: bytes.readUInt16BE(ports + 2) },
  };
}

function hostOf(bytes: Buffer, at: number, size: 4 | 16): string {
  if (size === 4) return bytes.subarray(at, at + 4).join('.');
  const groups: string[] = [];
  for (let i = 0; i < size; i += 2) groups.push(bytes.readUInt16BE(at + i).toString(16));
  return canonical(groups.join(':'));
}

function parseTlvs(bytes: Buffer): readonly ProxyTlv[] | undefined {
  const tlvs: ProxyTlv[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 3 > bytes.length) return undefined;
    const length = bytes.readUInt16BE(at + 1);
    const stop = at + 3 + length;
    if (stop > bytes.length) return undefined;
    tlvs.push({ type: bytes[at]!, value: bytes.subarray(at + 3, stop) });
    at = stop;
  }
  return tlvs;
}
