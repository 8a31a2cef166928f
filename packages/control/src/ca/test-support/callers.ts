import { X509Certificate } from 'node:crypto';
import { unwrap } from '@weft/core';
import { createCsr, generateKeyPair, type KeyPair } from '@weft/identity';
import type { IstioCertificateRequest, IstioCertificateResponse } from '@weft/proto/istio/v1/auth/ca';
import { create, decode, encode, Problems } from '@weft/proto/lite';
import type { Caller } from '../attest/authenticator.ts';

/** A caller with these proofs. */
export function testCaller(proofs: {
  readonly token?: string;
  readonly certificates?: readonly X509Certificate[];
}): Caller {
  const { certificates = [], token } = proofs;
  return {
    certificates,
    header: (name) => (name === 'authorization' && token !== undefined ? `Bearer ${token}` : undefined),
    address: '192.0.2.1:1234',
  };
}

/** A request for a certificate, encoded, and the key that it is about. */
export function testRequest(
  spiffeId: string,
  more: { readonly seconds?: number; readonly metadata?: Record<string, string>; readonly keys?: KeyPair } = {},
): { readonly keys: KeyPair; readonly bytes: Uint8Array } {
  const { keys = generateKeyPair(), metadata, seconds = 0 } = more;
  return { keys, bytes: encodeRequest({ csr: unwrap(createCsr(keys, { spiffeId })), seconds, metadata }) };
}

/** Encodes a request whatever is in it. */
export function encodeRequest(request: {
  readonly csr: string;
  readonly seconds?: number;
  readonly metadata?: Record<string, string> | undefined;
}): Uint8Array {
  const { csr, metadata, seconds = 0 } = request;
  const message = { csr, validityDuration: BigInt(seconds), ...(metadata === undefined ? {} : { metadata }) };
  return encode(create<IstioCertificateRequest>('istio.v1.auth.IstioCertificateRequest', message));
}

/** An answer, read as clients read it. */
export function readAnswer(bytes: Uint8Array): {
  readonly chain: readonly X509Certificate[];
  readonly chainPem: string;
  readonly rootsPem: string;
  readonly roots: readonly X509Certificate[];
} {
  const problems = new Problems();
  const answer = decode<IstioCertificateResponse>('istio.v1.auth.IstioCertificateResponse', bytes, problems);
  if (answer === undefined || !problems.isEmpty) throw new Error(problems.toString());
  const chainTexts = answer.certChain.slice(0, -1);
  return {
    chain: chainTexts.map((pem) => new X509Certificate(pem)),
    chainPem: chainTexts.join(''),
    rootsPem: answer.certChain.at(-1) ?? '',
    roots: (answer.rootCert?.caCert ?? []).map((pem) => new X509Certificate(pem)),
  };
}
