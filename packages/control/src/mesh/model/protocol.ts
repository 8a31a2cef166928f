/**
 * What a port speaks, in Istio's words. `auto` means that the proxy finds out from the first bytes; `UDP` is known and
 * not proxied.
 */
export type Protocol =
  | 'HTTP'
  | 'HTTP2'
  | 'HTTPS'
  | 'GRPC'
  | 'GRPC-WEB'
  | 'HTTP_PROXY'
  | 'TCP'
  | 'TLS'
  | 'MONGO'
  | 'REDIS'
  | 'MYSQL'
  | 'HBONE'
  | 'UDP'
  | 'auto';
