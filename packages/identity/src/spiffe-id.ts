/** SPIFFE identities, strictly by the specification (SPIFFE-ID §2): what is not well formed is refused, never repaired. */
import { ok, type Result } from '@weft/core';
import { type IdentityError, refuseIdentity } from './identity-error.ts';

/** A well-formed identity. */
export interface SpiffeId {
  /** Lower case, such as `cluster.local`. */
  readonly trustDomain: string;
  /** Empty for the trust domain itself, otherwise starting with a slash. */
  readonly path: string;
  /** The whole identity, such as `spiffe://cluster.local/ns/shop/sa/cart`. */
  readonly uri: string;
}

/** What the mesh's own identities say of a workload. */
export interface WorkloadIdentity {
  readonly trustDomain: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

const SCHEME = 'spiffe://';
const MAX_URI_LENGTH = 2048;
const MAX_TRUST_DOMAIN_LENGTH = 255;
const TRUST_DOMAIN = /^[a-z0-9._-]+$/;
const SEGMENT = /^[A-Za-z0-9._-]+$/;

/** Reads an identity; every character the specification does not list is refused, and so are `%`, ports and queries. */
export function parseSpiffeId(uri: string): Result<SpiffeId, IdentityError> {
  const refuse = (reason: string) => refuseIdentity('MESH_SPIFFE_ID', `invalid SPIFFE ID ${quote(uri)}: ${reason}`);
  if (uri.length > MAX_URI_LENGTH) return refuse(`it is longer than ${MAX_URI_LENGTH} bytes`);
  if (!uri.startsWith(SCHEME)) return refuse(`it does not start with ${SCHEME}`);
  const rest = uri.slice(SCHEME.length);
  const slash = rest.indexOf('/');
  const trustDomain = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '' : rest.slice(slash);
  const problem = trustDomainProblem(trustDomain) ?? pathProblem(path);
  return problem === undefined ? ok(Object.freeze({ trustDomain, path, uri })) : refuse(problem);
}

/** Makes the identity of a trust domain and path segments; the same rules hold as for reading one. */
export function formatSpiffeId(trustDomain: string, segments: readonly string[]): Result<SpiffeId, IdentityError> {
  const wrong = segments.find((segment) => segmentProblem(segment) !== undefined);
  if (wrong !== undefined) {
    return refuseIdentity('MESH_SPIFFE_ID', `invalid SPIFFE path segment ${quote(wrong)}: ${segmentProblem(wrong)}`);
  }
  return parseSpiffeId(`${SCHEME}${[trustDomain, ...segments].join('/')}`);
}

/** The identity of a workload, `spiffe://TD/ns/NAMESPACE/sa/SERVICE-ACCOUNT`. */
export function workloadSpiffeId(workload: WorkloadIdentity): Result<SpiffeId, IdentityError> {
  return formatSpiffeId(workload.trustDomain, ['ns', workload.namespace, 'sa', workload.serviceAccount]);
}

/** The workload an identity names, or undefined when it is not of the form the mesh uses. */
export function workloadOf(id: SpiffeId): WorkloadIdentity | undefined {
  const [, ns, namespace, sa, serviceAccount, more] = id.path.split('/');
  if (ns !== 'ns' || sa !== 'sa' || namespace === undefined || serviceAccount === undefined) return undefined;
  return more === undefined ? { trustDomain: id.trustDomain, namespace, serviceAccount } : undefined;
}

/** Why a text is no trust domain, or undefined when it is one. */
export function trustDomainProblem(trustDomain: string): string | undefined {
  if (trustDomain === '') return 'the trust domain is empty';
  if (trustDomain.length > MAX_TRUST_DOMAIN_LENGTH)
    return `the trust domain is longer than ${MAX_TRUST_DOMAIN_LENGTH} bytes`;
  return TRUST_DOMAIN.test(trustDomain) ? undefined : 'a trust domain has only a-z, 0-9, dots, dashes and underscores';
}

function pathProblem(path: string): string | undefined {
  if (path === '') return undefined;
  for (const segment of path.slice(1).split('/')) {
    const problem = segmentProblem(segment);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function segmentProblem(segment: string): string | undefined {
  if (segment === '') return 'a path segment is empty';
  if (segment === '.' || segment === '..') return 'a path segment is relative';
  return SEGMENT.test(segment) ? undefined : 'a path segment has only letters, digits, dots, dashes and underscores';
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
