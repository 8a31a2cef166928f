import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CidrRange, SocketAddress } from '@weft/proto/envoy/config/core/v3/address';
import type { DirectResponseAction } from '@weft/proto/envoy/config/route/v3/route_components';
import { supports } from './support.ts';

test('a table names every field of its message, and the cases of a oneof by their own names', () => {
  const table = supports<SocketAddress>('envoy.config.core.v3.SocketAddress', {
    protocol: true,
    address: true,
    portSpecifier: { portValue: true, namedPort: 'give the number as port_value' },
    resolverName: true,
    ipv4Compat: true,
    networkNamespaceFilepath: true,
  });
  assert.equal(table.fields.get('namedPort'), 'give the number as port_value');
  assert.equal(table.fields.get('address'), true);
  assert.equal(table.fields.has('portSpecifier'), false);
});

test('a message without oneofs is named field by field', () => {
  const range = supports<CidrRange>('envoy.config.core.v3.CidrRange', { addressPrefix: true, prefixLen: true });
  const direct = supports<DirectResponseAction>('envoy.config.route.v3.DirectResponseAction', {
    status: true,
    body: true,
    bodyFormat: true,
  });
  assert.deepEqual([...range.fields.keys()], ['addressPrefix', 'prefixLen']);
  assert.equal(direct.fields.get('status'), true);
});
