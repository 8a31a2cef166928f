/** Limits of connections to a service, and how long they live. */
import {
  boolean,
  enumeration,
  type FieldPath,
  type Infer,
  type IssueReport,
  integer,
  object,
} from '../../schema/index.ts';
import { duration, durationOrZero, uint32 } from './scalars.ts';

/** Probes of idle connections. */
export const tcpKeepalive = object('Probes of idle connections by the operating system.', {
  probes: uint32('Unanswered probes after which a connection is dead.'),
  time: duration('Idle time before the first probe.'),
  interval: duration('Time between probes.'),
});

const tcp = object('Settings of all connections, HTTP and TCP.', {
  maxConnections: integer('Most connections to the service.'),
  connectTimeout: duration('Longest time that opening a connection may take.'),
  tcpKeepalive,
  maxConnectionDuration: duration('Longest life of a connection.'),
  idleTimeout: durationOrZero('Time without bytes after which a TCP connection is closed; 0s for no limit.'),
});

const http2KeepAlive = object('HTTP/2 pings on connections to the service.', {
  interval: duration('Time between pings.'),
  timeout: duration('Time to wait for the answer to a ping before the connection is closed.'),
});

const http = object('Settings of HTTP connections.', {
  http1MaxPendingRequests: integer('Most requests that wait for a connection.'),
  http2MaxRequests: integer('Most requests to the service at one time.'),
  maxRequestsPerConnection: integer('Requests after which a connection is not used again; 0 means no limit.'),
  maxRetries: integer('Most retries to the service at one time.'),
  idleTimeout: duration('Time without requests after which a connection is closed.'),
  h2UpgradePolicy: enumeration('Whether HTTP/1.1 requests travel as HTTP/2.', ['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE']),
  useClientProtocol: boolean('Speak to the service the protocol that the client speaks.'),
  maxConcurrentStreams: integer('Most requests at one time on one HTTP/2 connection.'),
  http2KeepAlive,
});

/** Limits of connections. */
export const connectionPool = object('Limits of connections to the service.', { tcp, http });

/** Limits of connections. */
export type ConnectionPool = Infer<typeof connectionPool>;

const HTTP_COUNTS = [
  ['http1MaxPendingRequests', 'http1 max pending requests'],
  ['http2MaxRequests', 'http2 max requests'],
  ['maxRequestsPerConnection', 'max requests per connection'],
  ['maxRetries', 'max retries'],
  ['maxConcurrentStreams', 'max concurrent streams'],
] as const;

/** Checks counts and combinations. */
export function checkConnectionPool(pool: ConnectionPool, path: FieldPath, report: IssueReport): void {
  if (pool.http === undefined && pool.tcp === undefined) {
    report.invalid(path, '', 'connection pool must have at least one field');
    return;
  }
  const maxConnections = pool.tcp?.maxConnections ?? 0;
  if (maxConnections < 0) {
    report.invalid(path.child('tcp', 'maxConnections'), maxConnections, 'max connections must be non-negative');
  }
  if (pool.http === undefined) return;
  for (const [field, words] of HTTP_COUNTS) {
    const value = pool.http[field] ?? 0;
    if (value < 0) report.invalid(path.child('http', field), value, `${words} must be non-negative`);
  }
  if (pool.http.h2UpgradePolicy === 'UPGRADE' && pool.http.useClientProtocol === true) {
    report.invalid(
      path.child('http', 'useClientProtocol'),
      true,
      'use client protocol must not be true when h2UpgradePolicy is UPGRADE',
    );
  }
}
