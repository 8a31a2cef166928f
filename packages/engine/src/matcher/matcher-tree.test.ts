import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Matcher } from '@weft/proto/xds/type/matcher/v3/matcher';
import fc from 'fast-check';
import { filterContext } from '../filters/test-support/compile.ts';
import { matchView, type ViewSpec } from '../filters/test-support/views.ts';
import type { ExtensionMessage } from '../route/extension.ts';
import { findRoute } from '../route/find-route.ts';
import { compileYaml, messageFromYaml } from '../route/test-support/compile.ts';
import { connectionView, requestView, routeInput } from '../route/test-support/views.ts';
import { TraceLog } from '../trace/trace.ts';
import { CONNECTION_INPUTS, HTTP_INPUTS } from './inputs/all.ts';
import { compileMatcherTree } from './matcher-tree.ts';

function tryCompile(text: string, inputs = HTTP_INPUTS) {
  const context = filterContext();
  const compileAction = ({ name }: ExtensionMessage) => name;
  const tree = compileMatcherTree(
    messageFromYaml<Matcher>('xds.type.matcher.v3.Matcher', text),
    { inputs, compileAction },
    'm',
    context,
  );
  return { tree, problems: context.problems.list() };
}

function find(text: string, spec: ViewSpec = {}): string | undefined {
  const { tree, problems } = tryCompile(text);
  assert.deepEqual(problems, []);
  return tree!.find(matchView(spec));
}

const NETWORK = 'envoy.extensions.matching.common_inputs.network.v3';
const TLS = 'envoy.extensions.matching.common_inputs.ssl.v3';
const HTTP = 'envoy.type.matcher.v3';
const extension = (type: string, more = '') =>
  `{ name: x, typed_config: { '@type': type.googleapis.com/${type}, ${more} } }`;
const input = (type: string, more = '') => `input: ${extension(type, more)}`;
const act = (name: string) => `{ action: { name: ${name} } }`;
const header = (name: string, test: string) =>
  `{ single_predicate: { ${input(`${HTTP}.HttpRequestHeaderMatchInput`, `header_name: ${name}`)}, value_match: { ${test} } } }`;
const list = (...entries: readonly (readonly [predicate: string, onMatch: string])[]) =>
  `matcher_list: { matchers: [${entries.map(([predicate, onMatch]) => `{ predicate: ${predicate}, on_match: ${onMatch} }`).join(', ')}] }`;
const withHeaders = (headers: Readonly<Record<string, string>>): ViewSpec => ({
  request: { path: '/p?a=%41&b=2', headers },
});

describe('lists of matchers', () => {
  const text = `{ ${list([header('a', 'exact: "1"'), act('one')], [header('a', 'prefix: "1"'), act('two')])}, on_no_match: ${act('none')} }`;

  it('take the first that matches', () => {
    assert.equal(find(text, withHeaders({ a: '1' })), 'one');
    assert.equal(find(text, withHeaders({ a: '12' })), 'two');
    assert.equal(find(text, withHeaders({})), 'none');
  });

  it('go on where a matcher within has nothing', () => {
    const inner = `{ matcher: { ${list([header('b', 'exact: "1"'), act('inner')])} } }`;
    const nested = `{ ${list([header('a', 'exact: "1"'), inner], [header('a', 'exact: "1"'), act('outer')])} }`;
    assert.equal(find(nested, withHeaders({ a: '1', b: '1' })), 'inner');
    assert.equal(find(nested, withHeaders({ a: '1' })), 'outer');
  });

  it('combine predicates', () => {
    const both = `{ and_matcher: { predicate: [${header('a', 'exact: "1"')}, { not_matcher: ${header('b', 'exact: "1"')} }] } }`;
    const either = `{ or_matcher: { predicate: [${header('c', 'suffix: x')}, ${header('d', 'safe_regex: { google_re2: {}, regex: "d+" }')}] } }`;
    const combined = `{ ${list([both, act('both')], [either, act('either')])} }`;
    assert.equal(find(combined, withHeaders({ a: '1' })), 'both');
    assert.equal(find(combined, withHeaders({ a: '1', b: '1' })), undefined);
    assert.equal(find(combined, withHeaders({ c: 'yx' })), 'either');
    assert.equal(find(combined, withHeaders({ d: 'dd' })), 'either');
  });

  it('say what they compared', () => {
    const trace = new TraceLog();
    tryCompile(text).tree!.find(matchView(withHeaders({ a: '12' })), trace);
    assert.deepEqual(
      trace.steps.map(({ name, outcome, why }) => [name, outcome, why]),
      [
        ['m.matcher_list.matchers[0]', 'failed', 'header a exact "1"'],
        ['m.matcher_list.matchers[1]', 'matched', 'header a prefix "1"'],
      ],
    );
  });
});

describe('trees', () => {
  const tree = (given: string, kind: string) => `{ matcher_tree: { ${given}, ${kind} }, on_no_match: ${act('none')} }`;
  const path = input(`${HTTP}.HttpRequestHeaderMatchInput`, 'header_name: ":path"');
  const never = `{ matcher: { ${list([header('b', 'exact: never'), act('never')])} } }`;
  const at = (value: string): ViewSpec => ({ request: { path: value } });

  it('find whole values', () => {
    const text = tree(path, `exact_match_map: { map: { /a: ${act('a')}, /b: ${never} } }`);
    assert.deepEqual(
      ['/a', '/b', '/c'].map((value) => find(text, at(value))),
      ['a', 'none', 'none'],
    );
  });

  it('find the longest beginning that leads somewhere', () => {
    const text = tree(path, `prefix_match_map: { map: { /: ${act('root')}, /a: ${act('a')}, /ab: ${never} } }`);
    assert.deepEqual(
      ['/x', '/a', '/abc', 'x'].map((value) => find(text, at(value))),
      ['root', 'a', 'a', 'none'],
    );
  });

  it('find the most specific range', () => {
    const source = input(`${NETWORK}.SourceIPInput`);
    const range = (prefix: string, length: number, onMatch: string, more = '') =>
      `{ ranges: [{ address_prefix: ${prefix}, prefix_len: ${length} }], on_match: ${onMatch}, ${more} }`;
    const text = tree(
      source,
      `custom_match: ${extension(
        'xds.type.matcher.v3.IPMatcher',
        `range_matchers: [${[
          range('0.0.0.0', 0, act('any'), 'exclusive: true'),
          range('10.0.0.0', 8, act('ten')),
          range('10.1.0.0', 16, never),
          range('192.168.0.0', 16, never),
          range('"fd00::"', 8, act('six')),
        ].join(', ')}]`,
      )}`,
    );
    const found = ['1.1.1.1', '10.2.0.1', '10.1.0.1', '192.168.0.1', 'fd00::1', '::1'].map((remote) =>
      find(text, { remote }),
    );
    assert.deepEqual(found, ['any', 'ten', 'ten', 'none', 'six', 'none']);
  });

  it('find server names', () => {
    const domains = `domain_matchers: [
      { domains: [a.example, '*.b.example'], on_match: ${act('ab')} }, { domains: ['*.example'], on_match: ${act('wild')} },
      { domains: ['*.c.example'], on_match: ${never} } ]`;
    const text = tree(
      input(`${NETWORK}.ServerNameInput`),
      `custom_match: ${extension('xds.type.matcher.v3.ServerNameMatcher', domains)}`,
    );
    const names = ['A.example', 'x.b.example', 'b.example', 'x.c.example', 'example', ''];
    const found = names.map((requestedServerName) => find(text, { connection: { requestedServerName } }));
    assert.deepEqual(found, ['ab', 'ab', 'wild', 'wild', 'none', 'none']);
  });
});

describe('inputs', () => {
  const cases: readonly (readonly [string, string, ViewSpec, string | undefined])[] = [
    ['the destination', input(`${NETWORK}.DestinationIPInput`), {}, '10.0.0.2'],
    ['its port', input(`${NETWORK}.DestinationPortInput`), {}, '80'],
    ['the source', input(`${NETWORK}.SourceIPInput`), { remote: '9.9.9.9' }, '9.9.9.9'],
    ['its port', input(`${NETWORK}.SourcePortInput`), {}, '1234'],
    ['the peer', input(`${NETWORK}.DirectSourceIPInput`), { remote: '9.9.9.9' }, '10.0.0.1'],
    ['the server name', input(`${NETWORK}.ServerNameInput`), { connection: { requestedServerName: 'a.b' } }, 'a.b'],
    ['no server name', input(`${NETWORK}.ServerNameInput`), {}, undefined],
    ['the transport', input(`${NETWORK}.TransportProtocolInput`), {}, 'raw_buffer'],
    [
      'protocols',
      input(`${NETWORK}.ApplicationProtocolInput`),
      { connection: { applicationProtocols: ['h2', 'http/1.1'] } },
      "'h2','http/1.1'",
    ],
    ['filter state', input(`${NETWORK}.FilterStateInput`, 'key: k'), { filterState: { k: 'v' } }, 'v'],
    ['no source type', input(`${NETWORK}.SourceTypeInput`), {}, undefined],
    ['URI names', input(`${TLS}.UriSanInput`), { peer: { uriSans: ['a', 'b'] } }, 'a,b'],
    ['DNS names', input(`${TLS}.DnsSanInput`), { peer: { dnsSans: ['a'] } }, 'a'],
    ['the subject', input(`${TLS}.SubjectInput`), { peer: { subject: 'CN=a' } }, 'CN=a'],
    ['no certificate', input(`${TLS}.SubjectInput`), {}, undefined],
    ['a query parameter', input(`${HTTP}.HttpRequestQueryParamMatchInput`, 'query_param: a'), withHeaders({}), 'A'],
    ['no response', input(`${HTTP}.HttpResponseStatusCodeMatchInput`), {}, undefined],
  ];
  for (const [name, given, spec, value] of cases) {
    it(name, () => {
      const map = `{ matcher_tree: { ${given}, exact_match_map: { map: { ${JSON.stringify(value ?? 'x')}: ${act('found')} } } } }`;
      assert.equal(find(map, spec), value === undefined ? undefined : 'found');
    });
  }

  it('are tested by ranges, hashes and expressions', () => {
    const custom = (given: string, test: string) =>
      `{ ${list([`{ single_predicate: { ${given}, custom_match: ${test} } }`, act('found')])} }`;
    const matchers = 'envoy.extensions.matching.input_matchers';
    const ranges = extension(
      `${matchers}.ip.v3.Ip`,
      'stat_prefix: s, cidr_ranges: [{ address_prefix: 10.0.0.0, prefix_len: 8 }]',
    );
    assert.equal(find(custom(input(`${NETWORK}.SourceIPInput`), ranges), { remote: '10.9.9.9' }), 'found');
    assert.equal(find(custom(input(`${NETWORK}.SourceIPInput`), ranges), { remote: '11.9.9.9' }), undefined);
    const hash = (threshold: number) =>
      extension(`${matchers}.consistent_hashing.v3.ConsistentHashing`, `threshold: ${threshold}, modulo: 100`);
    assert.equal(find(custom(input(`${NETWORK}.SourceIPInput`), hash(0))), 'found');
    const expr =
      '{ parsed_expr: { expr: { call_expr: { function: _==_, args: [{ select_expr: { operand: { ident_expr: { name: request } }, field: method } }, { const_expr: { string_value: PUT } }] } } } }';
    const cel = custom(
      input('xds.type.matcher.v3.HttpAttributesCelMatchInput'),
      extension('xds.type.matcher.v3.CelMatcher', `expr_match: ${expr}`),
    );
    assert.equal(find(cel, { request: { method: 'PUT' } }), 'found');
    assert.equal(find(cel, { request: { method: 'GET' } }), undefined);
  });
});

describe('matchers that are refused', () => {
  const cases: readonly (readonly [string, string, string, RegExp])[] = [
    [
      'no action',
      `{ ${list([header('a', 'exact: x'), '{}'])} }`,
      'm.matcher_list.matchers[0].on_match',
      /matcher or action is required/,
    ],
    [
      'no test',
      `{ ${list([header('a', ''), act('x')])} }`,
      'm.matcher_list.matchers[0].predicate.single_predicate.value_match',
      /match_pattern is required/,
    ],
    [
      'another input',
      `{ matcher_tree: { ${input('google.protobuf.StringValue', 'value: x')}, exact_match_map: {} } }`,
      'm.matcher_tree.input',
      /StringValue is not supported here/,
    ],
    [
      'a wildcard in the middle',
      `{ matcher_tree: { ${input(`${NETWORK}.ServerNameInput`)}, custom_match: ${extension('xds.type.matcher.v3.ServerNameMatcher', `domain_matchers: [{ domains: ['a.*'], on_match: ${act('x')} }]`)} } }`,
      'm.matcher_tree.custom_match.typed_config.domain_matchers[0].domains[0]',
      /neither a name nor/,
    ],
  ];
  for (const [name, text, place, reason] of cases) {
    it(name, () => {
      const { tree, problems } = tryCompile(text);
      assert.equal(tree, undefined);
      assert.equal(problems[0]?.path, place);
      assert.match(problems[0]?.reason ?? '', reason);
    });
  }

  it('what a connection does not have', () => {
    const { problems } = tryCompile(`{ ${list([header('a', 'exact: x'), act('x')])} }`, CONNECTION_INPUTS);
    assert.match(problems[0]?.reason ?? '', /HttpRequestHeaderMatchInput is not supported here/);
  });
});

describe('the matcher of a virtual host', () => {
  it('leads to routes', () => {
    const route = (name: string) =>
      `{ action: ${extension('envoy.config.route.v3.Route', `name: ${name}, match: { prefix: / }, direct_response: { status: 200 }`)} }`;
    const config = compileYaml(
      `virtual_hosts: [{ name: h, domains: ['*'], matcher: { ${list([header('a', 'exact: "1"'), route('one')])}, on_no_match: ${route('two')} } }]`,
      filterContext(),
    );
    const name = (headers: Record<string, string>) =>
      findRoute(config, requestView({ headers }), connectionView(), routeInput()).route?.name;
    assert.deepEqual([name({ a: '1' }), name({})], ['one', 'two']);
  });
});

/** A random matcher over headers a and b, as data that says its meaning plainly. */
type Tree =
  | { readonly kind: 'action'; readonly name: string }
  | {
      readonly kind: 'list';
      readonly entries: readonly { readonly header: string; readonly value: string; readonly next: Tree }[];
      readonly otherwise: Tree | undefined;
    }
  | {
      readonly kind: 'exact' | 'prefix';
      readonly header: string;
      readonly map: Readonly<Record<string, Tree>>;
      readonly otherwise: Tree | undefined;
    };

const headerName = fc.constantFrom('a', 'b');
const value = fc.constantFrom('1', '12', '123', '2');

const trees = fc.letrec<{ tree: Tree; matcher: Tree; action: Tree }>((tie) => ({
  tree: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('action'), tie('matcher')),
  action: fc.constantFrom('x', 'y', 'z').map((name): Tree => ({ kind: 'action', name })),
  matcher: fc.oneof(
    fc
      .record({
        entries: fc.array(fc.record({ header: headerName, value, next: tie('tree') }), { minLength: 1, maxLength: 3 }),
        otherwise: fc.option(tie('tree'), { nil: undefined }),
      })
      .map((fields): Tree => ({ kind: 'list', ...fields })),
    fc
      .record({
        kind: fc.constantFrom('exact' as const, 'prefix' as const),
        header: headerName,
        map: fc.dictionary(value, tie('tree'), { minKeys: 1, maxKeys: 3 }),
        otherwise: fc.option(tie('tree'), { nil: undefined }),
      })
      .map((fields): Tree => fields),
  ),
}));

function write(tree: Tree): string {
  if (tree.kind === 'action') return act(tree.name);
  return `{ matcher: ${writeMatcher(tree)} }`;
}

function writeMatcher(tree: Exclude<Tree, { kind: 'action' }>): string {
  const otherwise = tree.otherwise === undefined ? '' : `, on_no_match: ${write(tree.otherwise)}`;
  if (tree.kind === 'list') {
    const entries = tree.entries.map(
      ({ header: name, value: own, next }) => [header(name, `exact: "${own}"`), write(next)] as const,
    );
    return `{ ${list(...entries)}${otherwise} }`;
  }
  const map = Object.entries(tree.map).map(([key, next]) => `"${key}": ${write(next)}`);
  const given = input(`${HTTP}.HttpRequestHeaderMatchInput`, `header_name: ${tree.header}`);
  return `{ matcher_tree: { ${given}, ${tree.kind}_match_map: { map: { ${map.join(', ')} } } }${otherwise} }`;
}

function evaluate(tree: Tree, headers: Readonly<Record<string, string | undefined>>): string | undefined {
  if (tree.kind === 'action') return tree.name;
  let ways: readonly Tree[];
  if (tree.kind === 'list') {
    ways = tree.entries.filter(({ header: name, value: own }) => headers[name] === own).map(({ next }) => next);
  } else {
    const own = headers[tree.header];
    const keys = Object.keys(tree.map).filter((key) => (tree.kind === 'exact' ? own === key : own?.startsWith(key)));
    ways = keys.sort((a, b) => b.length - a.length).map((key) => tree.map[key]!);
  }
  const found = ways.map((way) => evaluate(way, headers)).find((name) => name !== undefined);
  return found ?? (tree.otherwise && evaluate(tree.otherwise, headers));
}

it('random matchers decide as their plainest reading does', () => {
  const heads = fc.array(fc.dictionary(headerName, value, { maxKeys: 2 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(trees.matcher, heads, (tree, given) => {
      const { tree: compiled, problems } = tryCompile(writeMatcher(tree as Exclude<Tree, { kind: 'action' }>));
      assert.deepEqual(problems, []);
      for (const headers of given)
        assert.equal(compiled!.find(matchView({ request: { headers } })), evaluate(tree, headers));
    }),
    { numRuns: 100 },
  );
});

it('headers are compared by their bytes, other texts as they are', () => {
  const bytes = Buffer.from('é').toString('latin1');
  const map = (given: string) => `{ matcher_tree: { ${given}, exact_match_map: { map: { é: ${act('found')} } } } }`;
  assert.equal(
    find(map(input(`${HTTP}.HttpRequestHeaderMatchInput`, 'header_name: a')), withHeaders({ a: bytes })),
    'found',
  );
  assert.equal(find(`{ ${list([header('a', 'prefix: é'), act('found')])} }`, withHeaders({ a: `${bytes}x` })), 'found');
  assert.equal(find(map(input(`${NETWORK}.FilterStateInput`, 'key: k')), { filterState: { k: 'é' } }), 'found');
});
