/** Istio's certificate API, `istio.v1.auth.IstioCertificateService`, which Istio's agents, ztunnel and our own proxies call. */
import { err, type Logger, ok, type Result } from '@weft/core';
import { type CertificateRequest, certificatesToPem, checkRequestedNames, parseCsr } from '@weft/identity';
import type { IstioCertificateRequest } from '@weft/proto/istio/v1/auth/ca';
import { create, decode, encode, Problems } from '@weft/proto/lite';
import { type AttestedIdentity, type Authenticator, attest, type Caller } from '../attest/authenticator.ts';
import type { CaMetrics } from '../metrics.ts';
import type { IssuedWorkload, WorkloadIssuer } from './workload-issuer.ts';

/** The path of the one method. */
export const CREATE_CERTIFICATE = '/istio.v1.auth.IstioCertificateService/CreateCertificate';

/** How a call fails, in the codes of gRPC. */
export interface CallFailure {
  readonly code: number;
  readonly message: string;
}

/** A method with one request and one answer, as any server can mount it. */
export type UnaryHandler = (
  request: Uint8Array,
  caller: Caller,
  signal: AbortSignal,
) => Promise<Result<Uint8Array, CallFailure>>;

/** What the service works with. */
export interface CertificateServiceOptions {
  /** In the order in which they are asked. */
  readonly authenticators: readonly Authenticator[];
  readonly issuer: WorkloadIssuer;
  readonly metrics: CaMetrics;
  readonly log: Logger;
}

const CODE = { invalidArgument: 3, permissionDenied: 7, unavailable: 14, unauthenticated: 16 } as const;

/** A request of 16 KB with all the metadata that anybody sends is far below. */
const MAX_REQUEST_BYTES = 65_536;

/** Wishes of a client that are refused rather than ignored, with what they ask for. */
const REFUSED_METADATA: ReadonlyMap<string, string> = new Map([
  ['ImpersonatedIdentity', 'a certificate for somebody else'],
  ['CertSigner', 'another signer'],
]);

/** The handler of `CreateCertificate`. The log knows why somebody is refused; the caller is told little. */
export function certificateService(options: CertificateServiceOptions): UnaryHandler {
  const { authenticators, issuer, log, metrics } = options;
  const refuse = (caller: Caller, failure: CallFailure, reason: string): Result<never, CallFailure> => {
    log.warning('a certificate was refused', { address: caller.address, answer: failure.message, reason });
    return err(failure);
  };
  return async (bytes, caller, signal) => {
    metrics.count('csr');
    const attested = await attest(authenticators, caller, signal);
    if (attested.kind === 'refused') {
      metrics.count('authenticationFailure');
      return refuse(caller, { code: CODE.unauthenticated, message: 'request authenticate failure' }, attested.reason);
    }
    const { identity } = attested;
    const request = readRequest(bytes);
    if (request.kind === 'err') {
      metrics.count('csrParsingError');
      return refuse(
        caller,
        { code: CODE.invalidArgument, message: 'malformed request' },
        about(identity, request.error),
      );
    }
    const wish = refusedWish(request.value);
    if (wish !== undefined) {
      metrics.count('authenticationFailure');
      const message = 'request impersonation authentication failure';
      return refuse(caller, { code: CODE.unauthenticated, message }, about(identity, wish));
    }
    const csr = parseCsr(request.value.csr);
    if (csr.kind === 'err') {
      metrics.count('csrParsingError');
      return refuse(
        caller,
        { code: CODE.invalidArgument, message: 'CSR parsing error' },
        about(identity, csr.error.message),
      );
    }
    const names = checkRequestedNames(csr.value, { uris: [identity.id.uri] });
    if (names.kind === 'err') {
      metrics.count('idExtractionError');
      const message = 'the CSR asks for names that are not the caller’s';
      return refuse(caller, { code: CODE.permissionDenied, message }, about(identity, names.error.message));
    }
    const made = issueFor(identity, csr.value, request.value, issuer);
    if (made.kind === 'err') {
      metrics.count('signError');
      return refuse(caller, { code: CODE.unavailable, message: 'CSR signing error' }, about(identity, made.error));
    }
    metrics.count('success');
    log.debug('issued a certificate', () => ({
      id: identity.id.uri,
      by: identity.by,
      pod: identity.pod?.name,
      address: caller.address,
      until: new Date(made.value.issued.notAfterMs),
    }));
    return ok(encodeAnswer(made.value));
  };
}

function issueFor(
  identity: AttestedIdentity,
  csr: CertificateRequest,
  request: IstioCertificateRequest,
  issuer: WorkloadIssuer,
): Result<IssuedWorkload, string> {
  const issued = issuer.issue(identity.id, csr.publicKey, Number(request.validityDuration) * 1_000);
  return issued.kind === 'ok' ? issued : err(issued.error.message);
}

function readRequest(bytes: Uint8Array): Result<IstioCertificateRequest, string> {
  if (bytes.length > MAX_REQUEST_BYTES)
    return err(`the request has ${bytes.length} bytes, more than ${MAX_REQUEST_BYTES}`);
  const problems = new Problems();
  // Fields that newer clients may send are not ours to refuse.
  const request = decode<IstioCertificateRequest>('istio.v1.auth.IstioCertificateRequest', bytes, problems, {
    unknownFields: 'ignore',
  });
  return request === undefined || !problems.isEmpty ? err(problems.toString()) : ok(request);
}

/** Which wish of a request is refused, for the log. */
function refusedWish(request: IstioCertificateRequest): string | undefined {
  for (const [name, wish] of REFUSED_METADATA) {
    const value = request.metadata === undefined ? undefined : (request.metadata as Record<string, unknown>)[name];
    if (value !== undefined && value !== '') return `it asks with ${name} for ${wish}, which nobody gets here`;
  }
  return undefined;
}

/** The leaf, each authority between, and all roots as one text: clients take the last text for what they are to trust. */
function encodeAnswer({ issued, state }: IssuedWorkload): Uint8Array {
  const chain = issued.chain.map((certificate) => certificate.toString());
  return encode(
    create('istio.v1.auth.IstioCertificateResponse', {
      certChain: [...chain, state.rootsPem],
      rootCert: create('istio.v1.auth.Roots', { caCert: state.roots.map((root) => certificatesToPem([root])) }),
    }),
  );
}

function about({ id, by }: AttestedIdentity, reason: string): string {
  return `${id.uri} (by ${by}): ${reason}`;
}
