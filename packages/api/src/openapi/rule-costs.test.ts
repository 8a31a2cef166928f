/** Verdicts of a real API server (1.34) on costs of rules; ours must be the same to the last digit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ApiObject } from '../kind/index.ts';
import { formatIssue, IssueReport } from '../schema/index.ts';
import { checkCrdSchemas } from './crd-kind.ts';
import type { JsonSchema } from './json-schema.ts';

const text: JsonSchema = { type: 'string' };
const short: JsonSchema = { type: 'string', maxLength: 10 };

const node: JsonSchema = {
  type: 'object',
  required: ['n'],
  properties: {
    n: { type: 'integer' },
    d: { type: 'number' },
    s: short,
    free: text,
    choice: { type: 'string', enum: ['a', 'bcd'] },
    data: { type: 'string', format: 'byte', maxLength: 20 },
    when: { type: 'string', format: 'date-time' },
    span: { type: 'string', format: 'duration' },
    port: { 'x-kubernetes-int-or-string': true },
    names: { type: 'array', maxItems: 5, items: { type: 'string', maxLength: 3 } },
    nums: { type: 'array', items: { type: 'integer' } },
    labels: { type: 'object', maxProperties: 7, additionalProperties: { type: 'string', maxLength: 63 } },
    deep: {
      type: 'object',
      properties: {
        er: {
          type: 'object',
          properties: {
            list: {
              type: 'array',
              maxItems: 10,
              items: {
                type: 'object',
                properties: {
                  f: { type: 'array', maxItems: 10, items: { type: 'string', maxLength: 1000 } },
                  g: { type: 'string', maxLength: 5 },
                },
              },
            },
          },
        },
      },
    },
  },
};

/** A rule over so many of these nodes, and by how much it is too dear: enough digits to tell the cost to the unit. */
const RULES: readonly (readonly [rule: string, times: number, factor: string])[] = [
  ['self.n == 1', 6172500, '1.234500'],
  ['self.n == -1 && !(self.d < 1.5)', 2057500, '1.234500'],
  ['-(self.n) < 0 || !!(self.n > 2)', 1763572, '1.234500'],
  ['has(self.s) && has(self.deep.er)', 4115000, '1.234500'],
  ["self.s == 'héllo'", 4115000, '1.234500'],
  ['self.s < self.free', 1543125, '1.234500'],
  ["self.choice == 'a' || self.choice != self.s", 1543125, '1.234500'],
  ["self.when > timestamp('2026-01-01T00:00:00Z')", 3086250, '1.234500'],
  ['self.span.getSeconds() > 1', 3086250, '1.234500'],
  ["size(self.data) > 2 && string(self.data) == 'x'", 1371667, '1.234500'],
  ['bytes(self.s).size() < 9', 1543125, '1.234500'],
  ["self.port == 'http'", 4115000, '1.234500'],
  ['self.port > 1', 4115000, '1.234500'],
  ["self.port.startsWith('a')", 4115000, '1.234500'],
  ['size(self.port) > 0', 3086250, '1.234500'],
  ['type(self.port) == string', 3086250, '1.234500'],
  ['self.s in self.names', 1371667, '1.234500'],
  ["'a' in self.labels", 4115000, '1.234500'],
  ["self.labels['app'] == 'web'", 3086250, '1.234500'],
  ["self.names[0].contains('x')", 2469000, '1.234500'],
  ["self.s.startsWith('ab') && self.s.endsWith(self.free)", 40, '1.258320'],
  ["self.s.matches('^[a-z]+$')", 1028750, '1.234500'],
  ["self.s.find('[0-9]+') == '1'", 949616, '1.234501'],
  ["self.s.findAll('[0-9]+').size() < 3", 881786, '1.234500'],
  ["self.s.lowerAscii().trim() == 'x'", 1122273, '1.234500'],
  ["self.s.replace('a', 'bcd').size() < 30", 1028750, '1.234500'],
  ["self.s.replace('', 'x').size() < 30", 1028750, '1.234500'],
  ["self.s.split(',').all(p, p.size() > 0)", 49184, '1.234518'],
  ["self.s.split(',', 2).size() == 2", 1028750, '1.234500'],
  ["self.names.join(', ').size() < 30", 1122273, '1.234500'],
  ["'%s'.format([self.s]) == 'x'", 881786, '1.234500'],
  ['strings.quote(self.s).size() > 2', 1543125, '1.234500'],
  ["self.s.substring(1) + 'abc' == 'x'", 1028750, '1.234500'],
  ["self.s.indexOf('a') > 1", 1763572, '1.234500'],
  ["self.names.indexOf('a') > -1", 685834, '1.234501'],
  ['self.names.isSorted()', 726177, '1.234501'],
  ["self.names.max() == 'z'", 685834, '1.234501'],
  ["self.names.all(x, x == 'a')", 440893, '1.234500'],
  ['self.names.exists(x, self.names.exists(y, x == y))', 51870, '1.234506'],
  ["self.names.exists_one(x, x != '')", 649737, '1.234500'],
  ["self.names.filter(x, x != 'a').size() > 1", 137167, '1.234503'],
  ["self.names.map(x, x + 'b').all(y, y.size() < 5)", 103740, '1.234506'],
  ["self.names.map(x, x != '', x).size() > 1", 145236, '1.234506'],
  ["self.names.all(i, x, i < 5 && x != '')", 374091, '1.234500'],
  ['self.labels.all(k, k.size() < 10)', 274334, '1.234503'],
  ['self.labels.exists(k, v, v == k)', 274334, '1.234503'],
  ['self.labels.transformList(k, v, v).size() > 1', 116463, '1.234508'],
  ["self.labels.transformMap(k, v, v + 'x').size() > 1", 50388, '1.234506'],
  ['self.nums.exists_one(a, a == 1)', 3, '1.415578'],
  ["self.names + [self.s] == ['a']", 474808, '1.234501'],
  ["{'a': self.s}['a'] == 'b'", 363089, '1.234503'],
  ["(self.n > 1 ? self.names : ['abcdef']).all(x, x == self.free)", 280569, '1.234504'],
  ["sets.contains(self.names, ['a', 'b'])", 536740, '1.234502'],
  ["self.?s.orValue('x') == 'a'", 3086250, '1.234500'],
  ['self.?names.optMap(x, x.size()).orValue(0) > 1', 587858, '1.234502'],
  ['self.names[?0].hasValue()', 3086250, '1.234500'],
  ["quantity(self.s).isLessThan(quantity('1Gi'))", 1543125, '1.234500'],
  ["quantity(self.s) == quantity('1')", 1543125, '1.234500'],
  ['sign(quantity(self.s).add(1)) == 1', 1371667, '1.234500'],
  ['isIP(self.s) && ip(self.s).family() == 4', 881786, '1.234500'],
  ['ip.isCanonical(self.s)', 1234500, '1.234500'],
  ["cidr(self.s).containsIP('10.0.0.1')", 1122273, '1.234500'],
  ["cidr(self.s).containsCIDR(cidr('10.0.0.0/8'))", 881786, '1.234500'],
  ["cidr(self.s).ip() == ip('10.0.0.1')", 1371667, '1.234500'],
  ["url(self.s).getHost() == 'a'", 1543125, '1.234500'],
  ["url(self.s) == url('https://a')", 1543125, '1.234500'],
  ["duration(self.s) >= duration('1ms')", 2469000, '1.234500'],
  ["dyn(self.s) == 'a'", 3086250, '1.234500'],
  ['self.deep.er.list.all(x, x.f.all(z, z == z))', 305, '1.237232'],
  ['self.deep.er.list.all(x, x.f.all(z, x.g.size() > 0 && z == z))', 1, 'more than 100'],
];

const HINT =
  '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
const CONTRIBUTED = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';

function definition(...schemas: readonly JsonSchema[]): ApiObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.test.example' },
    spec: {
      group: 'test.example',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: schemas.map((openAPIV3Schema, i) => {
        return { name: `v${i + 1}`, served: true, storage: i === 0, schema: { openAPIV3Schema } };
      }),
    },
  };
}

/** A schema with these members; what it says of a member is the same as at its place in the issues. */
function root(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties };
}

function ruled(schema: JsonSchema, rule: string, more: object = {}): JsonSchema {
  return { ...schema, 'x-kubernetes-validations': [{ rule, ...more }] };
}

function issuesOf(crd: ApiObject, old?: ApiObject): string[] {
  const report = new IssueReport();
  checkCrdSchemas(crd, report, old);
  return report.issues.map((issue) => formatIssue(issue).replace('spec.validation.openAPIV3Schema', 'S'));
}

describe('the estimated cost of a rule', () => {
  for (const [rule, times, factor] of RULES) {
    it(rule, () => {
      const items = ruled(node, rule);
      const [issue] = issuesOf(definition(root({ spec: { type: 'array', maxItems: times, items } })));
      const place = 'S.properties[spec].items.x-kubernetes-validations[0].rule';
      assert.equal(issue, `${place}: Forbidden: estimated rule cost exceeds budget by factor of ${factor}x ${HINT}`);
    });
  }
});

describe('the estimated cost depends on how often a node occurs', () => {
  const rule = `self.a == '${'x'.repeat(400)}'`;
  const members = { a: text };
  const cases: readonly (readonly [name: string, schema: JsonSchema, factor: string | undefined])[] = [
    ['once', ruled({ type: 'object', properties: members }, rule), undefined],
    [
      'as often as the smallest one fits into a request',
      { type: 'array', items: ruled({ type: 'object', required: ['a'], properties: members }, rule) },
      '1.321202',
    ],
    [
      'what has a default need not be sent',
      {
        type: 'array',
        items: ruled(
          {
            type: 'object',
            required: ['a', 'b'],
            properties: { ...members, b: { type: 'integer', default: 1 } },
          },
          rule,
        ),
      },
      '1.321202',
    ],
    [
      'what rules cannot see is not counted',
      {
        type: 'array',
        items: ruled(
          {
            type: 'object',
            required: ['u', 'o'],
            properties: {
              ...members,
              u: { 'x-kubernetes-preserve-unknown-fields': true },
              o: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
          rule,
        ),
      },
      '1.321202',
    ],
    [
      'bounds multiply',
      {
        type: 'array',
        maxItems: 1000,
        items: {
          type: 'object',
          maxProperties: 100,
          additionalProperties: { type: 'array', maxItems: 60, items: ruled(text, 'self.size() > 5') },
        },
      },
      '1.8',
    ],
    [
      'one list without a bound makes bounds above and below it irrelevant',
      {
        type: 'array',
        maxItems: 1000,
        items: {
          type: 'object',
          additionalProperties: {
            type: 'array',
            maxItems: 60,
            items: ruled(text, `self.size()${' + 1'.repeat(11)} > 5`),
          },
        },
      },
      '1.468006',
    ],
    [
      'whole objects in objects',
      {
        type: 'array',
        items: ruled(
          {
            type: 'object',
            'x-kubernetes-embedded-resource': true,
            'x-kubernetes-preserve-unknown-fields': true,
            required: ['kind'],
          },
          `self.metadata.name == '${'x'.repeat(400)}' && self.apiVersion != '${'x'.repeat(400)}'`,
        ),
      },
      '2.1',
    ],
  ];
  for (const [name, spec, factor] of cases) {
    it(name, () => {
      const [issue] = issuesOf(definition(root({ spec })));
      assert.equal(/factor of (.*)x \(/.exec(issue ?? '')?.[1], factor, issue);
    });
  }
});

describe('the estimated cost of all rules', () => {
  const dear = (more: number): JsonSchema => ({
    type: 'array',
    items: ruled({ type: 'integer' }, `self > ${'1 + '.repeat(more)}1`),
  });

  it('names the four dearest ones', () => {
    const members = Array.from({ length: 13 }, (_, i) => [`p${i}`, dear(i)] as const);
    const issues = issuesOf(definition(root(Object.fromEntries(members))));
    assert.deepEqual(
      issues.filter((issue) => issue.endsWith(CONTRIBUTED)),
      [12, 11, 10, 9].map(
        (i) => `S.properties[p${i}].items.x-kubernetes-validations[0].rule: Forbidden: ${CONTRIBUTED}`,
      ),
    );
    assert.equal(
      issues.at(-1),
      `S: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of 1.6x ${HINT}`,
    );
  });

  it('is counted for each version that has a schema of its own', () => {
    const members = (count: number): JsonSchema =>
      root(Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, dear(3)] as const)));
    assert.deepEqual(issuesOf(definition(members(12), members(12))), []);
    assert.deepEqual(issuesOf(definition(members(12), members(11))), []);
    assert.match(
      issuesOf(definition(members(11), members(13))).at(-1)!,
      /^spec\.versions\[1\]\.schema\.openAPIV3Schema: Forbidden: .* total .* factor of 1\.0\d+x /,
    );
  });
});

describe('the estimated cost of a message expression', () => {
  it('is limited by itself', () => {
    const spec = ruled({ type: 'object', properties: { l: { type: 'array', items: text } } }, 'self.l.size() > 1', {
      messageExpression: "self.l.join(',')",
    });
    const place = 'S.properties[spec].x-kubernetes-validations[0].messageExpression';
    assert.deepEqual(issuesOf(definition(root({ spec }))).slice(0, 2), [
      `${place}: Forbidden: estimated messageExpression cost exceeds budget by factor of more than 100x ${HINT}`,
      `${place}: Forbidden: ${CONTRIBUTED}`,
    ]);
  });

  it('does not depend on how often the node occurs', () => {
    const items = ruled({ type: 'object', properties: { s: short } }, 'self.s.size() > 1', {
      messageExpression: "self.s + 'x'",
    });
    assert.deepEqual(issuesOf(definition(root({ spec: { type: 'array', items } }))), []);
  });
});

describe('on an update', () => {
  const tooDear = root({
    spec: { type: 'array', maxItems: 3_000_000, items: ruled({ type: 'integer' }, 'self + 1 + 1 > 1') },
  });

  it('a schema that stays as it is may keep a rule that is too dear', () => {
    assert.equal(issuesOf(definition(tooDear)).length, 1);
    assert.deepEqual(issuesOf(definition(tooDear), definition(tooDear)), []);
    assert.deepEqual(issuesOf(definition(tooDear, root({})), definition(tooDear)), []);
  });

  it('a schema that changes may not', () => {
    const changed = { ...tooDear, description: 'changed' };
    assert.equal(issuesOf(definition(changed), definition(tooDear)).length, 1);
  });
});
