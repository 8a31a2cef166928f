/** Bootstraps with changes anywhere: they load, or everything that is wrong is named. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@weft/core';
import fc from 'fast-check';
import {
  ControlPlane,
  edsCluster,
  endpointsOf,
  httpManager,
  rds,
  routesTo,
  sds,
} from '../test-support/control-plane.ts';
import { cluster, listener, TLS_INSPECTOR_FILTER, tcpProxy, tlsSocket } from '../test-support/start-proxy.ts';
import { loadBootstrap } from './load-bootstrap.ts';

const TLS = tlsSocket({ common_tls_context: { tls_certificate_sds_secret_configs: [sds('cert')] } });

const BOOTSTRAP = {
  ...ControlPlane.bootstrapFor(1, 'DELTA_GRPC', {
    listeners: [
      listener('web', {
        listener_filters: [TLS_INSPECTOR_FILTER],
        filter_chains: [
          { filter_chain_match: { server_names: ['a.test'] }, transport_socket: TLS, filters: [tcpProxy('one')] },
          { filters: [httpManager({ route_config: routesTo('inline', 'one') })] },
        ],
        default_filter_chain: { filters: [httpManager(rds('routes'))] },
      }),
    ],
    clusters: [
      cluster('one', [1, 2], { circuit_breakers: { thresholds: [{ max_connections: 3 }] } }),
      edsCluster('two'),
      { name: 'three', type: 'STRICT_DNS', load_assignment: endpointsOf('three', [1]), lb_policy: 'LEAST_REQUEST' },
    ],
  }),
  admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
  layered_runtime: { layers: [{ name: 'own', static_layer: { a: 1 } }] },
};

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Everything in a document that can be changed: where it is, and in what. */
function placesIn(value: Json): readonly (readonly [Json[] | { [name: string]: Json }, string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[value, key] as const, ...placesIn(inner as Json)]);
}

const STRANGE: Json[] = [
  null,
  true,
  -1,
  0,
  1e20,
  0.5,
  '',
  'x',
  '\u0000',
  '[',
  '{}',
  '1s',
  '-1s',
  [],
  {},
  [[]],
  { x: 1 },
];

/** Values in place of others, fields without their values, fields under other names, values of elsewhere. */
function change(document: Json, kind: number, at: number, other: number): void {
  const places = placesIn(document);
  const [parent, key] = places[at % places.length]!;
  const owner = parent as { [name: string]: Json };
  const [from, name] = places[other % places.length]!;
  const elsewhere = (from as { [name: string]: Json })[name]!;
  if (kind === 0) owner[key] = structuredClone(STRANGE[other % STRANGE.length]!);
  else if (kind === 1 && Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (kind === 1) delete owner[key];
  else if (kind === 2) owner[name] = owner[key]!;
  else owner[key] = structuredClone(elsewhere);
}

test('the bootstrap that is changed is good by itself', () => {
  const loaded = loadBootstrap(BOOTSTRAP, { env: {}, clock: systemClock, uuid: () => '' });
  assert.deepEqual(loaded.kind === 'err' ? loaded.error : [], []);
});

test('a bootstrap with any changes loads, or everything that is wrong is named', () => {
  const changes = fc.array(fc.tuple(fc.nat(3), fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 });
  let loaded = 0;
  fc.assert(
    fc.property(changes, (all) => {
      const document = structuredClone(BOOTSTRAP) as Json;
      for (const [kind, at, other] of all) change(document, kind, at, other);
      const result = loadBootstrap(document, { env: {}, clock: systemClock, uuid: () => '' });
      if (result.kind === 'ok') loaded++;
      else assert.ok(result.error.length > 0 && result.error.every(({ reason }) => reason !== ''));
    }),
    { numRuns: 500 },
  );
  assert.ok(loaded > 10, 'no change was harmless: the changes are too many to reach much');
});
