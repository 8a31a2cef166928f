import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peerNameOf } from './auto-sni.ts';

function request(headers: Readonly<Record<string, string>>) {
  return { get: (name: string) => headers[name] };
}

const AUTHORITY = { asksForHost: true, checksHost: true, header: ':authority' };

test('the host of a request, without its port, is the name to ask for and to be proven', () => {
  for (const [host, name] of [
    ['App.Test:8443', 'app.test'],
    ['app.test', 'app.test'],
  ] as const) {
    assert.deepEqual(peerNameOf(AUTHORITY, request({ ':authority': host })), {
      serverName: name,
      certificateName: name,
    });
  }
});

test('an address is proven, but not asked for', () => {
  for (const [host, name] of [
    ['10.0.0.1:80', '10.0.0.1'],
    ['[::1]:80', '::1'],
    ['::1', '::1'],
  ] as const) {
    assert.deepEqual(peerNameOf(AUTHORITY, request({ ':authority': host })), {
      serverName: undefined,
      certificateName: name,
    });
  }
});

test('another header may name the host, and the request itself where that is missing', () => {
  const auto = { asksForHost: true, checksHost: false, header: 'x-host' };
  const both = request({ ':authority': 'a.test', 'x-host': 'b.test' });
  assert.deepEqual(peerNameOf(auto, both), { serverName: 'b.test', certificateName: undefined });
  assert.equal(peerNameOf(auto, request({ ':authority': 'a.test' }))?.serverName, 'a.test');
  assert.equal(peerNameOf(auto, request({})), undefined);
});
