/** How a client reaches one API server: what every source of configuration (kubeconfig, in-cluster) comes down to. */
import type { Secret } from '@weft/core';

/** What a client proves its identity with; changes over time as files and plug-ins renew it. */
export interface Credentials {
  readonly token?: Secret<string>;
  /** PEM; always together with `key`. */
  readonly certificate?: string;
  readonly key?: Secret<string>;
}

/** Where credentials come from. */
export interface CredentialSource {
  /** The credentials to use now; cheap when nothing has changed. */
  get(signal?: AbortSignal): Promise<Credentials>;
  /** The server refused what `get` returned: the next call fetches anew if it can. */
  invalidate(): void;
}

/** A user to act as, on behalf of the one who is authenticated. */
export interface Impersonation {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** One API server and how to talk to it. */
export interface ClusterConnection {
  /** Where this came from, for messages, such as `context "dev" of /home/me/.kube/config`. */
  readonly origin: string;
  /** Base address; its path is put before every request's. */
  readonly server: URL;
  /** Namespace to use when none is given. */
  readonly namespace: string;
  /** Reads the PEM of the trusted authorities; undefined trusts the system's. */
  readonly readCertificateAuthority?: () => Promise<string>;
  /** Name that the server's certificate must hold, when it is not the host of the address. */
  readonly tlsServerName?: string;
  readonly isTlsVerified: boolean;
  /** An HTTP or HTTPS proxy between here and the server. */
  readonly proxyUrl?: URL;
  readonly isCompressed: boolean;
  readonly credentials: CredentialSource;
  readonly impersonation?: Impersonation;
  /** Things in the configuration that have no effect, in words. */
  readonly warnings: readonly string[];
}
