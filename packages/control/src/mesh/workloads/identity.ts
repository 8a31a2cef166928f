/** Identities of workloads, and how they are spoken to. */

const TLS_MODE_LABEL = 'security.istio.io/tlsMode';
const MUTUAL = 'istio';

/** The SPIFFE id of a service account; empty when the account is not known. */
export function identityOf(trustDomain: string, namespace: string, serviceAccount: string): string {
  return serviceAccount === '' ? '' : `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}

/** What the label of a workload says (SEMANTICS 19); without it `otherwise` holds. */
export function tlsModeOf(
  labels: Readonly<Record<string, string>> | undefined,
  otherwise: 'istio' | 'disabled',
): 'istio' | 'disabled' {
  const value = labels?.[TLS_MODE_LABEL];
  if (value === undefined) return otherwise;
  return value === MUTUAL ? 'istio' : 'disabled';
}
