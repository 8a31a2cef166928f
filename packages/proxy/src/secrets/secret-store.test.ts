import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretStore } from './secret-store.ts';

function secret(name: string, text: string) {
  return { kind: 'generic', name, secret: Buffer.from(text) } as const;
}

test('whoever needs a secret hears of each change of it, until it wants no more', () => {
  const store = new SecretStore();
  const heard: string[] = [];
  const stop = store.subscribe('a', () => {
    const now = store.get('a');
    heard.push(now?.kind === 'generic' ? Buffer.from(now.secret).toString() : 'gone');
  });
  store.set('b', secret('b', 'other'));
  store.set('a', secret('a', '1'));
  store.set('a', secret('a', '2'));
  store.remove('a');
  store.remove('a');
  assert.deepEqual(heard, ['1', '2', 'gone']);
  stop();
  store.set('a', secret('a', '3'));
  assert.deepEqual(heard, ['1', '2', 'gone']);
  assert.deepEqual(
    [...store.all].map(({ name }) => name),
    ['b', 'a'],
  );
});

test('a subscriber may end its own subscription while it is told', () => {
  const store = new SecretStore();
  let calls = 0;
  const stop = store.subscribe('a', () => {
    calls++;
    stop();
  });
  store.subscribe('a', () => calls++);
  store.set('a', secret('a', '1'));
  store.set('a', secret('a', '2'));
  assert.equal(calls, 3);
});
