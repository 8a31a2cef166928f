import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rulePolicy } from './rule-policy.ts';
import { type Call, deciding, type Outcome } from './test-support/decide.ts';

function policy(name: string, spec: string, namespace = 'a', annotations = '{}'): string {
  return `
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: ${name}, namespace: ${namespace}, annotations: ${annotations} }
spec: ${spec}
`;
}

const CART = 'cluster.local/ns/shop/sa/cart';
const deniedBy = (name: string, i = 0, namespace = 'a'): Outcome => ({
  deniedBy: `ns[${namespace}]-policy[${name}]-rule[${i}]`,
});
const NO_RULE: Outcome = { deniedBy: '' };

/** Rule, calls that it matches, calls that it does not. */
const RULES: readonly (readonly [string, string, readonly Call[], readonly Call[]])[] = [
  ['an empty rule matches everything (SEMANTICS 26)', '{}', [{}, { method: 'DELETE', path: '/x' }], []],
  [
    'hosts, in any case (SEMANTICS 28)',
    '{ to: [{ operation: { hosts: [Shop.Example.com, "*.test", "api.*"] } }] }',
    [{ host: 'shop.example.COM' }, { host: 'a.TEST' }, { host: 'api.x' }],
    [{ host: 'shop.example.com.evil' }, { host: 'test' }],
  ],
  [
    'paths without their query, at both ends and in the middle',
    '{ to: [{ operation: { paths: [/exact, "/pre*", "*.json", "/t/{*}/end", "/all/{**}"] } }] }',
    [{ path: '/exact?q' }, { path: '/prefix' }, { path: '/a.json' }, { path: '/t/x/end' }, { path: '/all/a/b' }],
    [{ path: '/exact/' }, { path: '/t/x/y/end' }, { path: '/t//end' }, { path: '/b' }],
  ],
  [
    'methods',
    '{ to: [{ operation: { methods: [GET, "P*"] } }] }',
    [{ method: 'GET' }, { method: 'POST' }],
    [{ method: 'get' }],
  ],
  [
    'ports of the workload, and what must not be',
    '{ to: [{ operation: { ports: ["80", "8080"], notPaths: ["/admin*"] } }] }',
    [{ port: 80 }, { port: 8080, path: '/' }],
    [{ port: 81 }, { port: 80, path: '/admin/x' }],
  ],
  [
    'one of several operations',
    '{ to: [{ operation: { methods: [GET] } }, { operation: { paths: [/b] } }] }',
    [
      { method: 'GET', path: '/a' },
      { method: 'PUT', path: '/b' },
    ],
    [{ method: 'PUT', path: '/a' }],
  ],
  [
    'principals without spiffe:// (SEMANTICS 28)',
    `{ from: [{ source: { principals: [${CART}, "cluster.local/ns/x/*", "*/sa/root"] } }] }`,
    [{ principal: CART }, { principal: 'cluster.local/ns/x/sa/y' }, { principal: 'other/ns/z/sa/root' }],
    [{}, { principal: `${CART}2` }, { principal: 'other/ns/shop/sa/cart' }],
  ],
  ['any principal, but one', '{ from: [{ source: { principals: ["*"] } }] }', [{ principal: CART }], [{}]],
  [
    'namespaces of identities (SEMANTICS 28)',
    '{ from: [{ source: { namespaces: [shop, "team-*", a.b] } }] }',
    [{ principal: CART }, { principal: 'td/ns/team-1/sa/x' }, { principal: 'td/ns/a.b/sa/x' }],
    [{}, { principal: 'td/ns/shop2/sa/x' }, { principal: 'td/ns/axb/sa/x' }],
  ],
  [
    'service accounts of the own namespace and of others (SEMANTICS 29)',
    '{ from: [{ source: { serviceAccounts: [own, shop/cart] } }] }',
    [{ principal: 'cluster.local/ns/a/sa/own' }, { principal: CART }],
    [
      {},
      { principal: 'cluster.local/ns/b/sa/own' },
      { principal: `${CART}s` },
      { principal: 'cluster.local/ns/a/sa/own2' },
    ],
  ],
  [
    'addresses of peers and of clients behind proxies',
    '{ from: [{ source: { ipBlocks: [10.1.0.0/16], notRemoteIpBlocks: [10.2.2.2, "fd00::/8"] } }] }',
    [{ from: '10.1.2.3', client: '10.9.9.9' }],
    [{ from: '10.2.2.3' }, { from: '10.1.2.3', client: '10.2.2.2' }, { from: '10.1.2.3', client: 'fd00::1' }],
  ],
  [
    'one of several sources, none of the excluded',
    `{ from: [{ source: { principals: [${CART}], notNamespaces: [shop] } }, { source: { ipBlocks: [10.7.7.7] } }] }`,
    [{ from: '10.7.7.7' }],
    [{ principal: CART }],
  ],
  [
    'headers',
    '{ when: [{ key: "request.headers[x-v]", values: [one, "two*"], notValues: [twofold] }] }',
    [{ headers: { 'x-v': 'one' } }, { headers: { 'x-v': 'two' } }],
    [{}, { headers: { 'x-v': 'twofold' } }, { headers: { 'x-v': 'three' } }],
  ],
  [
    'a header that is there, and one that is not',
    '{ when: [{ key: "request.headers[x-a]", values: ["*"] }, { key: "request.headers[x-b]", notValues: ["*"] }] }',
    [{ headers: { 'x-a': '' } }, { headers: { 'x-a': '1' } }],
    [{}, { headers: { 'x-a': '1', 'x-b': '1' } }],
  ],
  [
    'all conditions together with source and operation',
    `{ from: [{ source: { principals: [${CART}] } }], to: [{ operation: { methods: [GET] } }], when: [{ key: destination.port, values: ["80"] }, { key: source.ip, values: [10.0.0.0/8] }] }`,
    [{ principal: CART }],
    [{ principal: CART, port: 81 }, { principal: CART, method: 'PUT' }, {}, { principal: CART, from: '11.0.0.1' }],
  ],
  [
    'addresses, server names and metadata of filters',
    '{ when: [{ key: destination.ip, values: [10.0.0.2] }, { key: connection.sni, values: ["*.test"] }, { key: "experimental.envoy.filters.x[k]", values: [v, "[l]"] }] }',
    [
      { sni: 'a.test', metadata: { 'envoy.filters.x': { k: 'v' } } },
      { sni: 'a.test', metadata: { 'envoy.filters.x': { k: ['m', 'l'] } } },
    ],
    [{ sni: 'a.test' }, { sni: 'a', metadata: { 'envoy.filters.x': { k: 'v' } } }],
  ],
  [
    'request principals, split at the last slash (SEMANTICS 29)',
    '{ from: [{ source: { requestPrincipals: [https://iss.test/x/sub, "other/*"] } }] }',
    [{ claims: { iss: 'https://iss.test/x', sub: 'sub' } }, { claims: { iss: 'other', sub: 'anybody' } }],
    [{}, { claims: { iss: 'https://iss.test', sub: 'x/sub' } }, { claims: { iss: 'other' } }],
  ],
  [
    'any request principal, and its ends',
    '{ when: [{ key: request.auth.principal, values: ["*"] }] }',
    [{ claims: { iss: 'i', sub: 's' } }],
    [{}, { claims: { iss: 'i' } }],
  ],
  [
    'claims that are texts, lists or nested',
    '{ when: [{ key: "request.auth.claims[group]", values: [admin] }, { key: "request.auth.claims[realm][roles]", values: ["r*"] }] }',
    [
      { claims: { group: 'admin', realm: { roles: ['x', 'root'] } } },
      { claims: { group: ['admin'], realm: { roles: 'r' } } },
    ],
    [{ claims: { group: 'admin' } }, { claims: { group: 'a', realm: { roles: ['r'] } } }],
  ],
  [
    'audiences and presenters',
    '{ when: [{ key: request.auth.audiences, values: [shop] }, { key: request.auth.presenter, values: [web] }] }',
    [{ claims: { aud: ['x', 'shop'], azp: 'web' } }],
    [{ claims: { aud: 'shop' } }],
  ],
];

for (const [name, rule, matching, others] of RULES) {
  test(`a rule matches by ${name}`, () => {
    const allow = deciding(policy('p', `{ action: ALLOW, rules: [${rule}] }`));
    const deny = deciding(policy('p', `{ action: DENY, rules: [${rule}] }`));
    for (const call of matching) {
      assert.equal(allow.http(call), 'allowed', JSON.stringify(call));
      assert.deepEqual(deny.http(call), deniedBy('p'), JSON.stringify(call));
    }
    for (const call of others) {
      assert.deepEqual(allow.http(call), NO_RULE, JSON.stringify(call));
      assert.equal(deny.http(call), 'allowed', JSON.stringify(call));
    }
    assert.deepEqual(
      allow.findings.filter(({ severity }) => severity !== 'info'),
      [],
    );
  });
}

test('a policy without rules allows nothing (SEMANTICS 26)', () => {
  assert.deepEqual(deciding(policy('p', '{}')).http({}), NO_RULE);
  assert.equal(deciding('').http({}), 'allowed');
});

test('DENY comes before ALLOW, and AUDIT decides nothing (SEMANTICS 25)', () => {
  const rules = '[{ to: [{ operation: { methods: [GET] } }] }]';
  const { http } = deciding(
    policy('allow', `{ rules: ${rules} }`) +
      policy('deny', '{ action: DENY, rules: [{ to: [{ operation: { paths: [/no] } }] }] }') +
      policy('audit', '{ action: AUDIT, rules: [{}] }'),
  );
  assert.equal(http({ path: '/yes' }), 'allowed');
  assert.deepEqual(http({ path: '/no' }), deniedBy('deny'));
  assert.deepEqual(http({ method: 'PUT' }), NO_RULE);
});

test('policies of the root namespace hold everywhere, those of others nowhere else (SEMANTICS 26)', () => {
  const denyX = '{ action: DENY, rules: [{ to: [{ operation: { paths: [/x] } }] }] }';
  const { http } = deciding(
    policy('everywhere', denyX, 'istio-system') + policy('elsewhere', denyX.replace('/x', '/y'), 'b'),
  );
  assert.deepEqual(http({ path: '/x' }), deniedBy('everywhere', 0, 'istio-system'));
  assert.equal(http({ path: '/y' }), 'allowed');
});

test('identities of the own trust domain are known by its other names', () => {
  const config = `
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data: { mesh: "trustDomain: new.test\\ntrustDomainAliases: [old.test]" }
`;
  const { http } = deciding(
    config +
      policy('p', '{ rules: [{ from: [{ source: { principals: [cluster.local/ns/x/sa/y, other/ns/x/sa/y] } }] }] }'),
  );
  for (const td of ['new.test', 'old.test', 'cluster.local', 'other']) {
    assert.equal(http({ principal: `${td}/ns/x/sa/y` }), 'allowed', td);
  }
  assert.deepEqual(http({ principal: 'else/ns/x/sa/y' }), NO_RULE);
});

test('on connections without HTTP an ALLOW rule that asks for HTTP matches nothing, and a DENY rule more (SEMANTICS 27)', () => {
  const rule = '{ to: [{ operation: { ports: ["80"], methods: [GET] } }] }';
  const allow = deciding(policy('p', `{ rules: [${rule}] }`));
  assert.deepEqual(allow.tcp({ port: 80 }), NO_RULE);
  assert.deepEqual(
    allow.findings.map(({ path, message }) => [path, message]),
    [
      [
        'spec.rules[0].to[0].operation.methods',
        'is for HTTP, which other ports do not speak: the rule matches nothing',
      ],
    ],
  );
  const deny = deciding(policy('p', `{ action: DENY, rules: [${rule}] }`));
  assert.deepEqual(deny.tcp({ port: 80 }), deniedBy('p'));
  assert.equal(deny.tcp({ port: 81 }), 'allowed');
});

test('what cannot be checked never lets more in', () => {
  const rule = { to: [{ operation: { methods: ['GET'] } }], when: [{ key: 'source.shoe', values: ['v'] }] };
  const use = { namespace: 'a', trustDomains: ['cluster.local'], isHttp: true };
  const allow = rulePolicy(rule, { ...use, isAllowing: true });
  assert.equal(allow.policy, undefined);
  assert.match(
    allow.problems[0]?.message ?? '',
    /source\.shoe is none of .*connection\.sni.*: the rule matches nothing/,
  );
  const deny = rulePolicy(rule, { ...use, isAllowing: false });
  assert.deepEqual(deny.policy, rulePolicy({ to: rule.to }, { ...use, isAllowing: false }).policy);
  const badPort = { to: [{ operation: { ports: ['80', 'http'] } }] };
  assert.equal(rulePolicy(badPort, { ...use, isAllowing: true }).policy, undefined);
});

test('what an extension is to decide is denied, with words (SEMANTICS 25)', () => {
  const { http, tcp, findings } = deciding(policy('p', '{ action: CUSTOM, provider: { name: opa }, rules: [{}] }'));
  assert.deepEqual([http({}), tcp({})], [{ deniedBy: 'custom-deny-all' }, { deniedBy: 'custom-deny-all' }]);
  assert.match(findings[0]?.message ?? '', /provider "opa" cannot be asked/);
});

test('a policy that is tried out decides nothing, and says what it would', () => {
  const dry = '{ istio.io/dry-run: "true" }';
  const { http, tried } = deciding(
    policy('p', '{ action: DENY, rules: [{ to: [{ operation: { paths: [/x] } }] }] }', 'a', dry),
  );
  assert.equal(http({ path: '/x' }), 'allowed');
  assert.deepEqual(tried({ path: '/x' }), [deniedBy('p')]);
  assert.deepEqual(tried({ path: '/y' }), ['allowed']);
});
