import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { testCaller } from '../test-support/callers.ts';
import { type ReviewToken, TokenReviewAuthenticator, type TokenReviewOptions } from './token-review.ts';

const good = {
  status: {
    authenticated: true,
    audiences: ['istio-ca'],
    user: {
      username: 'system:serviceaccount:shop:cart',
      groups: ['system:serviceaccounts', 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/pod-name': ['cart-1'],
        'authentication.kubernetes.io/pod-uid': ['u1'],
      },
    },
  },
};

function create(review: ReviewToken, options: Partial<TokenReviewOptions> = {}) {
  const clock = new FakeClock();
  return {
    clock,
    authenticator: new TokenReviewAuthenticator({ clock, review, trustDomain: 'td', ...options }),
  };
}

const answers = (answer: unknown) => create(() => Promise.resolve(answer)).authenticator;
const caller = testCaller({ token: 'a.b.c' });

test('a token of a service account becomes its identity, with the pod it was made for', async () => {
  const asked: unknown[] = [];
  const { authenticator } = create((spec) => {
    asked.push(spec);
    return Promise.resolve(good);
  });
  const result = await authenticator.attest(caller);
  assert.ok(result.kind === 'attested');
  assert.equal(result.identity.id.uri, 'spiffe://td/ns/shop/sa/cart');
  assert.deepEqual(result.identity.pod, { name: 'cart-1', uid: 'u1' });
  assert.deepEqual(asked, [{ token: 'a.b.c', audiences: ['istio-ca'] }]);
});

test('an answer that leaves something out, or says something else, is not believed', async () => {
  const { status } = good;
  const { user } = status;
  const lies: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /does not know the token/],
    ['yes', /does not know the token/],
    [{ status: { ...status, authenticated: 'true' } }, /does not know the token/],
    [{ status: { authenticated: false, error: 'token expired' } }, /token expired/],
    [{ status: { ...status, audiences: undefined } }, /not for istio-ca/],
    [{ status: { ...status, audiences: ['other'] } }, /not for istio-ca/],
    [{ status: { ...status, audiences: 'istio-ca' } }, /not for istio-ca/],
    [{ status: { ...status, user: undefined } }, /no service account/],
    [{ status: { ...status, user: { ...user, groups: ['system:masters'] } } }, /no service account/],
    [{ status: { ...status, user: { ...user, username: 'maria' } } }, /not the name of a service account/],
    [{ status: { ...status, user: { ...user, username: 'system:serviceaccount:a:b:c' } } }, /not the name/],
    [{ status: { ...status, user: { ...user, username: 'system:node:a:b' } } }, /not the name/],
    [{ status: { ...status, user: { ...user, username: 'system:serviceaccount:a' } } }, /segment is empty/],
    [{ status: { ...status, user: { ...user, username: 'system:serviceaccount:../x:b' } } }, /invalid SPIFFE/],
    [{ status: { ...status, user: { ...user, username: 'system:serviceaccount:a/b:c' } } }, /invalid SPIFFE/],
    [{ status: { ...status, user: { ...user, username: 7 } } }, /not the name/],
  ];
  for (const [answer, reason] of lies) {
    const result = await answers(answer).attest(caller);
    assert.ok(result.kind === 'refused', String(reason));
    assert.match(result.reason, reason);
  }
});

test('whatever an API server answers, nobody is attested who is not named in full, and nothing is thrown', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), fc.record({ status: fc.jsonValue() })), async (answer) => {
      assert.equal((await answers(answer).attest(caller)).kind, 'refused');
    }),
    { numRuns: 200 },
  );
});

test('what is no token is not sent to the API server', async () => {
  const { authenticator } = create(() => Promise.reject(new Error('was asked')));
  assert.deepEqual(await authenticator.attest(testCaller({})), { kind: 'none' });
  assert.deepEqual(await authenticator.attest(testCaller({ token: 'weft-join_a_b' })), { kind: 'none' });
  for (const token of ['abc', 'a.b', 'a.b.c.d', `${'a'.repeat(20_000)}.b.c`]) {
    const result = await authenticator.attest(testCaller({ token }));
    assert.ok(result.kind === 'refused' && /no JWT/.test(result.reason));
  }
});

test('the same token is asked about once in a while, good ones less often than bad ones', async () => {
  let asked = 0;
  let answer: unknown = good;
  const { authenticator, clock } = create(() => {
    asked += 1;
    return Promise.resolve(answer);
  });
  await Promise.all([authenticator.attest(caller), authenticator.attest(caller), authenticator.attest(caller)]);
  assert.equal(asked, 1);
  clock.advance(29_000);
  await authenticator.attest(caller);
  assert.equal(asked, 1);
  answer = { status: { authenticated: false } };
  clock.advance(2_000);
  assert.equal((await authenticator.attest(caller)).kind, 'refused');
  assert.equal(asked, 2);
  answer = good;
  clock.advance(2_001);
  assert.equal((await authenticator.attest(caller)).kind, 'attested');
  assert.equal(asked, 3);
});

test('an API server that hangs or vanishes refuses for that moment only, and too many questions are not asked', async () => {
  let isDown = true;
  const { authenticator, clock } = create(
    () => (isDown ? new Promise<never>(() => undefined) : Promise.resolve(good)),
    { maxPending: 2 },
  );
  const waiting = [authenticator.attest(caller), authenticator.attest(testCaller({ token: 'd.e.f' }))];
  const many = await authenticator.attest(testCaller({ token: 'g.h.i' }));
  assert.ok(many.kind === 'refused' && /2 tokens are being reviewed/.test(many.reason));
  await clock.advanceAsync(5_000);
  for (const result of await Promise.all(waiting)) {
    assert.ok(result.kind === 'refused' && /could not be asked: .*longer than 5000 ms/.test(result.reason));
  }
  isDown = false;
  assert.equal((await authenticator.attest(caller)).kind, 'attested');
  assert.equal(clock.pendingTimers, 0);
});
