import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Metadata, Node } from '../gen/envoy/config/core/v3/base_pb.ts';
import type { HealthCheck } from '../gen/envoy/config/core/v3/health_check_pb.ts';
import type { RetryPolicy, RouteMatch } from '../gen/envoy/config/route/v3/route_components_pb.ts';
import type { Type } from '../gen/google/api/expr/v1alpha1/checked_pb.ts';
import type { MetricFamily } from '../gen/io/prometheus/client/metrics_pb.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';
import { Problems } from './problems.ts';
import { create, forEachSet, isSet } from './reflect.ts';

const NODE = 'envoy.config.core.v3.Node';
const METADATA = 'envoy.config.core.v3.Metadata';

/** Bytes from numbers and texts; an array in it is one with its length in front. */
type Part = number | string | readonly Part[];

function bytes(...parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    parts.flatMap((part) => {
      if (typeof part === 'number') return [part];
      if (typeof part === 'string') return [...Buffer.from(part)];
      const inner = [...bytes(...part)];
      assert.ok(inner.length < 128);
      return [inner.length, ...inner];
    }),
  );
}

/** A tag of a field with a length. */
const field = (number: number): number => (number << 3) | 2;

function refusal(typeName: string, input: Uint8Array): string {
  const report = new Problems();
  assert.equal(decode(typeName, input, report), undefined);
  assert.equal(report.depth, 0);
  return report.toString();
}

describe('decode', () => {
  it('leaves what is sent as its default unset, unless the field has presence', () => {
    const report = new Problems();
    const node = decode<Node>(NODE, bytes(field(1), ['']), report)!;
    assert.equal(Object.hasOwn(node, 'id'), false);
    assert.equal(isSet(node, 'id'), false);
    const check = decode<HealthCheck>('envoy.config.core.v3.HealthCheck', bytes(field(3), [], field(7), []), report)!;
    assert.equal(check.intervalJitter?.seconds, 0n);
    assert.equal(check.reuseConnection, false);
    const match = decode<RouteMatch>('envoy.config.route.v3.RouteMatch', bytes(field(1), []), report)!;
    assert.deepEqual(match.pathSpecifier, { case: 'prefix', value: '' });
    assert.equal(report.toString(), '');
  });

  it('lets a later default win over an earlier value', () => {
    const node = decode<Node>(NODE, bytes(field(1), ['a'], field(1), []), new Problems())!;
    assert.equal(node.id, '');
    assert.equal(isSet(node, 'id'), false);
  });

  it('reads lists in one run and one by one', () => {
    const input = bytes(field(7), [0xc8, 1, 0xf4, 3], 7 << 3, 5);
    const policy = decode<RetryPolicy>('envoy.config.route.v3.RetryPolicy', input, new Problems())!;
    assert.deepEqual(policy.retriableStatusCodes, [200, 500, 5]);
  });

  it('reads entries of maps that lack the key or the value, and any key', () => {
    const report = new Problems();
    const input = bytes(field(1), [field(2), []], field(1), [field(1), ['__proto__']], field(1), [
      field(1),
      ['toString'],
    ]);
    const { filterMetadata } = decode<Metadata>(METADATA, input, report)!;
    assert.deepEqual(Object.keys(filterMetadata), ['', '__proto__', 'toString']);
    assert.equal(Object.getPrototypeOf(filterMetadata), null);
    assert.deepEqual({ ...filterMetadata['toString'] }, {});
    assert.equal(report.toString(), '');
  });

  it('keeps the default of proto2 and the presence of its fields', () => {
    const family = create<MetricFamily>('io.prometheus.client.MetricFamily');
    assert.equal(family.name, '');
    assert.equal(isSet(family, 'name'), false);
    const read = decode<MetricFamily>('io.prometheus.client.MetricFamily', bytes(field(1), []), new Problems())!;
    assert.equal(isSet(read, 'name'), true);
  });

  it('takes the last member of a oneof', () => {
    const input = bytes(2 << 3, 0, field(9), ['x']);
    const type = decode<Type>('google.api.expr.v1alpha1.Type', input, new Problems())!;
    assert.deepEqual(type.typeKind, { case: 'messageType', value: 'x' });
    const names: string[] = [];
    forEachSet(type, ({ name }) => names.push(name));
    assert.deepEqual(names, ['message_type']);
  });

  it('views the input instead of copying bytes', () => {
    const input = bytes(field(1), ['x'], field(2), [1, 2, 3]);
    const any = decode('google.protobuf.Any', input, new Problems()) as unknown as { value: Uint8Array };
    assert.equal(any.value.buffer, input.buffer);
  });

  it('reports unknown fields and misfits with their path, or ignores them', () => {
    const input = bytes(field(4), [field(9), ['x'], 1 << 3, 5], 1 << 3, 7, field(2), ['c']);
    const report = new Problems('node');
    const node = decode<Node>(NODE, input, report)!;
    assert.equal(node.cluster, 'c');
    assert.deepEqual(report.toString().split('\n'), [
      'node.locality: unknown field 9 of envoy.config.core.v3.Locality',
      'node.locality.region: sent with wire type 0, which does not fit its type',
      'node.id: sent with wire type 0, which does not fit its type',
    ]);
    const silent = new Problems();
    assert.equal(decode<Node>(NODE, input, silent, { unknownFields: 'ignore' })!.cluster, 'c');
    assert.equal(silent.isEmpty, true);
  });

  it('says where bytes are no message', () => {
    assert.equal(refusal('no.Such', bytes()), 'unknown message type "no.Such"');
    assert.equal(refusal(NODE, bytes(0x80)), 'the message is cut off');
    assert.equal(refusal(NODE, bytes(field(1), 5, 'abc')), 'id: a length of 5 bytes where 3 are left');
    assert.equal(refusal(NODE, bytes(field(4), [field(2), [0xff]])), 'locality.zone: text that is not UTF-8');
    assert.equal(
      refusal(NODE, bytes(field(4), [field(2), [0xed, 0xa0, 0x80]])),
      'locality.zone: text that is not UTF-8',
    );
    assert.equal(refusal(NODE, bytes((1 << 3) | 3)), 'a group, which is not supported');
    assert.equal(refusal(NODE, bytes((1 << 3) | 7)), 'wire type 7 does not exist');
    assert.equal(refusal(NODE, bytes(2, 0)), 'a field of number 0');
    assert.equal(refusal(NODE, bytes(field(1), 0xff, 0xff, 0xff, 0xff, 0x1f)), 'id: a tag or length beyond 32 bits');
    const long = [...Array.from({ length: 10 }, () => 0x80), 1];
    assert.equal(refusal(NODE, bytes(120, ...long)), 'a varint of more than 10 bytes');
    const nested = bytes(field(1), [field(1), ['k'], field(2), [field(9), []]]);
    assert.equal(
      refusal(METADATA, nested),
      'filter_metadata["k"]: field 9 with wire type 2 in a google.protobuf.Struct',
    );
  });

  it('refuses messages nested too deep, plain and in a Struct', () => {
    let permission: Uint8Array = bytes();
    for (let i = 0; i < 99; i++) permission = withLength(field(8), permission);
    assert.ok(decode('envoy.config.rbac.v3.Permission', permission, new Problems()));
    const deeper = withLength(field(8), permission);
    assert.match(
      refusal('envoy.config.rbac.v3.Permission', deeper),
      /(not_rule\.?){100}: messages nested deeper than 100$/,
    );
    let json: Uint8Array = bytes();
    for (let i = 0; i < 150; i++) json = withLength(field(6), withLength(field(1), json));
    assert.match(refusal('google.protobuf.Value', json), /: messages nested deeper than 100$/);
    const struct = withLength(field(1), withLength(field(2), json));
    assert.match(refusal(METADATA, withLength(field(1), withLength(field(2), struct))), /nested deeper than 100$/);
  });

  it('takes time in proportion to the input', () => {
    const many = new Uint8Array(400_000);
    for (let i = 0; i < many.length; i += 2) many[i] = field(4);
    const report = new Problems();
    assert.ok(decode(NODE, many, report));
    for (let i = 0; i < many.length; i += 2) many[i] = 1 << 3;
    assert.ok(decode(NODE, many, report));
    assert.equal(report.list.length, 100);
    assert.equal(report.dropped, 200_000 - 100);
  });

  it('names the type in what is printed', () => {
    assert.equal(create(NODE).constructor.name, 'Node');
    assert.deepEqual(encode(create(NODE)), new Uint8Array());
  });
});

function withLength(tag: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = content.length < 128 ? [content.length] : [(content.length & 0x7f) | 0x80, content.length >> 7];
  return Uint8Array.from([tag, ...length, ...content]);
}
