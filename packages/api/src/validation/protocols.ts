/** Port protocols that mesh configuration knows, compared without case. */

const HTTP: ReadonlySet<string> = new Set(['http', 'http2', 'http_proxy', 'grpc', 'grpc-web']);
const TLS: ReadonlySet<string> = new Set(['https', 'tls']);
const TCP: ReadonlySet<string> = new Set(['tcp', 'https', 'tls', 'mongo', 'redis', 'mysql']);
const KNOWN: ReadonlySet<string> = new Set([...HTTP, ...TCP, 'udp', 'hbone', 'double-hbone']);

/** Whether the protocol is one that ports may declare. */
export function isKnownProtocol(protocol: string): boolean {
  return KNOWN.has(protocol.toLowerCase());
}

/** Whether requests of the protocol are HTTP in plain text. */
export function isHttpProtocol(protocol: string): boolean {
  return HTTP.has(protocol.toLowerCase());
}

/** Whether the protocol starts with a TLS handshake. */
export function isTlsProtocol(protocol: string): boolean {
  return TLS.has(protocol.toLowerCase());
}

/** Whether the proxy sees nothing but bytes, or bytes behind a server name. */
export function isTcpProtocol(protocol: string): boolean {
  return TCP.has(protocol.toLowerCase());
}
