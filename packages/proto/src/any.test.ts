import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create, equals, fromBinary, type JsonObject, toBinary } from '@bufbuild/protobuf';
import { type Any, AnySchema, DurationSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { isAny, packAny, packAnyBytes, unpackAny } from './any.ts';
import { SocketAddress_Protocol } from './gen/envoy/config/core/v3/address_pb.ts';
import { ListenerSchema } from './gen/envoy/config/listener/v3/listener_pb.ts';
import { RouterSchema } from './gen/envoy/extensions/filters/http/router/v3/router_pb.ts';
import { HttpConnectionManagerSchema } from './gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';

import { anyFromJson, anyToJson, messageFromJson, messageToJson, unpackKnownAny } from './json.ts';

const HCM_URL = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const ROUTER_URL = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router';

/** An Any within an Any, as every real listener has. */
function makeListener() {
  const hcm = packAny(HttpConnectionManagerSchema, {
    statPrefix: 'ingress',
    streamIdleTimeout: { seconds: 30n, nanos: 500_000_000 },
    httpFilters: [
      {
        name: 'envoy.filters.http.router',
        configType: { case: 'typedConfig', value: packAny(RouterSchema, { suppressEnvoyHeaders: true }) },
      },
    ],
  });
  return create(ListenerSchema, {
    name: '0.0.0.0_8080',
    address: {
      address: {
        case: 'socketAddress',
        value: {
          address: '0.0.0.0',
          protocol: SocketAddress_Protocol.TCP,
          portSpecifier: { case: 'portValue', value: 8080 },
        },
      },
    },
    filterChains: [
      {
        filters: [
          { name: 'envoy.filters.network.http_connection_manager', configType: { case: 'typedConfig', value: hcm } },
        ],
      },
    ],
  });
}

describe('messages with Any', () => {
  it('survive bytes', () => {
    const listener = makeListener();
    assert.ok(equals(ListenerSchema, listener, fromBinary(ListenerSchema, toBinary(ListenerSchema, listener))));
  });

  it('print every nested Any with its @type, and read it back', () => {
    const listener = makeListener();
    const json = messageToJson(ListenerSchema, listener) as {
      filterChains: Array<{ filters: Array<{ typedConfig: JsonObject }> }>;
    };
    assert.deepEqual(json.filterChains[0]?.filters[0]?.typedConfig, {
      '@type': HCM_URL,
      statPrefix: 'ingress',
      streamIdleTimeout: '30.500s',
      httpFilters: [
        { name: 'envoy.filters.http.router', typedConfig: { '@type': ROUTER_URL, suppressEnvoyHeaders: true } },
      ],
    });
    assert.ok(equals(ListenerSchema, listener, messageFromJson(ListenerSchema, json as unknown as JsonObject)));
  });

  it('name an unknown field, in nested messages too', () => {
    assert.throws(() => messageFromJson(ListenerSchema, { nam: 'x' }), /key "nam" is unknown/);
    const filter = { name: 'x', typedConfig: { '@type': ROUTER_URL, suppressHeaders: true } };
    const json = { filterChains: [{ filters: [filter] }] };
    assert.throws(() => messageFromJson(ListenerSchema, json), /key "suppressHeaders" is unknown/);
  });

  it('refuse an Any of a type nobody knows', () => {
    const json = {
      filterChains: [{ filters: [{ name: 'x', typedConfig: { '@type': 'type.googleapis.com/no.Such' } }] }],
    };
    assert.throws(() => messageFromJson(ListenerSchema, json), /no\.Such/);
  });

  it('keep fields that a newer peer sends', () => {
    const bytes = new Uint8Array([...toBinary(RouterSchema, create(RouterSchema)), 0xd2, 0x7d, 0x02, 0x68, 0x69]);
    const again = toBinary(RouterSchema, fromBinary(RouterSchema, bytes));
    assert.deepEqual(again, bytes);
  });
});

describe('Any', () => {
  it('packs and unpacks by schema', () => {
    const any = packAny(RouterSchema, { startChildSpan: true });
    assert.equal(any.typeUrl, ROUTER_URL);
    assert.ok(isAny(any, RouterSchema));
    assert.equal(unpackAny(any, RouterSchema)?.startChildSpan, true);
    assert.equal(unpackAny(any, ListenerSchema), undefined);
    assert.equal(unpackKnownAny(any)?.schema, RouterSchema);
  });

  it('packs encoded bytes as they are', () => {
    const bytes = toBinary(RouterSchema, create(RouterSchema, { startChildSpan: true }));
    assert.equal(packAnyBytes(RouterSchema, bytes).value, bytes);
  });

  it('reads type URLs with any prefix', () => {
    const any = create(AnySchema, {
      typeUrl: 'example.com/a/google.protobuf.Duration',
      value: toBinary(DurationSchema, create(DurationSchema, { seconds: 3n })),
    });
    assert.equal(unpackAny(any, DurationSchema)?.seconds, 3n);
  });

  it('prints an unknown type with its bytes instead of failing', () => {
    const any: Any = create(AnySchema, { typeUrl: 'type.googleapis.com/no.Such', value: new Uint8Array([1, 2]) });
    assert.deepEqual(anyToJson(any), { '@type': 'type.googleapis.com/no.Such', value: 'AQI=' });
    assert.equal(unpackKnownAny(any), undefined);
  });

  it('round-trips well-known types, which print under "value"', () => {
    const any = packAny(DurationSchema, { seconds: 90n });
    assert.deepEqual(anyToJson(any), { '@type': 'type.googleapis.com/google.protobuf.Duration', value: '90s' });
    assert.deepEqual(anyFromJson(anyToJson(any)).value, any.value);
  });

  it('throws an error, and nothing else, on hostile bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const any = create(AnySchema, { typeUrl: HCM_URL, value: new Uint8Array(bytes) });
        try {
          unpackKnownAny(any);
        } catch (error) {
          assert.ok(error instanceof Error);
        }
      }),
    );
  });
});
