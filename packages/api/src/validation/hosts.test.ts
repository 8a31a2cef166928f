import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  fqdnProblem,
  gatewayBoundHostProblem,
  hostsOverlap,
  isHostSubset,
  isPartialWildcard,
  overlappingHosts,
  wildcardDomainProblem,
} from './hosts.ts';

test('fully qualified names', () => {
  for (const good of ['a', 'reviews', 'a.b.c', 'Reviews.Default', 'istio.io.', '1.a', 'x--y']) {
    assert.equal(fqdnProblem(good), undefined, good);
  }
  assert.equal(fqdnProblem(''), 'empty domain name not allowed');
  assert.equal(fqdnProblem('a..b'), 'domain name "a..b" invalid (label "" invalid)');
  assert.equal(fqdnProblem('*.a'), 'domain name "*.a" invalid (label "*" invalid)');
  assert.equal(fqdnProblem('a_b.c'), 'domain name "a_b.c" invalid (label "a_b" invalid)');
  assert.match(fqdnProblem('1.2.3.4')!, /top level domain "4" cannot be all-numeric/);
  assert.match(fqdnProblem('a'.repeat(256))!, /too long \(max 255\)/);
  assert.match(fqdnProblem(`${'a'.repeat(64)}.com`)!, /label/);
});

test('names that may start with a wildcard', () => {
  for (const good of ['*', '*.com', '*-a.com', '*a.com', 'a.com']) assert.equal(wildcardDomainProblem(good), undefined);
  for (const bad of ['a*.com', '**.com', 'a.*.com', '*.*', '-a.com']) {
    assert.notEqual(wildcardDomainProblem(bad), undefined, bad);
  }
  assert.equal(isPartialWildcard('*foo.com'), true);
  assert.equal(isPartialWildcard('*.foo.com'), false);
  assert.equal(isPartialWildcard('*'), false);
});

test('names that mesh gateways route by', () => {
  assert.equal(gatewayBoundHostProblem('outbound_.80_._.e2e.foobar.mesh', true), undefined);
  assert.match(gatewayBoundHostProblem('outbound_.80_._.e2e.foobar.mesh', false)!, /label "outbound_" invalid/);
  assert.match(gatewayBoundHostProblem('outbound_.x', true)!, /label "outbound_" invalid/);
});

test('one host covers another', () => {
  assert.equal(isHostSubset('a.b.com', '*.b.com'), true);
  assert.equal(isHostSubset('*.b.com', '*.com'), true);
  assert.equal(isHostSubset('*.com', '*.b.com'), false);
  assert.equal(isHostSubset('*.com', 'a.com'), false);
  assert.equal(isHostSubset('a.com', 'a.com'), true);
  assert.equal(isHostSubset('a.com', '*'), true);
});

const someHost = fc
  .array(fc.constantFrom('a', 'b', 'com'), { minLength: 1, maxLength: 4 })
  .chain((labels) => fc.constantFrom(labels.join('.'), `*.${labels.join('.')}`, `*${labels.join('.')}`, '*'));

test('overlaps found in one pass are those found pair by pair', () => {
  fc.assert(
    fc.property(fc.array(someHost, { maxLength: 8 }), (hosts) => {
      const found = overlappingHosts(hosts);
      for (const [i, j] of found) {
        assert.ok(i < j);
        assert.ok(hostsOverlap(hosts[i]!, hosts[j]!), `${hosts[i]} ${hosts[j]}`);
      }
      const anyPair = hosts.some((a, i) => hosts.slice(i + 1).some((b) => hostsOverlap(a, b)));
      assert.equal(found.length > 0, anyPair);
    }),
  );
});

test('a subset overlaps with what covers it', () => {
  fc.assert(
    fc.property(someHost, someHost, (a, b) => {
      assert.equal(hostsOverlap(a, b), hostsOverlap(b, a));
      assert.equal(hostsOverlap(a, b), isHostSubset(a, b) || isHostSubset(b, a));
    }),
  );
});

test('many hosts are judged in time that grows with their text', () => {
  const hosts = Array.from({ length: 20_000 }, (_, i) => `h${i}.${'x'.repeat(20)}.example.com`);
  assert.deepEqual(overlappingHosts(hosts), []);
  assert.equal(overlappingHosts([...hosts, '*.example.com']).length, hosts.length);
});
