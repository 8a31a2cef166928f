/** The name that a connection to an upstream asks for and has to prove, where each request brings it (auto_sni, auto_san_validation). */
import { type HeaderSource, parseIp } from '@weft/engine';

/** What a cluster makes of its requests' hosts. */
export interface AutoSni {
  /** Whether the host is the name to ask for. */
  readonly asksForHost: boolean;
  /** Whether the certificate has to be for the host. */
  readonly checksHost: boolean;
  /** The header that has the host; `:authority` is the request's own. */
  readonly header: string;
}

/** What TLS with an upstream is told of a request. */
export interface PeerName {
  /** Undefined for the name of the configuration. */
  readonly serverName: string | undefined;
  /** The name that the certificate has to have; undefined for those of the configuration. */
  readonly certificateName: string | undefined;
}

/** The names for a request; undefined where it has no host. */
export function peerNameOf({ asksForHost, checksHost, header }: AutoSni, request: HeaderSource): PeerName | undefined {
  const host = withoutPort((request.get(header) ?? request.get(':authority') ?? '').toLowerCase());
  if (host === '') return undefined;
  // An address is no name: RFC 6066 §3.
  const serverName = asksForHost && parseIp(host) === undefined ? host : undefined;
  return { serverName, certificateName: checksHost ? host : undefined };
}

function withoutPort(host: string): string {
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']'));
  const colon = host.lastIndexOf(':');
  return colon === -1 || host.indexOf(':') !== colon ? host : host.slice(0, colon);
}
