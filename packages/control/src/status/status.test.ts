import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientStatus } from '@weft/xds/server';
import type { Finding } from '../mesh/index.ts';
import { provenance } from '../translate/provenance.ts';
import type { ProxyResources } from '../translate/resources.ts';
import { coverageOf } from './coverage.ts';
import { type Condition, statusOf } from './object-status.ts';
import { provenanceIn } from './provenance-in.ts';

const CART = { kind: 'VirtualService', namespace: 'shop', name: 'cart', generation: 2 } as const;
const RULE = { kind: 'DestinationRule', namespace: 'shop', name: 'cart' } as const;
const ID = 'VirtualService/shop/cart';

const ROUTES = {
  name: '80',
  virtualHosts: [
    { name: 'cart', domains: ['cart'], routes: [{ metadata: provenance([{ object: CART, path: 'spec.http[0]' }]) }] },
    { name: 'other', domains: ['other'], routes: [{ metadata: provenance([CART]) }] },
  ],
};
const CLUSTER = { name: 'outbound|80||cart', metadata: provenance([RULE]) };
const RESOURCES: ProxyResources = { listeners: [], routes: [ROUTES], clusters: [CLUSTER], endpoints: [] };
const NOTHING: ProxyResources = { listeners: [], routes: [], clusters: [], endpoints: [] };

function running(runsRevision: number, refused: readonly string[] = []): ClientStatus {
  const typeUrl = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration';
  const nacked = refused.length === 0 ? undefined : { message: 'no such field' };
  const types = [{ typeUrl, refused: new Set(refused), nacked }];
  return { pushedRevision: 9, runsRevision, isBlocked: false, types } as unknown as ClientStatus;
}

test('the objects behind a resource are those of all its parts, each once', () => {
  assert.deepEqual(provenanceIn(ROUTES), [{ kind: 'VirtualService', namespace: 'shop', name: 'cart', generation: 2 }]);
  assert.equal(provenanceIn(ROUTES), provenanceIn(ROUTES));
  assert.deepEqual(provenanceIn({ name: 'x' }), []);
});

test('an object concerns the proxies that were given something of it, and is effective in those that run it', () => {
  const proxies = [
    { id: 'new.a', parts: [RESOURCES], status: running(5) },
    { id: 'old.a', parts: [RESOURCES], status: running(4) },
    { id: 'other.a', parts: [NOTHING], status: running(5) },
  ];
  const coverage = coverageOf(proxies, (id) => (id === ID ? 5 : 1));
  assert.deepEqual(coverage.get(ID), { concerned: 2, effective: 1, refusals: [] });
  assert.deepEqual(coverage.get('DestinationRule/shop/cart'), { concerned: 2, effective: 2, refusals: [] });
});

test('a resource that is refused is told with the proxy and its reason, and the other objects are not touched', () => {
  const coverage = coverageOf([{ id: 'p.a', parts: [RESOURCES], status: running(5, ['80']) }], () => 1);
  assert.deepEqual(coverage.get(ID), {
    concerned: 1,
    effective: 0,
    refusals: [{ proxy: 'p.a', resource: 'routes 80', message: 'no such field' }],
  });
  assert.equal(coverage.get('DestinationRule/shop/cart')?.effective, 1);
});

const NOW = '2026-01-02T00:00:00Z';
const FACTS = { generation: 2, coverage: undefined, findings: [], before: [], now: NOW };

function conditionsOf(facts: Parameters<typeof statusOf>[0]): Record<string, Condition> {
  return Object.fromEntries((statusOf(facts)?.conditions ?? []).map((one) => [one.type, one]));
}

test('a status says how far the object has come', () => {
  const cases = [
    [undefined, 'True', 'NotUsed', /no proxy/],
    [{ concerned: 3, effective: 2, refusals: [] }, 'False', 'Progressing', /^2 of 3 proxies run it$/],
    [{ concerned: 3, effective: 3, refusals: [] }, 'True', 'Effective', /^3 of 3/],
    [
      { concerned: 3, effective: 2, refusals: [{ proxy: 'p', resource: 'routes 80', message: 'bad' }] },
      'False',
      'Refused',
      /^2 of 3 proxies run it; p refuses routes 80: bad$/,
    ],
  ] as const;
  for (const [coverage, status, reason, message] of cases) {
    const { Reconciled } = conditionsOf({ ...FACTS, coverage });
    assert.deepEqual([Reconciled?.status, Reconciled?.reason, Reconciled?.observedGeneration], [status, reason, 2]);
    assert.match(Reconciled!.message, message);
  }
});

test('a status says what is wrong, errors first', () => {
  const finding = (code: string, severity: Finding['severity']) =>
    ({ code, severity, object: CART, path: 'spec.http[0]', message: `${code}!` }) as Finding;
  const both = [finding('ShadowedHost', 'warning'), finding('UnknownSubset', 'error'), finding('X', 'info')];
  const { Accepted } = conditionsOf({ ...FACTS, findings: both });
  assert.deepEqual(
    [Accepted?.status, Accepted?.reason, Accepted?.message],
    ['False', 'UnknownSubset', 'spec.http[0]: UnknownSubset!; spec.http[0]: ShadowedHost!'],
  );
  assert.equal(conditionsOf({ ...FACTS, findings: both.slice(0, 1) })['Accepted']?.status, 'True');
});

test('what is written already is not written again, and conditions of others stay', () => {
  const foreign: Condition = { type: 'Own', status: 'True', reason: 'r', message: '', lastTransitionTime: 'then' };
  const first = statusOf({ ...FACTS, before: [foreign] });
  assert.deepEqual(first?.conditions[0], foreign);
  const later = { ...FACTS, now: '2026-01-03T00:00:00Z', before: first.conditions };
  assert.equal(statusOf(later), undefined);
  const changed = statusOf({ ...later, coverage: { concerned: 1, effective: 1, refusals: [] } });
  assert.equal(changed?.conditions[2]?.lastTransitionTime, NOW, 'it was true before');
});
