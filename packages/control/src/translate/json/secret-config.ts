/** Secrets that proxies fetch over the stream that brings everything else. */
import type { SdsSecretConfigJson } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/secret';
import { FROM_CONTROL_PLANE } from './config-source.ts';

/** Names of the secrets that every workload has: its certificate, and the authorities of the mesh. */
export const WORKLOAD_SECRET = { certificate: 'default', roots: 'ROOTCA' } as const;

const SECRET_PREFIX = 'kubernetes://';
/** Secrets that hold authorities beside a certificate give them under this ending. */
const ROOTS_SUFFIX = '-cacert';

/** A secret by its name. */
export function secretConfig(name: string): SdsSecretConfigJson {
  return { name, sdsConfig: FROM_CONTROL_PLANE };
}

/** Name of the certificate in a Secret of Kubernetes: `kubernetes://NAME`, in the namespace of the proxy unless the name says another. */
export function credentialSecret(credentialName: string): string {
  return credentialName.includes('://') ? credentialName : `${SECRET_PREFIX}${credentialName}`;
}

/** Name of the authorities that belong to a Secret. */
export function credentialRoots(credentialName: string): string {
  return `${credentialSecret(credentialName)}${ROOTS_SUFFIX}`;
}
