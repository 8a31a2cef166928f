/** What a request tells of its way here, and who its client is: Envoy's rules about forwarding headers ("HTTP header manipulation"). */
import type { AddressView, ConnectionView, HttpManagerRuntime, IpDetectionRuntime } from '@weft/engine';
import type { LocalReply } from '../../../filters/http/filter.ts';
import type { RequestHead } from '../../head.ts';
import { KnownHeader } from '../../known-headers.ts';
import { detectBy, forwardedClient, isLoopback, isTrustedPeer } from './client-address.ts';
import { INTERNAL_PREFIX, removeInternalHeaders } from './internal-headers.ts';

/** What is found out about a request on its way in. */
export interface ClientFacts {
  /** As StreamView.protocol. */
  readonly protocol: string;
  /** The client, x-forwarded-for considered. */
  remote: AddressView;
  /** Whether the request comes from inside the mesh. */
  isInternal: boolean;
}

const {
  'x-forwarded-proto': PROTO,
  'x-forwarded-for': FOR,
  'x-forwarded-port': PORT,
  'x-envoy-internal': INTERNAL,
  'x-envoy-external-address': EXTERNAL_ADDRESS,
} = KnownHeader;

/**
 * Finds out who the client is and writes or corrects what the request says of it; true when this proxy is the edge for it. An answer means that
 * nobody may come without an address.
 */
export function tellForwarding(
  head: RequestHead,
  runtime: HttpManagerRuntime,
  connection: ConnectionView,
  ownHost: string,
  facts: ClientFacts,
): boolean | LocalReply {
  const { useRemoteAddress, internalAddresses, ipDetections } = runtime;
  const isTrusted = useRemoteAddress
    ? tellAsFirst(head, runtime, connection, ownHost, facts)
    : ipDetections.length > 0
      ? detectClient(head, ipDetections, connection, ownHost, facts)
      : readClient(head, runtime.trustedHops, facts);
  if (typeof isTrusted !== 'boolean') return isTrusted;
  tellScheme(head, runtime, connection, facts.protocol);
  facts.isInternal = isTrusted && internalAddresses !== undefined && isInternalAddress(facts.remote, internalAddresses);
  const isEdge = useRemoteAddress && !facts.isInternal;
  if (head.hasPrefix(INTERNAL_PREFIX)) removeInternalHeaders(head, facts.isInternal, isEdge);
  if (facts.isInternal) head.addKnown(INTERNAL, 'true');
  else if (isEdge && facts.remote.ip !== undefined) head.setKnown(EXTERNAL_ADDRESS, facts.remote.host);
  return isEdge;
}

/** The peer is the client, or a proxy that is trusted by number; true when the client's address can be told by nobody else. */
function tellAsFirst(
  head: RequestHead,
  runtime: HttpManagerRuntime,
  connection: ConnectionView,
  ownHost: string,
  facts: ClientFacts,
): boolean {
  const { trustedHops, skipsXffAppend, appendsForwardedPort } = runtime;
  const before = head.getKnown(FOR);
  const { remote } = connection;
  facts.remote = (trustedHops > 0 ? forwardedClient(before, trustedHops - 1)?.address : undefined) ?? remote;
  if (!skipsXffAppend) appendPeer(head, remote, ownHost);
  if (trustedHops === 0) head.setKnown(PROTO, connection.tls === undefined ? 'http' : 'https');
  if (appendsForwardedPort && connection.local.ip !== undefined && (trustedHops === 0 || !head.hasKnown(PORT))) {
    head.setKnown(PORT, String(connection.local.port));
  }
  return before === undefined;
}

function appendPeer(head: RequestHead, remote: AddressView, ownHost: string): void {
  if (remote.ip === undefined) return;
  const before = head.getKnown(FOR);
  const peer = isLoopback(remote.host) ? ownHost : remote.host;
  if (before === undefined) head.addKnown(FOR, peer);
  else head.setKnown(FOR, before === '' ? peer : `${before},${peer}`);
}

/** The extensions are asked in turn; true when the address of the one that knew can be trusted. */
function detectClient(
  head: RequestHead,
  detections: readonly IpDetectionRuntime[],
  { remote }: ConnectionView,
  ownHost: string,
  facts: ClientFacts,
): boolean | LocalReply {
  for (const detection of detections) {
    const found = detectBy(detection, head, remote);
    if (detection.kind === 'header') {
      if (found === undefined && detection.rejectStatus !== undefined) return unknownClient(detection.rejectStatus);
    } else if (detection.appendsPeer || !isTrustedPeer(detection, remote)) appendPeer(head, remote, ownHost);
    if (found === undefined) continue;
    facts.remote = found.address;
    return found.isTrusted;
  }
  return false;
}

function unknownClient(status: number): LocalReply {
  return { status, body: '', details: 'rejecting_because_detection_failed' };
}

/** The peer is a proxy that has told the client's address. */
function readClient(head: RequestHead, trustedHops: number, facts: ClientFacts): boolean {
  const client = forwardedClient(head.getKnown(FOR), trustedHops);
  if (client === undefined) return false;
  facts.remote = client.address;
  return client.isTrusted;
}

/** x-forwarded-proto is what the client spoke; the scheme follows it where the protocol does not carry one. */
function tellScheme(
  head: RequestHead,
  { scheme: rule }: HttpManagerRuntime,
  connection: ConnectionView,
  protocol: string,
): void {
  const own = connection.tls === undefined ? 'http' : 'https';
  let proto = head.getKnown(PROTO);
  if (proto === undefined || proto === '') {
    head.setKnown(PROTO, own);
    proto = own;
  }
  if (rule.overwrite !== undefined) {
    if (proto !== rule.overwrite) head.setKnown(PROTO, rule.overwrite);
    head.scheme = rule.overwrite;
    return;
  }
  const scheme = proto === 'http' || proto === 'https' ? proto : schemeOf(proto, own);
  if (head.scheme !== scheme && (protocol !== 'HTTP/2' || head.scheme === '')) head.scheme = scheme;
}

function schemeOf(proto: string, own: 'http' | 'https'): string {
  const lower = proto.toLowerCase();
  return lower === 'http' || lower === 'https' ? lower : own;
}

function isInternalAddress(
  address: AddressView,
  { ranges, unixSockets }: NonNullable<HttpManagerRuntime['internalAddresses']>,
): boolean {
  const { ip } = address;
  return ip === undefined ? unixSockets : ranges.contains(ip);
}
