import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestView } from '../../route/test-support/views.ts';
import { compileFilter, filterProblems } from '../test-support/compile.ts';
import { collectMetadata } from './collect-metadata.ts';
import { HEADER_TO_METADATA_FILTER, type HeaderToMetadataRuntime } from './header-to-metadata.ts';
import { SET_METADATA_FILTER, type SetMetadataRuntime, setMetadata } from './set-metadata.ts';

function collect(rule: string, headers: Readonly<Record<string, string>>) {
  const { request } = compileFilter<HeaderToMetadataRuntime>(
    HEADER_TO_METADATA_FILTER,
    `{ request_rules: [{ ${rule} }] }`,
  );
  return collectMetadata(request, requestView({ headers })).map(({ namespace, key, value }) => [namespace, key, value]);
}

const DEFAULT = 'envoy.filters.http.header_to_metadata';

describe('headers as metadata', () => {
  const cases: readonly (readonly [string, string, Readonly<Record<string, string>>, unknown[][]])[] = [
    ['a header', 'header: X-A, on_header_present: { key: k }', { 'x-a': 'v' }, [[DEFAULT, 'k', 'v']]],
    ['no header', 'header: x-a, on_header_present: { key: k }', {}, []],
    ['an empty header', 'header: x-a, on_header_present: { key: k }', { 'x-a': '' }, []],
    [
      'a fixed value',
      'header: x-a, on_header_present: { metadata_namespace: n, key: k, value: f }',
      { 'x-a': 'v' },
      [['n', 'k', 'f']],
    ],
    ['a missing header', 'header: x-a, on_header_missing: { key: k, value: f }', {}, [[DEFAULT, 'k', 'f']]],
    [
      'a number',
      'header: x-a, on_header_present: { key: k, type: NUMBER }',
      { 'x-a': ' -1.5e1 ' },
      [[DEFAULT, 'k', -15]],
    ],
    ['no number', 'header: x-a, on_header_present: { key: k, type: NUMBER }', { 'x-a': '1x' }, []],
    ['base64', 'header: x-a, on_header_present: { key: k, encode: BASE64 }', { 'x-a': 'w7w=' }, [[DEFAULT, 'k', 'ü']]],
    ['no base64', 'header: x-a, on_header_present: { key: k, encode: BASE64 }', { 'x-a': '*' }, []],
    [
      'a message',
      'header: x-a, on_header_present: { key: k, type: PROTOBUF_VALUE, encode: BASE64 }',
      { 'x-a': 'IAE=' },
      [[DEFAULT, 'k', true]],
    ],
    [
      'a value of more than ASCII',
      'header: x-a, on_header_present: { key: k, value: ü }',
      { 'x-a': 'v' },
      [[DEFAULT, 'k', 'ü']],
    ],
    ['a cookie', 'cookie: c, on_header_present: { key: k }', { cookie: 'a=1; c=2' }, [[DEFAULT, 'k', '2']]],
    [
      'a part of a header',
      "header: x-a, on_header_present: { key: k, regex_value_rewrite: { pattern: { regex: '^/(\\\\w+).*' }, substitution: '\\\\1' } }".replaceAll(
        '\\\\',
        '\\',
      ),
      { 'x-a': '/cluster-x/y' },
      [[DEFAULT, 'k', 'cluster']],
    ],
    ['a text that is too long', 'header: x-a, on_header_present: { key: k }', { 'x-a': 'x'.repeat(8192) }, []],
  ];
  for (const [name, rule, headers, expected] of cases) {
    it(name, () => assert.deepEqual(collect(rule, headers), expected));
  }

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['nothing', 'on_header_present: { key: k }', /header or cookie is required/],
    ['both', 'header: a, cookie: b, on_header_present: { key: k }', /may not both be set/],
    ['no rule', 'header: a', /on_header_present or on_header_missing is required/],
    ['to take away a cookie', 'cookie: a, remove: true, on_header_present: { key: k }', /for headers only/],
    ['a missing header without a value', 'header: a, on_header_missing: { key: k }', /needs a value/],
  ];
  for (const [name, rule, reason] of refused) {
    it(`refuses ${name}`, () => {
      const [problem] = filterProblems(HEADER_TO_METADATA_FILTER, `{ request_rules: [{ ${rule} }] }`);
      assert.match(problem?.reason ?? '', reason);
    });
  }
});

describe('fixed metadata', () => {
  const compile = (text: string) => compileFilter<SetMetadataRuntime>(SET_METADATA_FILTER, text);

  it('is merged where that is allowed', () => {
    const runtime = compile(`{ metadata: [
      { metadata_namespace: a, allow_overwrite: true, value: { x: 1, s: { y: 2 }, l: [b] } },
      { metadata_namespace: b, value: { x: 1 } },
      { metadata_namespace: c, value: { x: 1 } },
    ] }`);
    const { changed, denied } = setMetadata(runtime, { a: { x: 0, z: 9, s: { w: 1 }, l: ['a'] }, b: { x: 0 } });
    assert.deepEqual(JSON.parse(JSON.stringify([...changed])), [
      ['a', { x: 1, z: 9, s: { w: 1, y: 2 }, l: ['a', 'b'] }],
      ['c', { x: 1 }],
    ]);
    assert.equal(denied, 1);
  });

  it('may be said in the deprecated way', () => {
    const { changed } = setMetadata(compile('{ metadata_namespace: a, value: { x: 1 } }'), { a: { y: 2 } });
    assert.deepEqual({ ...changed.get('a') }, { x: 1, y: 2 });
  });

  it('needs a value', () => {
    assert.equal(
      filterProblems(SET_METADATA_FILTER, '{ metadata: [{ metadata_namespace: a }] }')[0]?.path,
      'f.metadata[0]',
    );
  });
});
