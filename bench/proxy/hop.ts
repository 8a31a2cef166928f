/** What a proxy is to do, in words that are the same for every proxy. */

/** How requests travel on one side of a proxy. `grpc` is HTTP/2 that nginx must be told apart. */
export type Protocol = 'http1' | 'http2' | 'grpc';

/** A certificate with its key and the authority that its peers are checked by, as files. */
export interface IdentityFiles {
  readonly certificate: string;
  readonly key: string;
  /** Certificate and key in one file, as HAProxy wants them. */
  readonly both: string;
  readonly authority: string;
}

/** TLS towards clients. */
export interface ServerTls {
  readonly identity: IdentityFiles;
  /** Whether clients must show a certificate of the same authority. */
  readonly isMutual: boolean;
}

/** TLS towards the server, which is checked. */
export interface ClientTls {
  readonly identity: IdentityFiles;
  readonly serverName: string;
}

/** One proxy between a client and a server, both on loopback. */
export interface Hop {
  /** For the names of its files. */
  readonly name: string;
  readonly port: number;
  readonly downstream: Protocol;
  readonly downstreamTls?: ServerTls | undefined;
  readonly upstreamPort: number;
  readonly upstream: Protocol;
  readonly upstreamTls?: ClientTls | undefined;
  /** As many virtual hosts, `host-0.test` and so on; one for all names without it. */
  readonly virtualHosts?: number | undefined;
}
