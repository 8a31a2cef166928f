import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, unwrap } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import { testCaller } from '../test-support/callers.ts';
import { JoinTokens } from './join-tokens.ts';

const cart = { namespace: 'shop', serviceAccount: 'cart', validForMs: 60_000 };

function create(maxTokens = 10) {
  const clock = new FakeClock();
  return { clock, tokens: new JoinTokens({ clock, random: seededRandom('join'), trustDomain: 'td', maxTokens }) };
}

test('a token makes its bearer the workload it was made for, once', () => {
  const { tokens } = create();
  const token = unwrap(tokens.issue(cart));
  assert.equal(String(token), '[redacted]');
  const caller = testCaller({ token: token.reveal() });
  const first = tokens.attest(caller);
  assert.ok(first.kind === 'attested' && first.identity.id.uri === 'spiffe://td/ns/shop/sa/cart');
  const second = tokens.attest(caller);
  assert.ok(second.kind === 'refused' && /used before/.test(second.reason));
});

test('wrong and expired tokens are refused, and other proofs are not for this authenticator', () => {
  const { clock, tokens } = create();
  const token = unwrap(tokens.issue(cart)).reveal();
  for (const wrong of [`${token}0`, token.slice(0, -1), 'weft-join_', 'weft-join_00_00', `${token.slice(0, -2)}zz`]) {
    assert.equal(tokens.attest(testCaller({ token: wrong })).kind, 'refused', wrong);
  }
  // Guesses do not use it up, or anybody who knows its number could keep its owner out.
  assert.equal(tokens.size, 1);
  clock.advance(60_000);
  const late = tokens.attest(testCaller({ token }));
  assert.ok(late.kind === 'refused' && /expired/.test(late.reason));
  for (const caller of [testCaller({}), testCaller({ token: 'a.b.c' })])
    assert.equal(tokens.attest(caller).kind, 'none');
});

test('tokens are bounded in number and time, and made only for names that are some', () => {
  const { clock, tokens } = create(2);
  unwrap(tokens.issue(cart));
  unwrap(tokens.issue(cart));
  assert.throws(() => tokens.issue(cart), /2 join tokens wait to be used already/);
  clock.advance(60_001);
  unwrap(tokens.issue(cart));
  assert.equal(tokens.size, 1);
  for (const validForMs of [0, -1, Number.NaN, 86_400_001]) {
    assert.throws(() => tokens.issue({ ...cart, validForMs }), /cannot be valid for/);
  }
  for (const name of ['', '../admin', 'a/b', 'a b']) {
    assert.equal(tokens.issue({ ...cart, namespace: name }).kind, 'err');
    assert.equal(tokens.issue({ ...cart, serviceAccount: name }).kind, 'err');
  }
});
