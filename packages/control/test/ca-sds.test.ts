/** Secrets over real SDS streams, asked for with our own client. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { seededRandom, systemClock, systemRandom, unwrap, Watch } from '@weft/core';
import { spiffeIdOf } from '@weft/identity';
import type { Secret } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/secret';
import type { DiscoveryResponse } from '@weft/proto/envoy/service/discovery/v3/discovery';
import { create, decode, encode, Problems } from '@weft/proto/lite';
import { captureLogger, eventually } from '@weft/testkit';
import { GrpcServer } from '@weft/xds/server';
import { GrpcTransport } from '@weft/xds/test-support';
import { type AuthorityState, SdsSecrets, SdsServer, SECRET_TYPE, WorkloadIssuer } from '../src/ca/index.ts';
import { testState } from '../src/ca/test-support/fixed-state.ts';

const base = { clock: systemClock, random: systemRandom };
const CART = 'spiffe://cluster.local/ns/shop/sa/cart';
const SECRET_URL = `type.googleapis.com/${SECRET_TYPE}`;
const { logger } = captureLogger();

async function startServer(t: TestContext, principal: string | undefined, isLocal: boolean) {
  const first = await testState(systemClock, systemRandom);
  const state = new Watch<AuthorityState | undefined>(first.get());
  const secrets = new SdsSecrets({ ...base, state, issuer: new WorkloadIssuer(state), log: logger });
  const sds = new SdsServer({ ...base, secrets, logger, isLocal: () => isLocal });
  const identity = principal === undefined ? undefined : { principal, proof: 'test' };
  const authenticate = () => ({ kind: 'ok', value: identity }) as const;
  const server = new GrpcServer({ ...base, logger, methods: sds.methods(), authenticate });
  await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => {
    sds.close();
    secrets.close();
    await server.close();
  });
  return { state, address: `127.0.0.1:${server.port}` };
}

/** Asks for both secrets and keeps what came last of each. */
function follow(t: TestContext, address: string) {
  const transport = new GrpcTransport(address);
  t.after(() => transport.close());
  const known = new Map<string, Secret>();
  const ends: string[] = [];
  const names = ['default', 'ROOTCA'];
  const ask = (responseNonce: string, versionInfo: string) =>
    stream.send(
      encode(
        create('envoy.service.discovery.v3.DiscoveryRequest', {
          node: create('envoy.config.core.v3.Node', { id: 'cart' }),
          typeUrl: SECRET_URL,
          resourceNames: names,
          responseNonce,
          versionInfo,
        }),
      ),
    );
  const stream = transport.openStream(
    { method: '/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets', maxMessageBytes: 1_000_000 },
    {
      onOpen: () => undefined,
      onDrain: () => undefined,
      onMessage: (bytes) => {
        const problems = new Problems();
        const response = decode<DiscoveryResponse>('envoy.service.discovery.v3.DiscoveryResponse', bytes, problems);
        for (const { value } of response?.resources ?? []) {
          const secret = decode<Secret>(SECRET_TYPE, value, problems);
          if (secret !== undefined) known.set(secret.name, secret);
        }
        ask(response?.nonce ?? '', response?.versionInfo ?? '');
      },
      onEnd: (code, message) => ends.push(`${code}: ${message}`),
    },
  );
  t.after(() => stream.cancel());
  ask('', '');
  const textOf = (name: string): string => {
    const type = known.get(name)?.type;
    const source = type?.case === 'tlsCertificate' ? type.value.certificateChain : undefined;
    const roots = type?.case === 'validationContext' ? type.value.trustedCa : undefined;
    return Buffer.from(((source ?? roots)?.specifier.value ?? '') as Uint8Array).toString('utf8');
  };
  return { known, ends, textOf };
}

test('a local proxy gets its certificate and the roots, and each change of them', async (t) => {
  const { address, state } = await startServer(t, CART, true);
  const { known, textOf } = follow(t, address);
  await eventually(() => known.size === 2);
  assert.equal(unwrap(spiffeIdOf(new X509Certificate(textOf('default')))).uri, CART);
  assert.equal(textOf('ROOTCA'), state.get()?.rootsPem);
  const next = (await testState(systemClock, seededRandom('next'))).get();
  state.swap(next);
  await eventually(() => textOf('ROOTCA') === next?.rootsPem);
});

test('all others get the roots alone, and who is not known gets nothing', async (t) => {
  const remote = await startServer(t, CART, false);
  const { known, textOf } = follow(t, remote.address);
  await eventually(() => known.size === 1);
  assert.equal(textOf('ROOTCA'), remote.state.get()?.rootsPem);
  const unknown = await startServer(t, undefined, true);
  const refused = follow(t, unknown.address);
  await eventually(() => refused.ends.length === 1);
  assert.match(refused.ends[0] ?? '', /^16: secrets are only for callers that are known/);
  assert.equal(refused.known.size, 0);
});
