import type { ProxyCase } from '../case.ts';
import { grpc } from './grpc.ts';
import { http1 } from './http1.ts';
import { http2 } from './http2.ts';
import { latency } from './latency.ts';
import { mtlsPair } from './mtls-pair.ts';
import { newConnections } from './new-connections.ts';
import { tlsHandshakes } from './tls-handshakes.ts';
import { virtualHosts } from './virtual-hosts.ts';

/** Every case, in the order of the report. */
export const ALL_CASES: readonly ProxyCase[] = [
  http1,
  http2,
  grpc,
  mtlsPair,
  latency,
  virtualHosts,
  newConnections,
  tlsHandshakes,
];
