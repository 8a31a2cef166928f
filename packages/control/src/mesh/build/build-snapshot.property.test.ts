import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findingsOf } from '../analysis/findings.ts';
import type { MeshSnapshot, ObjectChange } from '../model/index.ts';
import { mergedGateways } from '../query/merged-gateways.ts';
import { envoyFiltersFor } from '../query/policies.ts';
import { authorizationFor, effectiveMtls } from '../query/security.ts';
import { serviceTargets } from '../query/service-targets.ts';
import { sidecarScope } from '../query/sidecar-scope.ts';
import { anyChange } from '../test-support/arbitrary-objects.ts';
import { proxyOf } from '../test-support/mesh.ts';
import { plainOf, toPlain } from '../test-support/plain.ts';
import { buildSnapshot, emptySnapshot } from './build-snapshot.ts';
import { MESH_KINDS } from './dirty.ts';

const histories = fc.array(fc.array(anyChange, { maxLength: 6 }), { maxLength: 12 });

function changesTo(snapshot: MeshSnapshot): ObjectChange[] {
  return MESH_KINDS.flatMap((kind) =>
    [...snapshot.allObjects[kind]].map(([key, object]) => ({ kind, key, object }) as ObjectChange),
  );
}

function follow(history: readonly (readonly ObjectChange[])[]): MeshSnapshot {
  let snapshot = emptySnapshot();
  for (const batch of history) snapshot = buildSnapshot(snapshot, batch);
  return snapshot;
}

test('any history gives the snapshot that its last objects give alone', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const grown = follow(history);
      assert.deepEqual(plainOf(grown), plainOf(buildSnapshot(emptySnapshot(), changesTo(grown))));
    }),
    { numRuns: 200 },
  );
});

test('the order in which objects come does not matter', () => {
  fc.assert(
    fc.property(histories, fc.infiniteStream(fc.nat()), (history, keys) => {
      const grown = follow(history);
      const shuffled = changesTo(grown)
        .map((change) => ({ change, at: keys.next().value! }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ change }) => [change]);
      assert.deepEqual(plainOf(grown), plainOf(follow(shuffled)));
    }),
    { numRuns: 100 },
  );
});

test('objects that come again and say the same change no part of the snapshot', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const before = follow(history);
      const again = changesTo(before).map((change) => structuredClone(change));
      const after = buildSnapshot(before, again);
      assert.equal(after.settings, before.settings);
      assert.equal(after.registry, before.registry);
      assert.equal(after.config, before.config);
      assert.equal(after.workloads, before.workloads);
    }),
    { numRuns: 100 },
  );
});

test('what proxies see is the same after any history', () => {
  fc.assert(
    fc.property(histories, fc.constantFrom('a', 'b', 'istio-system'), (history, namespace) => {
      const grown = follow(history);
      const fresh = buildSnapshot(emptySnapshot(), changesTo(grown));
      const proxy = proxyOf({ id: `web.${namespace}`, namespace, labels: { app: 'web' }, addresses: ['10.1.0.1'] });
      const seen = (snapshot: MeshSnapshot): unknown =>
        toPlain([
          sidecarScope(snapshot, proxy),
          serviceTargets(snapshot, proxy),
          mergedGateways(snapshot, proxy),
          effectiveMtls(snapshot, proxy),
          authorizationFor(snapshot, proxy),
          envoyFiltersFor(snapshot, proxy),
        ]);
      assert.deepEqual(seen(grown), seen(fresh));
    }),
    { numRuns: 100 },
  );
});

test('findings are the same after any history', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const grown = follow(history);
      const words = (snapshot: MeshSnapshot): string[] =>
        [...findingsOf(snapshot).values()]
          .flat()
          .map((finding) => JSON.stringify(finding))
          .toSorted();
      assert.deepEqual(words(grown), words(buildSnapshot(emptySnapshot(), changesTo(grown))));
    }),
    { numRuns: 100 },
  );
});
