import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create as esCreate } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { type Cluster, ClusterSchema } from '../gen/envoy/config/cluster/v3/cluster_pb.ts';
import type { SocketAddress } from '../gen/envoy/config/core/v3/address_pb.ts';
import { encode } from './encode.ts';
import { Problems } from './problems.ts';
import { create, forEachSet, isSet, unpack, unpackAs } from './reflect.ts';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';
const SOCKET_ADDRESS = 'envoy.config.core.v3.SocketAddress';

function setFields(message: Cluster): [string, unknown][] {
  const found: [string, unknown][] = [];
  forEachSet(message, (field, value) => found.push([field.name, value]));
  return found;
}

describe('reflection', () => {
  const init = {
    name: 'c',
    clusterDiscoveryType: { case: 'type', value: 0 },
    perConnectionBufferLimitBytes: 0,
    healthChecks: [],
  } as const;

  it('visits the fields that are set, by number, in messages of both kinds', () => {
    const expected = [
      ['name', 'c'],
      ['type', 0],
      ['per_connection_buffer_limit_bytes', 0],
    ];
    assert.deepEqual(setFields(create<Cluster>(CLUSTER, { ...init, healthChecks: [] })), expected);
    assert.deepEqual(setFields(esCreate(ClusterSchema, init as never)), expected);
  });

  it('tells by either name whether a field is set, and throws for one that does not exist', () => {
    const cluster = create<Cluster>(CLUSTER, { ...init, healthChecks: [] });
    assert.equal(isSet(cluster, 'type'), true);
    assert.equal(isSet(cluster, 'cluster_type'), false);
    assert.equal(isSet(cluster, 'perConnectionBufferLimitBytes'), true);
    assert.equal(isSet(cluster, 'healthChecks'), false);
    assert.throws(() => isSet(cluster, 'nonesuch'), /Cluster has no field nonesuch/);
  });

  it('unpacks an Any by its type URL, and reports what it cannot', () => {
    const address = create<SocketAddress>(SOCKET_ADDRESS, { address: 'a' });
    const any = { typeUrl: `type.googleapis.com/${SOCKET_ADDRESS}`, value: encode(address) };
    const report = new Problems();
    assert.deepEqual(unpack(any, report), address);
    assert.deepEqual(unpack(esCreate(AnySchema, any), report), address);
    assert.equal(unpackAs<SocketAddress>(SOCKET_ADDRESS, any, report)?.address, 'a');
    assert.equal(unpackAs<Cluster>(CLUSTER, any, report), undefined);
    assert.equal(report.isEmpty, true);
    report.enter('typed_config');
    assert.equal(unpack({ typeUrl: 'x/no.Such', value: new Uint8Array() }, report), undefined);
    assert.equal(report.toString(), 'typed_config: unknown message type "no.Such"');
  });
});
