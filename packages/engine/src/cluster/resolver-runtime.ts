import type { SocketAddressRuntime } from '../config/address.ts';

/** Who resolves names. */
export type ResolverRuntime =
  /** getaddrinfo: what the host's own configuration says, including its hosts file. */
  | { readonly kind: 'system' }
  /** DNS servers; none are those of the host. */
  | {
      readonly kind: 'servers';
      readonly servers: readonly SocketAddressRuntime[];
      readonly usesSearchDomains: boolean;
    };
