import { networkInterfaces } from 'node:os';

/** Who this proxy is, for what it tells of itself to others. */
export interface ProxyIdentity {
  /** Its own address, told as the client's where that is this machine. */
  readonly host: string;
  /** node.id and node.cluster of the bootstrap; empty without. */
  readonly nodeId: string;
  readonly cluster: string;
}

const LOOPBACK = '127.0.0.1';

/** The first IPv4 address of this machine that others may know, as Envoy chooses it; the loopback address where there is none. */
export function firstOwnAddress(): string {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { family, internal, address } of addresses ?? []) if (family === 'IPv4' && !internal) return address;
  }
  return LOOPBACK;
}
