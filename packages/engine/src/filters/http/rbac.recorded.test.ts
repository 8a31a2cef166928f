/** Compares decisions with those of a real Envoy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideRbac } from '../../rbac/rbac.ts';
import { addressView } from '../../route/test-support/views.ts';
import { filterCalls } from '../test-support/recording.ts';
import { matchView } from '../test-support/views.ts';
import { RBAC_FILTER, type RbacFilterRuntime } from './rbac.ts';

test('requests are allowed and denied as by Envoy, by the same policy', () => {
  const calls = filterCalls<RbacFilterRuntime>('rbac', RBAC_FILTER).filter(({ route }) => route !== undefined);
  for (const { name, request, from, routeConfigs, config, route, got } of calls) {
    const peer = addressView(from, 40_000);
    const local = addressView('127.0.0.1', 20_000);
    const tier = request.get('x-tier');
    const forwarded = request.get('x-forwarded-for');
    const view = matchView({
      connection: { remote: peer, directRemote: peer, local, directLocal: local },
      ...(forwarded === undefined ? {} : { remote: forwarded }),
      routeMetadata: route!.metadata,
      dynamicMetadata: tier === undefined ? {} : { tiers: { tier } },
    });
    const decision = decideRbac(routeConfigs[0] ?? config, { ...view, request });
    const { status, headers } = got.received[0]!;
    const grpcStatus = headers.find(([header]) => header === 'grpc-status')?.[1];
    assert.equal(decision.isAllowed, status === 200 && grpcStatus === undefined, name);
    if (!decision.isAllowed) assert.equal(decision.verdict?.details, got.log[0]!.details, name);
    const result = got.log[0]!['sh_shadow_engine_result'];
    if (result !== undefined) assert.deepEqual(Object.fromEntries(decision.shadow!.metadata), got.log[0], name);
  }
  assert.ok(calls.length > 75, `only ${calls.length} calls were compared`);
});
