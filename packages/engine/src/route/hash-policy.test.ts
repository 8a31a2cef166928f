import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteAction } from '@weft/proto/envoy/config/route/v3/route_components';
import { formatHash64, xxHash64Text } from '../hash/xx-hash64.ts';
import { compileHashPolicy, computeHash, hashOfRequest } from './hash-policy.ts';
import { messageFromYaml, testContext } from './test-support/compile.ts';
import { addressView, type RequestSpec, requestView } from './test-support/views.ts';

function hashOf(policies: string, request: RequestSpec = {}, remote = '10.0.0.1') {
  const context = testContext();
  const action = messageFromYaml<RouteAction>('envoy.config.route.v3.RouteAction', `{ hash_policy: ${policies} }`);
  const compiled = action.hashPolicy.map((policy, i) => compileHashPolicy(policy, `h[${i}]`, context)!);
  assert.deepEqual(context.problems.list(), []);
  const filterState = (key: string) => (key === 'known' ? 'state' : undefined);
  const view = {
    request: requestView(request),
    remote: addressView(remote, 1234),
    local: addressView('10.0.0.2', 80),
    filterState,
  };
  const { hash, setCookies } = computeHash(compiled, view);
  return { hash: hash && formatHash64(hash), setCookies };
}

const plain = (text: string) => formatHash64(xxHash64Text(text));

test('what each policy hashes', () => {
  assert.equal(hashOf('[{ header: { header_name: X-User } }]', { headers: { 'x-user': 'foo' } }).hash, plain('foo'));
  const rewrite =
    "[{ header: { header_name: x-user, regex_rewrite: { pattern: { regex: '^.*/' }, substitution: '' } } }]";
  assert.equal(hashOf(rewrite, { headers: { 'x-user': 'a/b/foo' } }).hash, plain('foo'));
  assert.equal(hashOf('[{ connection_properties: { source_ip: true } }]').hash, plain('10.0.0.1'));
  assert.equal(hashOf('[{ connection_properties: { source_ip: true } }]', {}, '/run/socket').hash, undefined);
  assert.equal(hashOf('[{ connection_properties: {} }]').hash, undefined);
  assert.equal(hashOf('[{ query_parameter: { name: u } }]', { path: '/?a=1&u=foo&u=bar' }).hash, plain('foo'));
  assert.equal(hashOf('[{ filter_state: { key: known } }]').hash, plain('state'));
  assert.equal(hashOf('[{ filter_state: { key: other } }]').hash, undefined);
  assert.equal(hashOf('[{ header: { header_name: x-user } }]').hash, undefined);
});

test('only where the answer can carry it is a cookie made', () => {
  const message = messageFromYaml<RouteAction>(
    'envoy.config.route.v3.RouteAction',
    '{ hash_policy: [{ cookie: { name: c, ttl: 1s } }] }',
  );
  const policies = [compileHashPolicy(message.hashPolicy[0]!, 'h', testContext())!];
  const local = addressView('10.0.0.2', 80);
  const viewOf = (request: RequestSpec) => ({
    request: requestView(request),
    remote: local,
    local,
    filterState: () => undefined,
  });
  assert.equal(hashOfRequest(policies, viewOf({})), undefined);
  assert.equal(formatHash64(hashOfRequest(policies, viewOf({ headers: { cookie: 'c=foo' } }))!), plain('foo'));
});

test('the lines of a repeated header count in any order', () => {
  const policy = '[{ header: { header_name: x-user } }]';
  const hash = hashOf(policy, { headers: { 'x-user': ['b', 'a'] } }).hash;
  assert.equal(hash, formatHash64(xxHash64Text('b', xxHash64Text('a'))));
  assert.equal(hash, hashOf(policy, { headers: { 'x-user': ['a', 'b'] } }).hash);
});

test('a cookie is read, or made with its attributes where it has a lifetime', () => {
  const cookie =
    '[{ cookie: { name: c, ttl: 60s, path: /p, attributes: [{ name: SameSite, value: Strict }, { name: Secure }] } }]';
  assert.deepEqual(hashOf(cookie, { headers: { cookie: 'a=1; c="foo"' } }), { hash: plain('foo'), setCookies: [] });
  const made = hashOf(cookie);
  const value = plain('10.0.0.1:123410.0.0.2:80');
  assert.deepEqual(made.setCookies, [`c="${value}"; Max-Age=60; Path=/p; SameSite=Strict; Secure; HttpOnly`]);
  assert.equal(made.hash, plain(value));
  assert.deepEqual(hashOf(cookie, {}, '10.0.0.1').hash, made.hash);
  assert.deepEqual(hashOf('[{ cookie: { name: c, ttl: 0s } }]').setCookies, [`c="${value}"; HttpOnly`]);
  assert.deepEqual(hashOf('[{ cookie: { name: c } }]'), { hash: undefined, setCookies: [] });
});

test('a made cookie is the one that Envoy makes, leading zeros too', () => {
  const view = {
    request: requestView(),
    remote: addressView('127.0.0.1', 20_016),
    local: addressView('127.0.0.1', 18_432),
    filterState: () => undefined,
  };
  const message = messageFromYaml<RouteAction>(
    'envoy.config.route.v3.RouteAction',
    '{ hash_policy: [{ cookie: { name: c, ttl: 0s } }] }',
  );
  const policy = compileHashPolicy(message.hashPolicy[0]!, 'h', testContext())!;
  assert.deepEqual(computeHash([policy], view).setCookies, ['c="0954d5911badecf9"; HttpOnly']);
});

test('hashes are combined in order, and a terminal one ends the list', () => {
  const headers = { a: 'foo', b: 'foo' };
  const both = hashOf('[{ header: { header_name: a } }, { header: { header_name: b } }]', { headers }).hash;
  assert.notEqual(both, plain('foo'));
  assert.notEqual(both, plain('').replace(/./g, '0'));
  const rotated =
    (BigInt.asUintN(64, BigInt(`0x${plain('foo')}`) << 1n) | (BigInt(`0x${plain('foo')}`) >> 63n)) ^
    BigInt(`0x${plain('foo')}`);
  assert.equal(both, rotated.toString(16).padStart(16, '0'));
  const terminal = '[{ header: { header_name: a }, terminal: true }, { header: { header_name: b } }]';
  assert.equal(hashOf(terminal, { headers }).hash, plain('foo'));
  assert.equal(hashOf(terminal, { headers: { b: 'bar' } }).hash, plain('bar'));
});
