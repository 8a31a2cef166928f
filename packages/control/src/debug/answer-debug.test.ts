import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AdsClient, createResourceView } from '@weft/xds/server';
import { meshOf, proxyOf } from '../mesh/test-support/mesh.ts';
import { answerDebug } from './answer-debug.ts';
import type { DebugSubject } from './debug-page.ts';

const MESH = meshOf(`
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: a }
spec: { clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], selector: { app: cart }, ports: [{ name: http, port: 80 }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: cart, namespace: a }
spec: { hosts: [cart], http: [{ route: [{ destination: { host: cart } }] }] }
`);

const CLUSTERS = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';

const client = {
  id: 'client.a-1',
  variant: 'delta',
  peer: { address: '10.1.1.1:5000', isTls: false },
  identity: undefined,
  connectedAtMs: 0,
  status: () => ({
    pushedRevision: 1,
    runsRevision: 1,
    isBlocked: false,
    types: [
      {
        typeUrl: CLUSTERS,
        interest: { isWildcard: true, names: new Set(['x']) },
        sent: { version: 'v', nonce: 'n2', atMs: 0 },
        acked: { version: 'v', nonce: 'n1', atMs: 0 },
        nacked: undefined,
        refused: new Set(),
        state: 'stale',
      },
    ],
  }),
} as unknown as AdsClient;

const SUBJECT: DebugSubject = {
  snapshot: MESH,
  proxies: () => [
    { client, proxy: proxyOf(), given: { view: createResourceView(1, new Map()), parts: [], findings: [] } },
  ],
  dueCount: 0,
  findings: () => [],
};

function ask(target: string): unknown {
  const answer = answerDebug(target, SUBJECT);
  assert.ok(answer?.kind === 'json', JSON.stringify(answer));
  // As the client reads it.
  return JSON.parse(JSON.stringify(answer.value));
}

test('the index names every page, and every page without a mandatory parameter answers', () => {
  const pages = ask('/debug') as { path: string }[];
  assert.ok(pages.length >= 9);
  for (const { path } of pages) ask(/config_dump|sidecarz/.test(path) ? `${path}?proxyID=client.a` : path);
});

test('pages show what is asked for', () => {
  const [service] = ask('/debug/registryz?host=cart.a.svc.cluster.local') as { hostname: string }[];
  assert.equal(service?.hostname, 'cart.a.svc.cluster.local');
  assert.deepEqual(ask('/debug/registryz?host=x'), []);
  const configs = ask('/debug/configz?kind=VirtualService&namespace=a') as { kind: string }[];
  assert.deepEqual(
    configs.map(({ kind }) => kind),
    ['VirtualService'],
  );
  const [row] = ask('/debug/syncz') as Record<string, unknown>[];
  assert.deepEqual(
    [row?.['proxy'], row?.['cluster_sent'], row?.['cluster_acked'], row?.['cluster_state']],
    ['client.a', 'n2', 'n1', 'stale'],
  );
  const { clients } = ask('/debug/adsz') as { clients: { watches: unknown }[] };
  assert.deepEqual(clients[0]?.watches, { [CLUSTERS]: ['*', 'x'] });
  assert.deepEqual((ask('/debug/sidecarz?proxyID=client.a') as { hosts: unknown }).hosts, ['cart.a.svc.cluster.local']);
});

test('what cannot be answered says why', () => {
  const refusals: readonly (readonly [string, number, RegExp])[] = [
    ['/debug/nothing', 404, /no page nothing; there are: syncz/],
    ['/debug/syncz?proxy=x', 400, /no parameter proxy; it has: proxyID/],
    ['/debug/config_dump', 400, /which proxy/],
    ['/debug/config_dump?proxyID=x', 404, /no proxy x is connected here; connected are: client\.a/],
    ['/debug/configz?kind=Pod', 400, /kind Pod is none of/],
  ];
  for (const [target, status, message] of refusals) {
    const answer = answerDebug(target, SUBJECT);
    assert.ok(answer?.kind === 'refusal', target);
    assert.equal(answer.status, status);
    assert.match(answer.message, message);
  }
  assert.equal(answerDebug('/ready', SUBJECT), undefined);
});
