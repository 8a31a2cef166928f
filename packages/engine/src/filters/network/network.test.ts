import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileFilter, filterProblems } from '../test-support/compile.ts';
import { CONNECTION_LIMIT_FILTER, type ConnectionLimitRuntime } from './connection-limit.ts';
import { DIRECT_RESPONSE_NETWORK_FILTER, type DirectResponseNetworkRuntime } from './direct-response.ts';
import { ECHO_FILTER } from './echo.ts';
import { LOCAL_RATELIMIT_NETWORK_FILTER, type LocalRateLimitNetworkRuntime } from './local-ratelimit.ts';
import { RBAC_NETWORK_FILTER, type RbacNetworkRuntime } from './rbac.ts';
import { SNI_CLUSTER_FILTER } from './sni-cluster.ts';

describe('network filters', () => {
  it('limit connections', () => {
    const text =
      '{ stat_prefix: s, max_connections: 5, delay: 1.5s, runtime_enabled: { default_value: false, runtime_key: k } }';
    assert.deepEqual(compileFilter<ConnectionLimitRuntime>(CONNECTION_LIMIT_FILTER, text), {
      statPrefix: 's',
      maxConnections: 5,
      delayMs: 1500,
      enabled: { isOn: false, runtimeKey: 'k' },
    });
    assert.equal(
      filterProblems(CONNECTION_LIMIT_FILTER, '{ stat_prefix: s }')[0]?.reason,
      'max_connections is required',
    );
  });

  it('limit how many come', () => {
    const text = '{ stat_prefix: s, token_bucket: { max_tokens: 5, fill_interval: 1s }, share_key: k }';
    const runtime = compileFilter<LocalRateLimitNetworkRuntime>(LOCAL_RATELIMIT_NETWORK_FILTER, text);
    assert.deepEqual(runtime.bucket, { maxTokens: 5, tokensPerFill: 1, fillIntervalMs: 1000 });
    assert.deepEqual([runtime.shareKey, runtime.enabled.isOn], ['k', true]);
    assert.equal(
      filterProblems(LOCAL_RATELIMIT_NETWORK_FILTER, '{ stat_prefix: s }')[0]?.reason,
      'token_bucket is required',
    );
  });

  it('that decide who may come are none when their delay is none', () => {
    const [problem] = filterProblems(RBAC_NETWORK_FILTER, '{ stat_prefix: s, rules: {}, delay_deny: -1s }');
    assert.equal(problem?.path, 'f.delay_deny');
  });

  it('answer by themselves', () => {
    const { bytes } = compileFilter<DirectResponseNetworkRuntime>(
      DIRECT_RESPONSE_NETWORK_FILTER,
      '{ response: { inline_string: hi } }',
    );
    assert.equal(Buffer.from(bytes).toString(), 'hi');
    assert.deepEqual([compileFilter(ECHO_FILTER, '{}'), compileFilter(SNI_CLUSTER_FILTER, '{}')], [{}, {}]);
    assert.deepEqual(
      [DIRECT_RESPONSE_NETWORK_FILTER.isTerminal, ECHO_FILTER.isTerminal, SNI_CLUSTER_FILTER.isTerminal],
      [true, true, undefined],
    );
  });

  it('decide about access once, or at every read', () => {
    const compile = (more: string) =>
      compileFilter<RbacNetworkRuntime>(RBAC_NETWORK_FILTER, `{ stat_prefix: s, ${more} }`);
    assert.equal(compile('').isContinuous, false);
    assert.equal(compile('enforcement_type: CONTINUOUS').isContinuous, true);
  });
});
