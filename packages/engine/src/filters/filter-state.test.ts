import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { streamView } from '../route/test-support/header-bag.ts';
import { requestView } from '../route/test-support/views.ts';
import { SET_FILTER_STATE_FILTER, type SetFilterStateRuntime } from './http/set-filter-state.ts';
import { SET_FILTER_STATE_NETWORK_FILTER, type SetFilterStateNetworkRuntime } from './network/set-filter-state.ts';
import { compileFilter, filterProblems } from './test-support/compile.ts';

const FORMAT = "format_string: { text_format_source: { inline_string: 'of %REQ(:path)%' } }";

describe('objects in the state of streams', () => {
  it('are texts made of the request', () => {
    const text = `{ on_request_headers: [{ object_key: mine, factory_key: envoy.string, read_only: true, ${FORMAT} }] }`;
    const [rule] = compileFilter<SetFilterStateRuntime>(SET_FILTER_STATE_FILTER, text).onRequestHeaders;
    assert.equal(rule?.formatter.format(streamView(requestView({ path: '/x' }))), 'of /x');
    assert.deepEqual([rule?.key, rule?.isReadOnly, rule?.skipsEmpty], ['mine', true, false]);
  });

  it('may choose the cluster of a connection', () => {
    const text = `{ on_new_connection: [{ object_key: envoy.tcp_proxy.cluster, skip_if_empty: true, ${FORMAT} }] }`;
    const { onNewConnection } = compileFilter<SetFilterStateNetworkRuntime>(SET_FILTER_STATE_NETWORK_FILTER, text);
    assert.equal(onNewConnection[0]?.skipsEmpty, true);
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['of unknown kinds', `object_key: mine, ${FORMAT}`, /objects of kind "mine" cannot be made/],
    [
      'for upstream connections',
      `object_key: m, factory_key: envoy.string, shared_with_upstream: ONCE, ${FORMAT}`,
      /use NONE/,
    ],
    ['without a key', `factory_key: envoy.string, ${FORMAT}`, /object_key is required/],
    ['without a value', 'object_key: m, factory_key: envoy.string', /format_string is required/],
  ];
  for (const [name, rule, reason] of refused) {
    it(`are refused ${name}`, () => {
      const [problem] = filterProblems(SET_FILTER_STATE_FILTER, `{ on_request_headers: [{ ${rule} }] }`);
      assert.match(problem?.reason ?? '', reason);
    });
  }
});
