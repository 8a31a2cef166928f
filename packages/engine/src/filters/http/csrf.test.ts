import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMPTY_RUNTIME } from '../../match/fraction.ts';
import { requestView } from '../../route/test-support/views.ts';
import { compileFilter, filterProblems } from '../test-support/compile.ts';
import { CSRF_FILTER, type CsrfRuntime, decideCsrf } from './csrf.ts';

const half = '{ default_value: { numerator: 50 } }';

function decide(policy: string, origin: string, draws: readonly number[] = [0, 0]) {
  const runtime = compileFilter<CsrfRuntime>(CSRF_FILTER, `{ ${policy} }`);
  const left = [...draws];
  const request = requestView({ method: 'POST', headers: { origin } });
  return decideCsrf(runtime, request, { random: () => left.shift()!, runtime: EMPTY_RUNTIME });
}

describe('cross-site request forgery', () => {
  it('is refused for the share that the filter is on for, and watched for another', () => {
    const policy = `filter_enabled: ${half}, shadow_enabled: ${half}`;
    assert.deepEqual(decide(policy, 'http://evil.com', [49]), { stat: 'request_invalid', isRefused: true });
    assert.deepEqual(decide(policy, 'http://evil.com', [50, 49]), { stat: 'request_invalid', isRefused: false });
    assert.deepEqual(decide(policy, 'http://evil.com', [50, 50]), { stat: undefined, isRefused: false });
  });

  it('is not what comes from the host itself, or from where it may come', () => {
    const policy = `filter_enabled: ${half}, additional_origins: [{ suffix: .friend.com }]`;
    for (const origin of ['https://example.com', 'https://a.friend.com']) {
      assert.deepEqual(decide(policy, origin), { stat: 'request_valid', isRefused: false });
    }
    assert.equal(decide(policy, '').stat, 'missing_source_origin');
  });

  it('needs to be told for whom', () => {
    assert.match(filterProblems(CSRF_FILTER, '{}')[0]?.reason ?? '', /filter_enabled is required/);
  });
});
