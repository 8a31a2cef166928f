import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CelCompileError, CelError, CelLimitError } from './errors.ts';
import { compileCel, dynVariables } from './program.ts';
import { type CelField, type CelType, listOf, mapOf, objectOf, T, typeName } from './types.ts';

const fields: Record<string, CelType> = {
  n: T.int,
  m: T.int,
  d: T.double,
  s: T.string,
  b: T.bool,
  when: T.timestamp,
  span: T.duration,
  data: T.bytes,
  port: T.dyn,
  names: listOf(T.string, { listType: 'set', keys: [] }),
  nums: listOf(T.int),
  items: listOf(objectWith({ name: T.string, size: T.int }), { listType: 'map', keys: ['name'] }),
  labels: mapOf(T.string, T.string),
  nested: objectWith({ deep: objectWith({ v: T.int }) }),
  maybe: T.string,
};
const self = {
  n: 3,
  m: -7,
  d: 1.5,
  s: 'héllo💡',
  b: true,
  when: '2026-01-02T03:04:05.006Z',
  span: '1h30m',
  data: 'aGk=',
  port: 'http',
  names: ['x', 'y'],
  nums: [3, 1, 2],
  items: [
    { name: 'a', size: 1 },
    { name: 'b', size: 2 },
  ],
  labels: { app: 'web', 'x/y': 'z' },
  namespace: 'ns',
  nested: { deep: { v: 9 } },
  maybe: null,
};
const variables = {
  self: objectOf(() => new Map([...fieldsOf(fields), ['__namespace__', { name: 'namespace', type: T.string }]])),
  x: T.dyn,
};

/** An object type whose fields are spelled in CEL as they are in JSON. */
function objectWith(members: Record<string, CelType>): CelType {
  return objectOf(() => new Map(fieldsOf(members)));
}

function fieldsOf(members: Record<string, CelType>): [string, CelField][] {
  return Object.entries(members).map(([name, type]) => [name, { name, type }]);
}

const evaluate = (expression: string): unknown =>
  compileCel(expression, { variables }).evaluate({ self, x: { list: [1, 'a'], n: 1, o: { k: [1.5] } } });

const TRUE = [
  'self.n == 3',
  'self.n + self.m == -4',
  'self.m / 2 == -3',
  'self.m % 2 == -1',
  '-self.m == 7',
  'self.d * 2.0 == 3.0',
  'self.n > 2.5',
  'self.n < 4u',
  '1 == 1 && !(1 == 2)',
  "self.s == 'héllo💡'",
  'size(self.s) == 6',
  'self.s.size() == 6',
  "self.s.charAt(5) == '💡'",
  "self.s.indexOf('💡') == 5",
  "self.s.substring(1, 3) == 'él'",
  "self.s.startsWith('h') && self.s.endsWith('💡') && self.s.contains('ll')",
  "'a,b,c'.split(',') == ['a', 'b', 'c']",
  "'a,b,c'.split(',', 2) == ['a', 'b,c']",
  "'abc'.split('') == ['a','b','c']",
  "['a','b'].join('-') == 'a-b'",
  "['a','b'].join() == 'ab'",
  "'aXbX'.replace('X', '-', 1) == 'a-bX'",
  "'ab'.replace('', '-') == '-a-b-'",
  "'Ab Ä'.lowerAscii() == 'ab Ä' && 'ab ä'.upperAscii() == 'AB ä'",
  "' \\t x '.trim() == 'x'",
  "'abcab'.lastIndexOf('ab') == 3",
  "'abcab'.lastIndexOf('ab', 2) == 0",
  "'abcab'.indexOf('ab', 1) == 3",
  "'abc'.reverse() == 'cba'",
  "'%s is %d and %.2f %x %b %o %e %%'.format(['a', 5, 1.5, 255, 5, 8, 1500.0]) == 'a is 5 and 1.50 ff 101 10 1.500000e+03 %'",
  "'%s'.format([[1, true, null]]) == '[1, true, null]'",
  "'%s'.format([{'b': 1, 'a': 2}]) == '{a:2, b:1}'",
  'strings.quote(\'a"b\') == \'"a\\\\"b"\'',
  "'abc123'.matches('^[a-z]+[0-9]+$')",
  "matches('ab', '^(?i)AB$')",
  "'a1b22'.find('[0-9]+') == '1'",
  "'a1b22'.findAll('[0-9]+') == ['1', '22']",
  "'a1b22'.findAll('[0-9]+', 1) == ['1']",
  "'a'.find('[0-9]') == ''",
  'self.nums.sum() == 6 && self.nums.min() == 1 && self.nums.max() == 3',
  '!self.nums.isSorted() && [1, 2].isSorted() && self.nums.indexOf(2) == 2 && [1,2,1].lastIndexOf(1) == 2 && self.nums.indexOf(9) == -1',
  '[1.5, 2.5].sum() == 4.0',
  "['b','a'].min() == 'a'",
  '[duration("1s"), duration("2s")].sum() == duration("3s")',
  'self.nums[0] == 3',
  "'x' in self.names && !('q' in self.names)",
  "'app' in self.labels",
  "self.labels['x/y'] == 'z'",
  "self.labels.app == 'web'",
  'size(self.labels) == 2',
  "self.names == ['y', 'x']",
  "(self.names + ['x', 'z']).size() == 3",
  "self.items == [{'name': 'b', 'size': 2}, {'name': 'a', 'size': 1}]",
  "self.items.all(i, i.size > 0) && self.items.exists(i, i.name == 'b') && self.items.exists_one(i, i.size == 2)",
  "self.items.map(i, i.name) == ['a', 'b'] && self.items.map(i, i.size > 1, i.name) == ['b']",
  'self.items.filter(i, i.size > 1).size() == 1',
  "self.labels.all(k, k.size() > 0) && self.labels.exists(k, k == 'app')",
  'self.items.all(i, v, i + 1 == v.size)',
  "self.labels.exists(k, v, k == 'app' && v == 'web')",
  'self.labels.transformList(k, v, v).size() == 2',
  "self.labels.transformMap(k, v, v + '!').app == 'web!'",
  '[1, 2].exists(x, 1 / (x - 1) == 1)',
  'has(self.nested.deep) && has(self.labels.app) && !has(self.labels.zzz) && !has(self.port) == false',
  "self.__namespace__ == 'ns'",
  "self.port == 'http' && type(self.port) == string",
  'self.maybe == null',
  'has(self.maybe)',
  'type(1) == int && type([]) == list && type({}) == map && type(null) == null_type',
  "self.when < timestamp('2026-01-02T03:04:06Z') && self.when.getFullYear() == 2026 && self.when.getMonth() == 0 && self.when.getDate() == 2 && self.when.getDayOfMonth() == 1 && self.when.getHours() == 3 && self.when.getMilliseconds() == 6 && self.when.getDayOfYear() == 1 && self.when.getDayOfWeek() == 5",
  "self.when.getHours('+02:00') == 5 && self.when.getHours('America/New_York') == 22",
  "self.span == duration('90m') && self.span.getMinutes() == 90 && self.span.getHours() == 1 && self.span > duration('1h')",
  "self.when + self.span == timestamp('2026-01-02T04:34:05.006Z') && self.when - self.when == duration('0s')",
  "string(duration('1.5s')) == '1.5s' && string(timestamp('2026-01-01T00:00:00Z')) == '2026-01-01T00:00:00Z' && int(timestamp('1970-01-01T00:01:00Z')) == 60",
  "self.data == b'hi' && string(self.data) == 'hi' && bytes('hi') == self.data && size(self.data) == 2",
  "int('42') == 42 && int(2.9) == 2 && double('1e3') == 1000.0 && string(1) == '1' && bool('true') && uint(3) == 3u && string(1.0) == '1'",
  "url('https://u@Example.com:443/a%20b?x=1&x=2#f').getHostname() == 'Example.com'",
  "url('https://example.com:443/a%20b?x=1&x=2').getPort() == '443' && url('https://e.c/a%20b?x=1&x=2').getQuery() == {'x': ['1', '2']} && url('https://e.c/a%20b').getEscapedPath() == '/a%20b' && url('/p').getScheme() == '' && url('https://e.c').getEscapedPath() == ''",
  "isURL('https://a') && !isURL('a b') && !isURL('x')",
  "url('https://[::1]:80/x').getHostname() == '::1' && url('https://[::1]:80/x').getHost() == '[::1]:80'",
  "ip('10.0.0.1').family() == 4 && isIP('::1') && !isIP('1.2.3') && !isIP('::ffff:1.2.3.4') && ip('127.0.0.1').isLoopback() && ip('8.8.8.8').isGlobalUnicast() && ip.isCanonical('::1') && !ip.isCanonical('0::1') && string(ip('0:0::1')) == '::1'",
  "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16')) && !cidr('10.1.0.0/16').containsCIDR('10.0.0.0/8') && cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8') && cidr('::/0').prefixLength() == 0 && isCIDR('10.0.0.0/8') && cidr('10.1.2.3/8').ip() == ip('10.1.2.3')",
  "quantity('500m').isLessThan(quantity('1')) && quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('1k').asInteger() == 1000 && quantity('1').add(quantity('500m')).compareTo(quantity('1.5')) == 0 && quantity('2').sub(1) == quantity('1') && isQuantity('1Mi') && !isQuantity('x') && sign(quantity('-1')) == -1 && quantity('1.5').asApproximateFloat() == 1.5 && !quantity('500m').isInteger()",
  "self.?s.hasValue() && self.?maybe.hasValue() && self.labels[?'q'].orValue('none') == 'none' && self.labels.?app.value() == 'web' && self.nested.?deep.?v.orValue(0) == 9",
  "optional.of(1).optMap(v, v + 1).orValue(0) == 2 && optional.none().or(optional.of(3)).value() == 3 && optional.of(1).optFlatMap(v, optional.none()).hasValue() == false && !optional.ofNonZeroValue('').hasValue()",
  'self.nums[?7].orValue(5) == 5',
  "[1, ?optional.none(), ?optional.of(2)] == [1, 2] && {?'a': optional.none(), ?'b': self.?s} == {'b': self.s}",
  '1 == 2 in [false]',
  'x.?nope.?deeper.orValue(1) == 1',
  'x.n == 1 && x.list[1] == "a" && x.o.k[0] == 1.5',
  "dyn('a') != 1",
  '[1, 2.0, "a"].size() == 3',
  "{'a': 1, 'b': 'x'}.b == 'x'",
  '{1: "a"}[1] == "a"',
  'true ? 1 == 1 : false',
  '(true || 1/0 == 1) && (1/0 == 1 || true) && !(false && 1/0 == 1)',
  'cel.bind(v, self.n * 2, v + v == 12)',
  'sets.contains([1,2,3], [1]) && sets.equivalent([1,1,2],[2,1]) && !sets.intersects([1],[2])',
  '-9223372036854775808 < 0',
  'self.names.all(v, self.names.exists(w, v == w))',
  '[3,1,2].sort() == [1,2,3] && [1,[2]].flatten() == [1,2] && [1,1].distinct() == [1] && [1,2,3].slice(1,2) == [2] && [1,2].reverse() == [2,1]',
];

describe('CEL expressions that hold', () => {
  for (const expression of TRUE) it(expression, () => assert.equal(evaluate(expression), true));
});

describe('CEL compile errors', () => {
  const cases: [string, RegExp | string][] = [
    ['self.nope', "ERROR: <input>:1:5: undefined field 'nope'\n | self.nope\n | ....^"],
    ['self.namespace', /undefined field 'namespace'/],
    ['foo', /undeclared reference to 'foo' \(in container ''\)/],
    ['foo(1)', /undeclared reference to 'foo'/],
    ['self.n.frob()', /undeclared reference to 'frob'/],
    ['self.s == 1', /found no matching overload for '_==_' applied to '\(string, int\)'/],
    ["self.n + 'a'", /found no matching overload for '_\+_' applied to '\(int, string\)'/],
    ['self.n + 1.0', /'_\+_' applied to '\(int, double\)'/],
    ['self.s.matches(1)', /'matches' applied to 'string\.\(int\)'/],
    ['self.n && true', /'_&&_' applied to '\(int, bool\)'/],
    ['!self.n', /'!_' applied to '\(int\)'/],
    ["true ? 1 : 'a'", /'_\?_:_' applied to '\(bool, int, string\)'/],
    ['1 in self.names', /'@in' applied to '\(int, list\(string\)\)'/],
    ["self.nums['a']", /'_\[_\]' applied to '\(list\(int\), string\)'/],
    ['self.n.all(v, v)', /cannot be range of a comprehension/],
    ['self.nums.all(v, v)', /'_\?_:_' applied to/],
    ['[?1]', /expected type 'optional_type' but found 'int'/],
    ['has(self)', /invalid argument to has\(\) macro/],
    ['has(self.nope)', /undefined field 'nope'/],
    ['self.nums.sum().size()', /applied to 'int\.\(\)'/],
    ['authorizer.path("/x").check("get").allowed()', /undeclared reference to 'authorizer/],
    ['1 +', /Syntax error/],
    ['self.', /Syntax error/],
    ['', /the expression is empty/],
    ['9223372036854775808', /invalid int literal/],
    ['1'.padEnd(20_000, ' '), /longer than 16384/],
    [`${'1+'.repeat(1500)}1`, /nested deeper than 1000/],
    [`${'('.repeat(500)}1${')'.repeat(500)}`, /expression recursion limit exceeded: 250/],
  ];
  for (const [expression, message] of cases) {
    it(expression.slice(0, 40), () => {
      assert.throws(
        () => compileCel(expression, { variables }),
        (error: Error) => {
          assert.ok(error instanceof CelCompileError, error.stack);
          if (typeof message === 'string') assert.equal(error.message, message);
          else assert.match(error.message, message);
          return true;
        },
      );
    });
  }
  it('knows the types of what functions of lists take', () => {
    for (const expression of [
      "['a'].indexOf(1)",
      "[1] + ['a']",
      "sets.contains([1], ['a'])",
      "['a'].sum()",
      "[ip('::1')].isSorted()",
      "optional.of(1).orValue('a')",
      "optional.of(1).or(optional.of('a'))",
    ]) {
      assert.throws(() => compileCel(expression, { variables }), /found no matching overload/, expression);
    }
  });
  it('takes in rules only lists and maps of one type, and results of a known one', () => {
    const strict = (expression: string) => () => compileCel(expression, { variables, result: 'bool', isStrict: true });
    const cases: [string, string][] = [
      ["self.s in ['a', 1]", "ERROR: <input>:1:17: expected type 'string' but found 'int'"],
      ["{'a': 1, 'b': 'c'}.size() > 1", "ERROR: <input>:1:15: expected type 'int' but found 'string'"],
      ["{'a': 1, 2: 1}.size() > 1", "ERROR: <input>:1:10: expected type 'string' but found 'int'"],
      ['[1, null].size() > 1', "ERROR: <input>:1:5: expected type 'int' but found 'null'"],
      ['dyn(true)', 'must evaluate to a bool, but is of type dyn'],
    ];
    for (const [expression, message] of cases) {
      assert.throws(strict(expression), (error: Error) => error.message.split('\n')[0] === message, expression);
    }
    for (const expression of [
      "'%s%d'.format(['a', 1]) == 'a1'",
      "[[], ['a']].size() == 2",
      '[1, ?self.?n] == [1, 3]',
    ]) {
      assert.equal(strict(expression)().evaluate({ self }), true, expression);
    }
  });
  it('refuses an expression of another type than wanted', () => {
    assert.throws(() => compileCel('1', { variables, result: 'bool' }), /must evaluate to a bool, but is of type int/);
  });
});

describe('CEL evaluation errors', () => {
  const cases: [string, string][] = [
    ['self.labels.zzz == ""', 'no such key: zzz'],
    ['x.q', 'no such key: q'],
    ['self.nums[9] == 1', 'index out of bounds: 9'],
    ['1 / 0 == 1', 'division by zero'],
    ['1 % 0 == 1', 'modulus by zero'],
    ['9223372036854775807 + 1 == 0', 'integer overflow'],
    ['-(-9223372036854775808) == 0', 'integer overflow'],
    ["int('x') == 1", "type conversion error from 'string' to 'int'"],
    ["self.s.substring(99) == ''", 'index out of range: 99'],
    ["'a'.matches('(')", 'error parsing regexp: missing closing ): `(`'],
    ['self.port > 1', 'no such overload'],
    ['self.port.frob == 1', 'no such overload'],
    ["timestamp('x') == timestamp('y')", 'cannot parse "x" as a timestamp'],
    ["duration('x') == duration('y')", 'invalid duration "x"'],
    ['optional.none().value() == 1', 'optional.none() dereference'],
    ['[].max() == 1', 'max called on empty list'],
    [
      "quantity('x') == quantity('y')",
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    ["{'a': 1, 'a': 2} == {}", 'Failed with repeated key'],
    ["self.when.getHours('Nowhere/City') == 1", 'unknown time zone "Nowhere/City"'],
    ['uint(-1) == 1u', 'unsigned integer overflow'],
  ];
  for (const [expression, message] of cases) {
    it(expression, () =>
      assert.throws(
        () => evaluate(expression),
        (error: Error) => (error instanceof CelError && error.message === message) || assert.fail(error.message),
      ),
    );
  }
});

describe('the cost of CEL', () => {
  const big = { l: Array.from({ length: 2000 }, (_, i) => i), s: 'a'.repeat(100_000) };
  const run = (expression: string): unknown =>
    compileCel(expression, { variables: dynVariables('big') }).evaluate({ big });
  for (const expression of [
    'big.l.all(a, big.l.all(b, big.l.all(c, a + b + c >= 0)))',
    'big.l.map(a, big.s + big.s).size() > 0',
    "big.s.replace('a', big.s).size() > 0",
    'cel.bind(a, big.s + big.s, cel.bind(b, a + a, cel.bind(c, b + b, cel.bind(d, c + c, cel.bind(e, d + d, cel.bind(f, e + e, cel.bind(g, f + f, g + g))))))).size() > 0',
    'big.l.all(a, big.s.matches("(a|b)*c") || true)',
    'sets.contains(big.l, big.l)',
    'big.l.all(a, big.l.sort().size() > 0)',
    'big.l.all(a, big.l == big.l)',
    'big.l.exists(a, false || big.l.exists(b, a == -1 && b == -1)) || true',
  ]) {
    it(`is limited: ${expression.slice(0, 50)}`, () => {
      const started = performance.now();
      assert.throws(() => run(expression), CelLimitError);
      assert.ok(performance.now() - started < 3000);
    });
  }
  it('of comparing sets grows with the square of their size', () => {
    const set = listOf(T.string, { listType: 'set', keys: [] });
    const items = Array.from({ length: 2000 }, (_, i) => `i${i}`);
    const program = compileCel('self == oldSelf', { variables: { self: set, oldSelf: set } });
    assert.throws(() => program.evaluate({ self: items, oldSelf: items }), CelLimitError);
  });
  it('is taken from the budget of the request', () => {
    const work = { left: 10 };
    const program = compileCel('self.nums.all(v, v > 0)', { variables });
    assert.throws(() => program.evaluate({ self }, { left: 2 }), CelLimitError);
    program.evaluate({ self }, work);
    assert.ok(work.left < 10);
  });
});

describe('CEL programs', () => {
  it('are compiled once per environment, and know what they use', () => {
    const program = compileCel('self.n > 1', { variables });
    assert.equal(compileCel('self.n > 1', { variables }), program);
    assert.deepEqual([...program.uses], ['self']);
    assert.notEqual(compileCel('self.n > 1', { variables: { ...variables } }), program);
  });
  it('name types as cel-go does', () => {
    assert.equal(typeName(listOf(mapOf(T.string, T.int))), 'list(map(string, int))');
  });
  it('fail only in the two ways that they say, whatever is written', () => {
    const word = fc.constantFrom(
      'self',
      '.n',
      '.s',
      '.nums',
      '[0]',
      '.all(v, ',
      ')',
      '(',
      ' + ',
      ' == ',
      '1',
      "'a'",
      ' && ',
      '!',
      '?',
      ':',
      '.size()',
      'has(',
      '{',
      '}',
      '[',
      ']',
      ',',
      '-',
      '.?',
      'x',
      'null',
      ' in ',
      '.map(v, v)',
      'optional.of(',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        try {
          compileCel(words.join(''), { variables: { ...variables } }).evaluate({ self, x: 1 });
        } catch (error) {
          assert.ok(
            error instanceof CelCompileError || error instanceof CelError,
            `${words.join('')}: ${(error as Error).stack}`,
          );
        }
      }),
      { numRuns: 1000 },
    );
  });
});
