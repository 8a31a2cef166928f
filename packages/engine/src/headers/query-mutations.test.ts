import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mutations } from '@weft/proto/envoy/extensions/filters/http/header_mutation/v3/header_mutation';
import fc from 'fast-check';
import { messageFromYaml, testContext } from '../route/test-support/compile.ts';
import { streamView } from '../route/test-support/header-bag.ts';
import { requestView } from '../route/test-support/views.ts';
import { compileQueryMutations, mutateQuery } from './query-mutations.ts';

function compile(list: string) {
  const context = testContext();
  const message = messageFromYaml<Mutations>(
    'envoy.extensions.filters.http.header_mutation.v3.Mutations',
    `{ query_parameter_mutations: ${list} }`,
  );
  return { mutations: compileQueryMutations(message.queryParameterMutations, 'q', context), context };
}

function changed(list: string, path: string, headers: Record<string, string> = {}): string {
  const { mutations, context } = compile(list);
  assert.deepEqual(context.problems.list(), []);
  return mutateQuery(mutations!, path, streamView(requestView({ path, headers })));
}

const append = (action: string) => `[{ append: { record: { key: k, value: v }, action: ${action} } }]`;

test('each action on what is there and what is not', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['APPEND_IF_EXISTS_OR_ADD', '/?k=1&k=2&k=v', '/?k=v'],
    ['ADD_IF_ABSENT', '/?k=1&k=2', '/?k=v'],
    ['OVERWRITE_IF_EXISTS_OR_ADD', '/?k=v', '/?k=v'],
    ['OVERWRITE_IF_EXISTS', '/?k=v', '/'],
  ];
  for (const [action, there, absent] of cases) {
    assert.equal(changed(append(action), '/?k=1&k=2'), there, action);
    assert.equal(changed(append(action), '/'), absent, action);
  }
  assert.equal(changed('[{ remove: k }]', '/?k=1&a=2&%6B=3'), '/?a=2');
  assert.equal(changed('[{ remove: k }]', '/?k'), '/');
});

test('values are encoded, and what stays is not touched', () => {
  const format = "[{ append: { record: { key: 'a&b', value: '%REQ(x)%' } } }]";
  assert.equal(changed(format, '/?z=%26admin=1', { x: 'c=d\r\n#' }), '/?a%26b=c%3Dd%0D%0A%23&z=%26admin=1');
  assert.equal(changed('[{ append: { record: { key: é, value: ü } } }]', '/'), '/?%C3%A9=%C3%BC');
});

test('what is refused', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['[{}]', 'q[0]'],
    ['[{ append: { record: { key: k, value: v } }, remove: k }]', 'q[0]'],
    ['[{ append: {} }]', 'q[0].append'],
    ['[{ append: { record: { key: k, value: 1 } } }]', 'q[0].append.record.value'],
    ['[{ append: { record: { key: k } } }]', 'q[0].append.record.value'],
  ];
  for (const [list, path] of cases) assert.equal(compile(list).context.problems.list()[0]?.path, path, list);
});

test('other parameters are all kept, and a value comes back as it was given', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '%', '2', '6', '=', '+', ' ', '/') });
  const others = fc.array(word.map((text) => `o${text}`));
  const { mutations } = compile("[{ append: { record: { key: k, value: '%REQ(x)%' } } }]");
  fc.assert(
    fc.property(others, word, (kept, value) => {
      const path = `/p?${kept.join('&')}`;
      const result = mutateQuery(mutations!, path, streamView(requestView({ path, headers: { x: value } })));
      const parts = result.slice('/p?'.length).split('&');
      const own = parts.filter((part) => part.startsWith('k='));
      assert.deepEqual(parts.filter((part) => !part.startsWith('k=')).toSorted(), kept.toSorted());
      assert.deepEqual(
        own.map((part) => decodeURIComponent(part.slice(2))),
        [value],
      );
    }),
  );
});
