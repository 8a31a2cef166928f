/** What Node reports about connections, in words that say what to do. */
import { describeError, isMeshError, MeshError } from '@weft/core';

/** Codes of a connection that broke while a request was on it. */
const RESETS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE']);

const UNTRUSTED = /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA)/;

/** The error for a request that got no answer. */
export function connectionError(server: string, thrown: unknown): MeshError {
  if (isMeshError(thrown)) return thrown;
  const code = codeOf(thrown);
  const where = `the API server at ${server}`;
  if (UNTRUSTED.test(code)) {
    return new MeshError('MESH_CERTIFICATE_UNTRUSTED', `cannot trust ${where}: ${describeError(thrown)}`, {
      cause: thrown,
      source: 'config',
      hint: 'check certificate-authority-data and tls-server-name of the cluster in the kubeconfig',
    });
  }
  const options = { cause: thrown, ...(code === 'ECONNREFUSED' ? { hint: 'is the server running?' } : {}) };
  return new MeshError('MESH_API_UNREACHABLE', `cannot reach ${where}: ${describeError(thrown)}`, options);
}

/** Tells whether a connection broke after it was made, so that the request may or may not have been carried out. */
export function isReset(thrown: unknown): boolean {
  return RESETS.has(codeOf(thrown)) || RESETS.has(codeOf((thrown as { readonly cause?: unknown })?.cause));
}

function codeOf(thrown: unknown): string {
  const code = (thrown as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
