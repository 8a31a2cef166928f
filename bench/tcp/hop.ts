/** One TCP proxy of a benchmark, whatever program it is. */
import type { IdentityFiles } from '../proxy/hop.ts';
import type { Running } from '../proxy/programs.ts';

/** What a proxy does with connections. */
export interface TcpHop {
  /** Tells the files of several proxies apart. */
  readonly name: string;
  readonly port: number;
  readonly upstreamPort: number;
  /** Mutual TLS towards clients. */
  readonly downstreamTls?: IdentityFiles;
  /** Mutual TLS towards the upstream. */
  readonly upstreamTls?: IdentityFiles;
  /** Ours only: makes, or ends, CONNECT tunnels over HTTP/2. */
  readonly tunnel?: 'begins' | 'ends';
}

/** A program that can be such a proxy. */
export interface TcpPeer {
  readonly name: string;
  readonly version: string;
  start(folder: string, hop: TcpHop): Promise<Running>;
}

/** The proxies have this core, load and application the other. */
export const PROXY_CORE = 0;
export const LOAD_CORE = 1;
