/** Gets the certificate of a workload from the authority of the mesh, by Istio's certificate API. The key is made here and stays here. */
import type { X509Certificate } from 'node:crypto';
import { type Clock, MeshError, type Secret, unwrap } from '@weft/core';
import {
  certificatesToPem,
  createCsr,
  generateKeyPair,
  type KeyKind,
  parseCertificatesPem,
  privateKeyToPem,
  type SpiffeId,
  samePublicKey,
  TrustBundle,
  type Validity,
} from '@weft/identity';
import type { IstioCertificateRequest, IstioCertificateResponse, Roots } from '@weft/proto/istio/v1/auth/ca';
import { create, decode, encode, Problems } from '@weft/proto/lite';
import type { MetadataPair, XdsTransport } from '@weft/xds/client';
import { callUnary } from './unary-call.ts';

/** A certificate with its key and the roots to check peers with. */
export interface WorkloadCertificate extends Validity {
  /** Leaf first, without the root. */
  readonly chainPem: string;
  readonly keyPem: Secret<string>;
  readonly rootsPem: string;
  readonly serialNumber: string;
}

/** How certificates are asked for. */
export interface CertificateClientOptions {
  /** Who this workload is; an answer for anybody else is refused. */
  readonly id: SpiffeId;
  /** Opens streams to the authority that carry these headers. */
  readonly connect: (metadata: readonly MetadataPair[]) => XdsTransport;
  /** The token that proves who asks, read anew each time; undefined where the connection's certificate does. */
  readonly readToken: () => Promise<Secret<string> | undefined>;
  readonly clock: Clock;
  /** The authority's own default unless given. */
  readonly validForSeconds?: number;
  readonly keyKind?: KeyKind;
  /** Which cluster a control plane of several is asked for. */
  readonly clusterId?: string;
}

const METHOD = '/istio.v1.auth.IstioCertificateService/CreateCertificate';
const TIMEOUT_MS = 10_000;
/** Bundles of whole organisations are smaller. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Makes a key, asks for its certificate, and checks what comes: a wrong answer is better found here than by every peer. */
export async function requestCertificate(
  options: CertificateClientOptions,
  signal: AbortSignal,
): Promise<WorkloadCertificate> {
  const { clock, clusterId, connect, id, keyKind, readToken, validForSeconds = 0 } = options;
  const keys = generateKeyPair(keyKind);
  const request = create<IstioCertificateRequest>('istio.v1.auth.IstioCertificateRequest', {
    csr: unwrap(createCsr(keys, { spiffeId: id.uri })),
    validityDuration: BigInt(validForSeconds),
  });
  const token = await readToken();
  const transport = connect([
    ...(token === undefined ? [] : [{ key: 'authorization', value: `Bearer ${token.reveal()}` }]),
    ...(clusterId === undefined ? [] : [{ key: 'clusterid', value: clusterId }]),
  ]);
  const bytes = await callUnary(transport, clock, {
    method: METHOD,
    request: encode(request),
    timeoutMs: TIMEOUT_MS,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    signal,
  });
  const { chain, roots } = readAnswer(bytes);
  const leaf = chain[0] as X509Certificate;
  if (!samePublicKey(leaf.publicKey, keys.publicKey)) throw wrongAnswer('the certificate is for another key');
  const bundle = unwrap(TrustBundle.empty.with(id.trustDomain, roots));
  // A certificate that counts from a moment on is checked for that moment: this machine's clock may be behind.
  const nowMs = Math.max(clock.now(), leaf.validFromDate.getTime());
  const verified = bundle.verifyPeer(chain, { nowMs, usage: 'client' });
  if (verified.kind === 'err') throw wrongAnswer(verified.error.message);
  if (verified.value.id.uri !== id.uri)
    throw wrongAnswer(`the certificate is for ${verified.value.id.uri}, not for ${id.uri}`);
  return Object.freeze({
    chainPem: certificatesToPem(chain),
    keyPem: privateKeyToPem(keys),
    rootsPem: certificatesToPem(roots),
    serialNumber: leaf.serialNumber,
    notBeforeMs: leaf.validFromDate.getTime(),
    notAfterMs: leaf.validToDate.getTime(),
  });
}

/** Authorities that know `root_cert` put the roots there; with all others the last text of the chain has them. */
function readAnswer(bytes: Uint8Array): {
  readonly chain: readonly X509Certificate[];
  readonly roots: readonly X509Certificate[];
} {
  const problems = new Problems();
  const answer = decode<IstioCertificateResponse>('istio.v1.auth.IstioCertificateResponse', bytes, problems, {
    unknownFields: 'ignore',
  });
  if (answer === undefined || !problems.isEmpty) throw wrongAnswer(problems.toString());
  const parse = (pem: string) => {
    const parsed = parseCertificatesPem(pem);
    if (parsed.kind === 'err') throw wrongAnswer(parsed.error.message);
    return parsed.value;
  };
  const named = rootsOf(answer.rootCert).flatMap(parse);
  const texts = answer.certChain;
  if (texts.length === 0 || (texts.length === 1 && named.length === 0))
    throw wrongAnswer('it has no chain with a root');
  const roots = named.length > 0 ? named : parse(texts.at(-1) as string);
  const isRoot = ({ fingerprint256 }: X509Certificate) => roots.some((root) => root.fingerprint256 === fingerprint256);
  const chain = texts.flatMap(parse).filter((certificate) => !isRoot(certificate));
  if (chain.length === 0) throw wrongAnswer('it has no certificate but roots');
  return { chain, roots };
}

function rootsOf(roots: Roots | undefined): readonly string[] {
  return roots?.caCert ?? [];
}

function wrongAnswer(reason: string): MeshError {
  return new MeshError('MESH_CERTIFICATE', `the authority of the mesh answered wrongly: ${reason}`);
}
