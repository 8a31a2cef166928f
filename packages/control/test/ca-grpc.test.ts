/** The certificate service over real gRPC. */
import assert from 'node:assert/strict';
import type { X509Certificate } from 'node:crypto';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { type TestContext, test } from 'node:test';
import { seededRandom, systemClock, systemRandom, unwrap } from '@weft/core';
import { CertificateAuthority, certificatesToPem, privateKeyToPem, spiffeIdOf } from '@weft/identity';
import { captureLogger } from '@weft/testkit';
import { GrpcServer } from '@weft/xds/server';
import {
  AuthorityKeeper,
  CaMetrics,
  ControlServerCertificate,
  CREATE_CERTIFICATE,
  certificateMethods,
  certificateService,
  clientCertificate,
  JoinTokens,
  pluggedInSecret,
  WorkloadIssuer,
} from '../src/ca/index.ts';
import { readAnswer, testRequest } from '../src/ca/test-support/callers.ts';
import { MemorySecret } from '../src/ca/test-support/memory-secret.ts';

const CART = 'spiffe://cluster.local/ns/shop/sa/cart';
const DAY_MS = 86_400_000;
const base = { clock: systemClock, random: systemRandom };

/** A control plane below an authority of somebody's own, so that chains have several certificates. */
async function startControl(t: TestContext) {
  const context = { clock: systemClock, random: seededRandom('company') };
  const root = unwrap(
    await CertificateAuthority.createRoot({ commonName: 'company', validForMs: 99 * DAY_MS }, context),
  );
  const signer = unwrap(await root.createIntermediate({ commonName: 'mesh', validForMs: 90 * DAY_MS }));
  const plugged = new MemorySecret();
  plugged.set({
    annotations: {},
    data: {
      'ca-cert.pem': signer.certificate.toString(),
      'ca-key.pem': privateKeyToPem(signer.keys).reveal(),
      'cert-chain.pem': certificatesToPem(signer.path),
      'root-cert.pem': root.root.toString(),
    },
  });
  const log = captureLogger().logger;
  const trustDomain = 'cluster.local';
  const keeper = new AuthorityKeeper({
    context: { ...base, maxLeafMs: 90 * DAY_MS },
    log,
    trustDomain,
    pluggedIn: [pluggedInSecret(plugged.store())],
    selfSigned: { store: new MemorySecret().store(), root: { validForMs: DAY_MS, keyKind: 'P-256' } },
    policy: { renewAtLeft: 0.2, minAnnounceMs: 0, retainMs: DAY_MS },
  });
  t.after(() => keeper.close());
  const { state } = keeper;
  const { rootsPem } = await keeper.start();
  const serving = new ControlServerCertificate({ ...base, state, log, dnsNames: ['localhost'] });
  t.after(() => serving.close());
  const { chainPem, keyPem } = await serving.start();
  const tokens = new JoinTokens({ ...base, trustDomain });
  const createCertificate = certificateService({
    authenticators: [clientCertificate({ clock: systemClock, trustDomain, state }), tokens],
    issuer: new WorkloadIssuer(state),
    metrics: new CaMetrics(),
    log,
  });
  const server = new GrpcServer({
    ...base,
    logger: log,
    methods: certificateMethods(systemClock, createCertificate),
    tls: { certificatePem: chainPem, keyPem: keyPem.reveal(), clientRootsPem: rootsPem },
    clientCertificates: 'optional',
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  return { address: `localhost:${server.port}`, rootsPem, tokens };
}

/** One call of the method, written by hand: gRPC over HTTP/2 is a frame each way and a status in the trailers. */
async function call(
  address: string,
  bytes: Uint8Array,
  proof: { readonly rootsPem: string; readonly token?: string; readonly keyPem?: string; readonly chainPem?: string },
): Promise<Buffer> {
  const { chainPem, keyPem, rootsPem, token } = proof;
  const tls = keyPem === undefined ? {} : { key: keyPem, cert: chainPem };
  const session = connect(`https://${address}`, { ca: rootsPem, ...tls });
  session.on('error', () => undefined);
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': CREATE_CERTIFICATE,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    });
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(bytes.length, 1);
    stream.end(Buffer.concat([prefix, bytes]));
    let fields: IncomingHttpHeaders = {};
    stream.on('response', (headers) => Object.assign(fields, headers));
    stream.on('trailers', (trailers) => {
      fields = { ...fields, ...trailers };
    });
    const answer = Buffer.concat(await stream.toArray());
    if (fields['grpc-status'] === '0') return answer.subarray(5);
    throw new Error(`${String(fields['grpc-status'])}: ${decodeURIComponent(String(fields['grpc-message']))}`);
  } finally {
    session.close();
  }
}

test('a client joins with a token and renews with its certificate, whose authority is between it and the root', async (t) => {
  const { address, rootsPem, tokens } = await startControl(t);
  const token = unwrap(tokens.issue({ namespace: 'shop', serviceAccount: 'cart', validForMs: 60_000 })).reveal();
  const first = testRequest(CART);
  const joined = readAnswer(await call(address, first.bytes, { rootsPem, token }));
  assert.equal(joined.chain.length, 2);
  const keyPem = privateKeyToPem(first.keys).reveal();
  const second = testRequest(CART);
  const renewed = readAnswer(await call(address, second.bytes, { rootsPem, keyPem, chainPem: joined.chainPem }));
  assert.equal(unwrap(spiffeIdOf(renewed.chain[0] as X509Certificate)).uri, CART);
  assert.ok(renewed.chain[0]?.publicKey.equals(second.keys.publicKey));
});

test('a client without a proof, or with another’s name in its request, is told little', async (t) => {
  const { address, rootsPem, tokens } = await startControl(t);
  const { bytes } = testRequest(CART);
  await assert.rejects(call(address, bytes, { rootsPem }), /^Error: 16: request authenticate failure/);
  const token = unwrap(tokens.issue({ namespace: 'shop', serviceAccount: 'bank', validForMs: 60_000 })).reveal();
  await assert.rejects(call(address, bytes, { rootsPem, token }), /^Error: 7: the CSR asks for names that are not/);
  await assert.rejects(call(address, bytes, { rootsPem, token }), /^Error: 16/);
});
