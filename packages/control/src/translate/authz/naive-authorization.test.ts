/** Random policies and requests: what is generated decides as the plainest reading of AuthorizationPolicies does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Call, deciding } from './test-support/decide.ts';

interface Rule {
  readonly from?: readonly { readonly source: Readonly<Record<string, readonly string[]>> }[];
  readonly to?: readonly { readonly operation: Readonly<Record<string, readonly string[]>> }[];
  readonly when?: readonly {
    readonly key: string;
    readonly values?: readonly string[];
    readonly notValues?: readonly string[];
  }[];
}

interface Policy {
  readonly action: 'ALLOW' | 'DENY';
  readonly rules: readonly Rule[];
}

const ACCOUNTS = ['shop/cart', 'shop/root', 'a/cart', 'b/x'];
const PATHS = ['/', '/a', '/ab', '/b/c'];

const some = (values: readonly string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const principals = some([...ACCOUNTS.map(principalOf), 'cluster.local/ns/shop/*', '*/sa/cart', '*']);
const operation = fc.record(
  {
    paths: some([...PATHS, '/a*', '*c', '*']),
    notPaths: some(PATHS),
    methods: some(['GET', 'PUT', 'P*']),
    notMethods: some(['GET', 'POST']),
    ports: some(['80', '81']),
    hosts: some(['a.test', '*.test', 'B.*']),
  },
  { requiredKeys: [] },
);
const source = fc.record(
  {
    principals,
    notPrincipals: principals,
    namespaces: some(['shop', 'a', 's*']),
    notNamespaces: some(['shop', 'b']),
    serviceAccounts: some(['cart', 'shop/root']),
    ipBlocks: some(['10.0.0.1', '10.1.0.0/16']),
    notIpBlocks: some(['10.1.2.3']),
  },
  { requiredKeys: [] },
);
const isSaid = (record: object) => Object.keys(record).length > 0;
/** The API refuses service accounts beside other names. */
const isAccepted = (record: object) =>
  !('serviceAccounts' in record) ||
  !['principals', 'notPrincipals', 'namespaces', 'notNamespaces'].some((name) => name in record);
const condition = fc.record(
  {
    key: fc.constantFrom('request.headers[x-v]', 'source.namespace'),
    values: some(['1', 'shop', '*']),
    notValues: some(['2', 'a']),
  },
  { requiredKeys: ['key'] },
);
const rule: fc.Arbitrary<Rule> = fc.record(
  {
    to: fc.array(fc.record({ operation: operation.filter(isSaid) }), { minLength: 1, maxLength: 2 }),
    from: fc.array(fc.record({ source: source.filter(isSaid).filter(isAccepted) }), { minLength: 1, maxLength: 2 }),
    when: fc.array(
      condition.filter(({ values, notValues }) => values !== undefined || notValues !== undefined),
      { minLength: 1, maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Rule>;
const policy: fc.Arbitrary<Policy> = fc.record({
  action: fc.constantFrom('ALLOW' as const, 'DENY' as const),
  rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
});
const call: fc.Arbitrary<Call> = fc.record(
  {
    path: fc.constantFrom(...PATHS),
    method: fc.constantFrom('GET', 'PUT', 'POST'),
    host: fc.constantFrom('a.test', 'A.TEST', 'b.x', 'c'),
    port: fc.constantFrom(80, 81),
    principal: fc.constantFrom(...ACCOUNTS.map(principalOf)),
    from: fc.constantFrom('10.0.0.1', '10.1.2.3', '10.1.2.4'),
    headers: fc.record({ 'x-v': fc.constantFrom('1', '2', '3') }),
  },
  { requiredKeys: ['path', 'method', 'host', 'port', 'from'] },
) as fc.Arbitrary<Call>;

function principalOf(account: string): string {
  const [namespace, name] = account.split('/');
  return `cluster.local/ns/${namespace}/sa/${name}`;
}

/** The plainest reading. */
function isAllowed(policies: readonly Policy[], given: Call): boolean {
  const matches = ({ rules }: Policy) => rules.some((one) => ruleMatches(one, given));
  const of = (action: Policy['action']) => policies.filter((one) => one.action === action);
  if (of('DENY').some(matches)) return false;
  return of('ALLOW').length === 0 || of('ALLOW').some(matches);
}

function ruleMatches({ from, to, when }: Rule, given: Call): boolean {
  const isFrom = from === undefined || from.some((one) => fieldsMatch(one.source, given));
  const isTo = to === undefined || to.some((one) => fieldsMatch(one.operation, given));
  const isWhen = (when ?? []).every(({ key, values, notValues }) => {
    const holds = (list: readonly string[]) =>
      key === 'source.namespace'
        ? FIELDS['namespaces']!(list, given)
        : list.some((value) => textMatches(value, given.headers?.['x-v']));
    return (values === undefined || holds(values)) && (notValues === undefined || !holds(notValues));
  });
  return isFrom && isTo && isWhen;
}

function fieldsMatch(fields: Readonly<Record<string, readonly string[]>>, given: Call): boolean {
  return Object.entries(fields).every(([name, values]) => {
    if (!name.startsWith('not')) return FIELDS[name]!(values, given);
    return !FIELDS[name.charAt(3).toLowerCase() + name.slice(4)]!(values, given);
  });
}

const FIELDS: Readonly<Record<string, (values: readonly string[], given: Call) => boolean>> = {
  paths: (values, { path }) => values.some((value) => textMatches(value, path)),
  methods: (values, { method }) => values.some((value) => textMatches(value, method)),
  ports: (values, { port }) => values.includes(String(port)),
  hosts: (values, { host }) => values.some((value) => textMatches(value.toLowerCase(), host?.toLowerCase())),
  principals: (values, { principal }) => values.some((value) => textMatches(value, principal)),
  namespaces: (values, { principal }) => values.some((value) => textMatches(value, principal?.split('/')[2])),
  serviceAccounts: (values, { principal }) =>
    values.some((value) => principal === principalOf(value.includes('/') ? value : `a/${value}`)),
  ipBlocks: (values, { from }) =>
    values.some((value) => (value.includes('/') ? from?.startsWith('10.1.') : from === value)),
};

function textMatches(value: string, text: string | undefined): boolean {
  if (text === undefined || text === '') return false;
  if (value === '*') return true;
  if (value.startsWith('*')) return text.endsWith(value.slice(1));
  return value.endsWith('*') ? text.startsWith(value.slice(0, -1)) : text === value;
}

test('policies decide as they read', () => {
  fc.assert(
    fc.property(
      fc.array(policy, { maxLength: 3 }),
      fc.array(call, { minLength: 5, maxLength: 5 }),
      (policies, calls) => {
        const yaml = policies.map((spec, i) =>
          JSON.stringify({
            apiVersion: 'security.istio.io/v1',
            kind: 'AuthorizationPolicy',
            metadata: { name: `p${i}`, namespace: 'a' },
            spec,
          }),
        );
        const { http } = deciding(yaml.join('\n---\n'));
        for (const given of calls) {
          assert.equal(http(given) === 'allowed', isAllowed(policies, given), JSON.stringify(given));
        }
      },
    ),
    { numRuns: 150 },
  );
});
