import assert from 'node:assert/strict';
import { test } from 'node:test';
import { provenance } from './provenance.ts';

const RULE = { kind: 'VirtualService', namespace: 'shop', name: 'cart', generation: 3 } as const;

test('metadata names objects and their parts, and has the path that the tools of Istio read', () => {
  const service = { kind: 'Service', namespace: 'shop', name: 'cart' } as const;
  assert.deepEqual(provenance([service, { object: RULE, path: 'spec.http[1]' }], { subset: 'v1' }).filterMetadata, {
    istio: { config: '/apis/networking.istio.io/v1/namespaces/shop/virtual-service/cart', subset: 'v1' },
    weft: {
      sources: [
        { kind: 'Service', namespace: 'shop', name: 'cart' },
        { kind: 'VirtualService', namespace: 'shop', name: 'cart', generation: 3, path: 'spec.http[1]' },
      ],
    },
  });
});

test('what no object of Istio made has no path', () => {
  assert.deepEqual(provenance([]).filterMetadata, { weft: { sources: [] } });
});
