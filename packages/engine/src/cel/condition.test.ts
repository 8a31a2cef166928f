import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Expr } from '@weft/proto/google/api/expr/v1alpha1/syntax';
import { filterContext } from '../filters/test-support/compile.ts';
import { matchView, type ViewSpec } from '../filters/test-support/views.ts';
import { messageFromYaml } from '../route/test-support/compile.ts';
import { compileCelCondition } from './condition.ts';
import { call, constant, method, path } from './test-support.ts';

function compile(expr: object) {
  const context = filterContext();
  const message = messageFromYaml<Expr>('google.api.expr.v1alpha1.Expr', JSON.stringify(expr));
  return { condition: compileCelCondition(message, 'condition', context), problems: context.problems.list() };
}

function holds(expr: object, spec: ViewSpec = {}): boolean {
  const { condition, problems } = compile(expr);
  assert.deepEqual(problems, []);
  return condition!.holds(matchView(spec));
}

const equals = (name: string, value: string | number | boolean) => call('_==_', path(name), constant(value));
const PEER: ViewSpec = { peer: { uriSans: ['spiffe://a/b'], dnsSans: [], subject: 'CN=x', sha256Fingerprint: 'ab' } };
const REQUEST: ViewSpec = {
  request: { method: 'POST', path: '/a/b?c=d#e', authority: 'h', headers: { 'X-A': '1', 'x-a': '1' } },
};

const cases: readonly (readonly [string, object, ViewSpec, boolean])[] = [
  ['method', equals('request.method', 'POST'), REQUEST, true],
  ['path', equals('request.path', '/a/b?c=d#e'), REQUEST, true],
  ['url_path', equals('request.url_path', '/a/b'), REQUEST, true],
  ['query', equals('request.query', 'c=d#e'), REQUEST, true],
  ['host', equals('request.host', 'h'), REQUEST, true],
  ['scheme', equals('request.scheme', 'http'), REQUEST, true],
  [
    'a header in any case',
    call('_==_', call('_[_]', path('request.headers'), constant('X-a')), constant('1')),
    REQUEST,
    true,
  ],
  [
    'a header that is not there',
    call('_!=_', call('_[_]', path('request.headers'), constant('x-b')), constant('1')),
    REQUEST,
    false,
  ],
  ['whether a header is there', call('@in', constant('x-a'), path('request.headers')), REQUEST, true],
  ['whether another header is there', call('_in_', constant('x-b'), path('request.headers')), REQUEST, false],
  ['a method of a text', method(path('request.path'), 'startsWith', constant('/a')), REQUEST, true],
  [
    'an error beside what decides',
    call('_||_', equals('request.referer', 'x'), equals('request.method', 'POST')),
    REQUEST,
    true,
  ],
  ['the size that was announced', equals('request.size', 5), { request: { headers: { 'content-length': '5' } } }, true],
  ['the source', equals('source.address', '10.0.0.1:1234'), {}, true],
  ['the port of the source', equals('source.port', 1234), {}, true],
  ['the destination', call('_<_', path('destination.port'), constant(81)), {}, true],
  ['a certificate', equals('connection.uri_san_peer_certificate', 'spiffe://a/b'), PEER, true],
  ['a name that the certificate does not have', equals('connection.dns_san_peer_certificate', ''), PEER, false],
  ['mtls', path('connection.mtls'), PEER, true],
  ['no mtls', path('connection.mtls'), {}, false],
  ['the subject', equals('connection.subject_peer_certificate', 'CN=x'), PEER, true],
  ['no TLS', equals('connection.tls_version', ''), {}, false],
  [
    'metadata',
    call(
      '_==_',
      call('_[_]', call('_[_]', path('metadata.filter_metadata'), constant('f')), constant('k')),
      constant(3),
    ),
    { dynamicMetadata: { f: { k: 3 } } },
    true,
  ],
  [
    'filter state as bytes',
    call('_==_', call('_[_]', path('filter_state'), constant('k')), { const_expr: { bytes_value: 'dg==' } }),
    { filterState: { k: 'v' } },
    true,
  ],
  ['a choice', call('_?_:_', path('connection.mtls'), constant(false), constant(true)), {}, true],
  [
    'a list',
    call('@in', path('request.method'), { list_expr: { elements: [constant('GET'), constant('POST')] } }),
    REQUEST,
    true,
  ],
  ['the response, which has not come', equals('response.code', 200), REQUEST, false],
  ['a value that is no truth value', path('request.method'), REQUEST, false],
  ['a connection without a request', equals('request.method', 'POST'), { request: undefined }, false],
];

describe('conditions over attributes', () => {
  for (const [name, expr, spec, expected] of cases) {
    it(name, () => assert.equal(holds(expr, spec), expected));
  }

  it('tells whether a field is there', () => {
    const has = (field: string) => ({ select_expr: { operand: path('request.headers'), field, test_only: true } });
    assert.equal(holds(has('x-a'), REQUEST), true);
    assert.equal(holds(has('x-b'), REQUEST), false);
  });
});

/** `list.exists(x, predicate)` and `list.all(x, predicate)` as parsers expand them. */
function quantifier(kind: 'exists' | 'all', elements: readonly object[], predicate: object): object {
  const result = path('@result');
  const open = kind === 'all' ? result : call('!_', result);
  return {
    comprehension_expr: {
      iter_var: 'x',
      iter_range: { list_expr: { elements } },
      accu_var: '@result',
      accu_init: constant(kind === 'all'),
      loop_condition: call('@not_strictly_false', open),
      loop_step: call(kind === 'all' ? '_&&_' : '_||_', result, predicate as Parameters<typeof call>[1]),
      result,
    },
  };
}

describe('loops that are expanded already', () => {
  const items = [constant('/a'), constant('/b')];
  const starts = method(path('request.path'), 'startsWith', path('x'));

  it('ask every element', () => {
    assert.equal(holds(quantifier('exists', items, starts), { request: { path: '/b/c' } }), true);
    assert.equal(holds(quantifier('exists', items, starts), { request: { path: '/c' } }), false);
    assert.equal(holds(quantifier('all', items, starts), { request: { path: '/b/c' } }), false);
    assert.equal(holds(quantifier('all', [constant('/b')], starts), { request: { path: '/b/c' } }), true);
  });

  it('bear an error that a later element makes up for', () => {
    const known = call('_==_', call('_[_]', path('request.headers'), path('x')), constant('1'));
    const names = [constant('x-absent'), constant('x-a')];
    assert.equal(holds(quantifier('exists', names, known), { request: { headers: { 'x-a': '1' } } }), true);
    assert.equal(holds(quantifier('exists', names, known), { request: { headers: { 'x-a': '2' } } }), false);
  });
});

describe('expressions that are refused', () => {
  const refused: readonly (readonly [string, object, RegExp])[] = [
    ['an attribute that there is not', equals('request.metod', 'x'), /no attribute request\.metod/],
    ['a name that there is not', equals('reqest.method', 'x'), /undeclared reference to 'reqest'/],
    ['a function that there is not', call('nothing', constant(1)), /undeclared reference to 'nothing'/],
    ['another type', call('_+_', constant('a'), constant('b')), /must evaluate to a bool/],
    ['operands that are missing', call('_==_', constant(1)), /_==_ takes 2 operands, not 1/],
    ['nothing', {}, /empty/],
    ['a message', { struct_expr: { message_name: 'a.B' } }, /a\.B cannot be made/],
  ];
  for (const [name, expr, reason] of refused) {
    it(name, () => {
      const { condition, problems } = compile(expr);
      assert.equal(condition, undefined);
      assert.equal(problems[0]?.path, 'condition');
      assert.match(problems[0]?.reason ?? '', reason);
    });
  }
});
