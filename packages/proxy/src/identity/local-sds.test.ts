import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Watch } from '@weft/core';
import type { DiscoveryResponse } from '@weft/proto/envoy/service/discovery/v3/discovery';
import { create, decode, encode, Problems } from '@weft/proto/lite';
import { settle, TestAuthority } from '@weft/testkit';
import type { WorkloadCertificate } from './certificate-client.ts';
import { LocalSds } from './local-sds.ts';

const METHOD = '/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets';
const SECRET_URL = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

const authority = await TestAuthority.create();
async function certificateOf(): Promise<WorkloadCertificate> {
  const { certificate, chainPem, keyPem, notAfterMs, notBeforeMs } = await authority.workload('shop', 'cart');
  return {
    chainPem,
    keyPem,
    rootsPem: authority.caPem,
    serialNumber: certificate.serialNumber,
    notAfterMs,
    notBeforeMs,
  };
}

function open(sds: LocalSds, method = METHOD) {
  const responses: DiscoveryResponse[] = [];
  const ends: (readonly [number, string])[] = [];
  const stream = sds.openStream(
    { method, maxMessageBytes: 1_000_000 },
    {
      onOpen: () => undefined,
      onDrain: () => undefined,
      onMessage: (bytes) => {
        const response = decode<DiscoveryResponse>(
          'envoy.service.discovery.v3.DiscoveryResponse',
          bytes,
          new Problems(),
        );
        if (response !== undefined) responses.push(response);
      },
      onEnd: (code, message) => ends.push([code, message]),
    },
  );
  const ask = async (resourceNames: readonly string[], responseNonce = '', typeUrl = SECRET_URL) => {
    stream.send(
      encode(create('envoy.service.discovery.v3.DiscoveryRequest', { resourceNames, responseNonce, typeUrl })),
    );
    await settle();
  };
  return { stream, responses, ends, ask };
}

test('what is asked for is sent once, again when it changes, and at last when it comes to be', async () => {
  const certificate = new Watch<WorkloadCertificate | undefined>(undefined);
  const sds = new LocalSds({ certificate });
  const { ask, ends, responses, stream } = open(sds);
  await ask(['default']);
  assert.equal(responses.length, 0);
  certificate.swap(await certificateOf());
  await settle();
  assert.deepEqual([responses.length, responses[0]?.resources.length, responses[0]?.nonce], [1, 1, '1']);
  // The acknowledgement, and one that comes late.
  await ask(['default'], '1');
  await ask(['default', 'ROOTCA'], 'old');
  assert.equal(responses.length, 1);
  await ask(['default', 'ROOTCA', 'other'], '1');
  assert.deepEqual([responses.length, responses[1]?.resources.length], [2, 2]);
  // A refusal changes nothing before there is something new.
  await ask(['default', 'ROOTCA', 'other'], '2');
  assert.equal(responses.length, 2);
  certificate.swap(await certificateOf());
  await settle();
  assert.equal(responses.length, 3);
  assert.notEqual(responses[2]?.versionInfo, responses[1]?.versionInfo);
  stream.cancel();
  certificate.swap(await certificateOf());
  await settle();
  assert.deepEqual([responses.length, ends.length], [3, 0]);
  sds.close();
});

test('other methods and types are refused by name', async () => {
  const sds = new LocalSds({ certificate: new Watch<WorkloadCertificate | undefined>(undefined) });
  const delta = open(sds, '/envoy.service.secret.v3.SecretDiscoveryService/DeltaSecrets');
  await settle();
  assert.equal(delta.ends[0]?.[0], 12);
  assert.match(delta.ends[0]?.[1] ?? '', /DeltaSecrets is not served here.*use api_type GRPC/);
  const clusters = open(sds);
  await clusters.ask([], '', 'type.googleapis.com/envoy.config.cluster.v3.Cluster');
  assert.deepEqual(clusters.ends, [[3, `only ${SECRET_URL} is served here`]]);
  const broken = open(sds);
  broken.stream.send(Uint8Array.of(0xff));
  await settle();
  assert.equal(broken.ends[0]?.[0], 3);
  const done = open(sds);
  done.stream.end();
  await settle();
  assert.deepEqual(done.ends, [[0, '']]);
  sds.close();
});
