import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Any, FloatValue } from '@bufbuild/protobuf/wkt';
import { encode } from '../encode.ts';
import { Problems } from '../problems.ts';
import { create } from '../reflect.ts';
import { fromJson } from './from-json.ts';
import { type ToJsonOptions, toJson } from './to-json.ts';

function roundTrip(typeName: string, json: object, options?: ToJsonOptions): unknown {
  const report = new Problems();
  const message = fromJson(typeName, json, report);
  assert.equal(report.toString(), '');
  return JSON.parse(JSON.stringify(toJson(message!, options)));
}

describe('toJson', () => {
  it('writes a config dump as Envoy does', () => {
    const secret = {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
      name: 's',
      tls_certificate: { certificate_chain: { inline_string: 'public' }, private_key: { inline_bytes: 'a2V5' } },
    };
    const dump = {
      dynamic_active_secrets: [{ name: 's', version_info: '1', last_updated: '2026-11-20T01:02:03.040Z', secret }],
    };
    const type = 'envoy.admin.v3.SecretsConfigDump';
    assert.deepEqual(roundTrip(type, dump, { useProtoNames: true }), dump);
    const redacted = JSON.stringify(roundTrip(type, dump, { useProtoNames: true, redact: true }));
    assert.equal(redacted, JSON.stringify(dump).replace('a2V5', Buffer.from('[redacted]').toString('base64')));
  });

  it('hides texts within secrets, and leaves numbers there out', () => {
    const key = {
      provider_name: 'p',
      typed_config: { '@type': 'x/envoy.config.core.v3.SocketAddress', address: 'a', port_value: 5 },
    };
    const json = { private_key_provider: key, password: { filename: 'f' } };
    const written = roundTrip('envoy.extensions.transport_sockets.tls.v3.TlsCertificate', json, { redact: true });
    assert.deepEqual(written, {
      password: { filename: '[redacted]' },
      privateKeyProvider: {
        providerName: 'p',
        typedConfig: { '@type': 'x/envoy.config.core.v3.SocketAddress', address: '[redacted]' },
      },
    });
  });

  it('keeps the bytes of an Any that it does not know or cannot read', () => {
    const any = (typeUrl: string, value: readonly number[]) =>
      toJson(create<Any>('google.protobuf.Any', { typeUrl, value: Uint8Array.from(value) }));
    assert.deepEqual(any('x/no.Such', [1, 2]), { '@type': 'x/no.Such', value: 'AQI=' });
    assert.deepEqual(any('x/google.protobuf.Empty', [8, 1]), { '@type': 'x/google.protobuf.Empty', value: 'CAE=' });
    assert.deepEqual(any('x/google.protobuf.Duration', [8, 90]), {
      '@type': 'x/google.protobuf.Duration',
      value: '90s',
    });
  });

  it('keeps the bytes of Anys nested without end', () => {
    let any = create<Any>('google.protobuf.Any');
    for (let i = 0; i < 3000; i++)
      any = create<Any>('google.protobuf.Any', { typeUrl: 'x/google.protobuf.Any', value: encode(any) });
    assert.match(JSON.stringify(toJson(any)), /^(\{"@type":"x\/google.protobuf.Any","value":){101}"/);
  });

  it('writes floats of 32 bits in their shortest form', () => {
    const type = 'envoy.config.core.v3.RuntimeDouble';
    assert.deepEqual(roundTrip(type, { default_value: 0.1, runtime_key: 'k' }), { defaultValue: 0.1, runtimeKey: 'k' });
    for (const value of [0.1, 1 / 3, 3.4028234663852886e38, 1e-45, 16777217]) {
      const float = Math.fround(value);
      const written = toJson(create<FloatValue>('google.protobuf.FloatValue', { value: float })) as number;
      assert.equal(Math.fround(written), float);
      assert.ok(String(written).length <= 13, String(written));
    }
  });
});
