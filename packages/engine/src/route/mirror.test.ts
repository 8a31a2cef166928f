import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shadowHost } from './mirror.ts';

test('the host of a copy tells that it is one, before the port', () => {
  assert.equal(shadowHost('a.com'), 'a.com-shadow');
  assert.equal(shadowHost('a.com:8080'), 'a.com-shadow:8080');
  assert.equal(shadowHost('[::1]'), '[::1]-shadow');
  assert.equal(shadowHost('[::1]:80'), '[::1]-shadow:80');
});
