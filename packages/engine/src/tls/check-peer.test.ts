import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StringMatcher } from '../match/string-matcher.ts';
import { checkPeer, matchesDnsName, type PeerFacts, trustDomainOf } from './check-peer.ts';
import { mergeValidation, type SanMatcherRuntime, type ValidationRuntime } from './validation.ts';

const PEER: PeerFacts = {
  uriSans: ['spiffe://mesh/ns/a/sa/b'],
  dnsSans: ['*.example.com', 'host.test'],
  ipSans: ['10.0.0.1'],
  emailSans: ['me@example.com'],
  sha256Fingerprint: 'ab'.repeat(32),
  spkiHash: 'spki',
};

const NONE: ValidationRuntime = {
  trustedCa: undefined,
  crl: undefined,
  certificateHashes: [],
  spkiHashes: [],
  sans: [],
  allowsExpired: false,
  acceptsUntrusted: false,
  trustDomains: undefined,
  watchedDirectory: undefined,
};

function matcher(test: (text: string) => boolean): StringMatcher {
  return { matches: test, describe: () => 'test' };
}

function exact(name: string, type?: SanMatcherRuntime['type']): SanMatcherRuntime {
  return { type, exact: name, matcher: matcher((text) => text === name) };
}

function prefix(text: string, type?: SanMatcherRuntime['type']): SanMatcherRuntime {
  return { type, exact: undefined, matcher: matcher((name) => name.startsWith(text)) };
}

describe('the check of a peer', () => {
  const cases: readonly (readonly [string, Partial<ValidationRuntime>, boolean])[] = [
    ['no conditions', {}, true],
    ['a name of its type', { sans: [prefix('spiffe://mesh/', 'uri')] }, true],
    ['a name of another type', { sans: [prefix('spiffe://mesh/', 'dns')] }, false],
    ['a name of any type', { sans: [prefix('me@')] }, true],
    ['one name of several', { sans: [exact('other', 'dns'), exact('10.0.0.1', 'ip')] }, true],
    ['a host that a wildcard of the certificate covers', { sans: [exact('api.example.com', 'dns')] }, true],
    ['a host below what the wildcard covers', { sans: [exact('a.b.example.com', 'dns')] }, false],
    ['a prefix, which does not expand wildcards', { sans: [prefix('api.', 'dns')] }, false],
    ['the pinned certificate', { certificateHashes: [PEER.sha256Fingerprint] }, true],
    ['a pinned key beside another certificate', { certificateHashes: ['00'], spkiHashes: ['spki'] }, true],
    ['another pinned certificate', { certificateHashes: ['00'] }, false],
    ['a name without the pin', { sans: [exact('host.test')], spkiHashes: ['other'] }, false],
  ];
  for (const [what, own, isAccepted] of cases) {
    it(`looks at ${what}`, () => assert.equal(checkPeer({ ...NONE, ...own }, PEER) === undefined, isAccepted));
  }

  it('says which names there are', () => {
    assert.equal(
      checkPeer({ ...NONE, sans: [exact('x')] }, { ...PEER, ipSans: [], emailSans: [], dnsSans: ['a'] }),
      'no subject alternative name of the certificate matches: it has spiffe://mesh/ns/a/sa/b, a',
    );
  });
});

it('a wildcard covers one label, without regard to case', () => {
  assert.equal(matchesDnsName('*.Example.com', 'API.example.COM'), true);
  assert.equal(matchesDnsName('*.example.com', 'example.com'), false);
  assert.equal(matchesDnsName('*.example.com', '.example.com'), false);
  assert.equal(matchesDnsName('a*.example.com', 'ab.example.com'), false);
});

it('the trust domain is the authority of a SPIFFE id', () => {
  assert.equal(trustDomainOf('spiffe://mesh/ns/a'), 'mesh');
  assert.equal(trustDomainOf('spiffe://mesh'), 'mesh');
  assert.equal(trustDomainOf('spiffe:///ns'), undefined);
  assert.equal(trustDomainOf('https://mesh/'), undefined);
});

it('a secret adds to the context that stands in place, and wins over it', () => {
  const [one, two] = [new Uint8Array(1), new Uint8Array(2)];
  const base = { ...NONE, trustedCa: one, sans: [exact('a')], allowsExpired: true };
  assert.deepEqual(mergeValidation(base, { ...NONE, spkiHashes: ['s'] }), { ...base, spkiHashes: ['s'] });
  const merged = mergeValidation(base, { ...NONE, trustedCa: two, sans: [exact('b')] });
  assert.equal(merged.trustedCa, two);
  assert.deepEqual(
    merged.sans.map((san) => san.exact),
    ['a', 'b'],
  );
});
