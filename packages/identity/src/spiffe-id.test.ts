import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatSpiffeId, parseSpiffeId, workloadOf, workloadSpiffeId } from './spiffe-id.ts';

const chars = (alphabet: string) => fc.constantFrom(...Array.from(alphabet));
const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789.-_';
const trustDomains = fc.string({ unit: chars(LOWER), minLength: 1, maxLength: 30 });
const segments = fc
  .string({ unit: chars(`${LOWER}ABCXYZ`), minLength: 1, maxLength: 20 })
  .filter((segment) => segment !== '.' && segment !== '..');

test('what is formatted is read back as it was', () => {
  fc.assert(
    fc.property(trustDomains, fc.array(segments, { maxLength: 6 }), (trustDomain, path) => {
      const made = formatSpiffeId(trustDomain, path);
      assert.equal(made.kind, 'ok');
      if (made.kind !== 'ok') return;
      assert.deepEqual(parseSpiffeId(made.value.uri), made);
      assert.equal(made.value.trustDomain, trustDomain);
      assert.equal(made.value.path, path.map((segment) => `/${segment}`).join(''));
    }),
  );
});

/** The grammar of the specification, written a second time in one expression. */
const GRAMMAR = /^spiffe:\/\/[a-z0-9._-]{1,255}(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._-]+)*$/;

test('any text is accepted exactly when the grammar of the specification accepts it', () => {
  const noise = fc.string({ unit: chars('spife:/.-_%aA0?#@ \u00e9\n'), maxLength: 12 });
  fc.assert(
    fc.property(
      fc.oneof(
        noise,
        noise.map((text) => `spiffe://${text}`),
        fc.string(),
      ),
      (text) => {
        assert.equal(
          parseSpiffeId(text).kind === 'ok',
          GRAMMAR.test(text) && text.length <= 2048,
          JSON.stringify(text),
        );
      },
    ),
    { numRuns: 2_000 },
  );
});

test('each kind of mistake is named', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /does not start with spiffe/],
    ['http://a/b', /does not start with/],
    ['SPIFFE://a/b', /does not start with/],
    ['spiffe:///b', /trust domain is empty/],
    ['spiffe://', /trust domain is empty/],
    ['spiffe://Cluster/b', /a trust domain has only/],
    ['spiffe://user@a/b', /a trust domain has only/],
    ['spiffe://a:80/b', /a trust domain has only/],
    ['spiffe://a/', /segment is empty/],
    ['spiffe://a//b', /segment is empty/],
    ['spiffe://a/b/', /segment is empty/],
    ['spiffe://a/../b', /segment is relative/],
    ['spiffe://a/.', /segment is relative/],
    ['spiffe://a/%41', /segment has only/],
    ['spiffe://a/b?c', /segment has only/],
    ['spiffe://a/b#c', /segment has only/],
    ['spiffe://a/b\n', /segment has only/],
    [`spiffe://${'a'.repeat(256)}`, /longer than 255/],
    [`spiffe://a/${'b'.repeat(2048)}`, /longer than 2048/],
  ];
  for (const [uri, pattern] of cases) {
    const parsed = parseSpiffeId(uri);
    assert.ok(parsed.kind === 'err' && pattern.test(parsed.error.message), `${uri}: ${JSON.stringify(parsed)}`);
    assert.equal(parsed.error.code, 'MESH_SPIFFE_ID');
  }
});

test('workload identities go both ways and nothing can be smuggled into them', () => {
  const workload = { trustDomain: 'cluster.local', namespace: 'shop', serviceAccount: 'cart' };
  const id = workloadSpiffeId(workload);
  assert.ok(id.kind === 'ok');
  assert.equal(id.value.uri, 'spiffe://cluster.local/ns/shop/sa/cart');
  assert.deepEqual(workloadOf(id.value), workload);
  assert.equal(workloadSpiffeId({ ...workload, namespace: 'shop/sa/admin' }).kind, 'err');
  assert.equal(workloadSpiffeId({ ...workload, serviceAccount: '' }).kind, 'err');
  for (const uri of ['spiffe://a', 'spiffe://a/ns/b', 'spiffe://a/ns/b/sa/c/d', 'spiffe://a/x/b/sa/c']) {
    const other = parseSpiffeId(uri);
    assert.ok(other.kind === 'ok' && workloadOf(other.value) === undefined, uri);
  }
});
