import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findRoute } from '../../route/find-route.ts';
import { compileYaml } from '../../route/test-support/compile.ts';
import { connectionView, requestView, routeInput } from '../../route/test-support/views.ts';
import { compileFilter, compileForRoute, filterProblems } from '../test-support/compile.ts';
import { BUFFER_FILTER, type BufferRuntime } from './buffer.ts';
import { corsPolicies } from './cors.ts';
import { GRPC_STATS_FILTER, type GrpcStatsRuntime, grpcStatPrefix } from './grpc-stats.ts';
import { encodeTrailerFrame, planGrpcWeb } from './grpc-web.ts';
import {
  answerHealthCheck,
  HEALTH_CHECK_FILTER,
  type HealthCheckFilterRuntime,
  type HealthState,
} from './health-check.ts';

describe('health checks', () => {
  const answer = (text: string, state: Partial<HealthState> = {}) =>
    answerHealthCheck(compileFilter<HealthCheckFilterRuntime>(HEALTH_CHECK_FILTER, text), {
      isFailed: false,
      cached: undefined,
      membersOf: (name) => ({ empty: { total: 0, available: 0 }, half: { total: 4, available: 2 } })[name],
      ...state,
    });
  const clusters = (list: string) => `{ pass_through_mode: false, cluster_min_healthy_percentages: { ${list} } }`;

  it('are answered by the state of clusters', () => {
    const details = (list: string) => answer(clusters(list))?.details;
    assert.equal(details('half: { value: 50 }'), 'health_check_ok_cluster_healthy');
    assert.equal(details('half: { value: 50.9 }'), 'health_check_ok_cluster_healthy');
    assert.equal(details('half: { value: 51 }'), 'health_check_failed_cluster_unhealthy');
    assert.equal(details('empty: { value: 1 }'), 'health_check_failed_cluster_empty');
    assert.equal(details('empty: { value: 0 }'), 'health_check_ok_cluster_healthy');
    assert.equal(details('none: { value: 0 }'), 'health_check_failed_no_cluster_found');
  });

  it('go to the upstream, whose answer is kept for others', () => {
    const text = '{ pass_through_mode: true, cache_time: 2s }';
    assert.equal(answer(text), undefined);
    const cached = { status: 503, isDegraded: true };
    assert.deepEqual(answer(text, { cached }), { ...cached, details: 'health_check_cached' });
    assert.deepEqual(answer(text, { cached, isFailed: true }), {
      status: 503,
      details: 'health_check_failed',
      isDegraded: false,
    });
  });

  it('are not configured in ways that contradict each other', () => {
    const place = (text: string) => filterProblems(HEALTH_CHECK_FILTER, text)[0]?.path;
    assert.equal(place('{ pass_through_mode: false, cache_time: 2s }'), 'f.cache_time');
    assert.equal(
      place('{ pass_through_mode: true, cluster_min_healthy_percentages: { a: { value: 1 } } }'),
      'f.cluster_min_healthy_percentages',
    );
    assert.equal(place('{}'), 'f');
  });
});

describe('gRPC', () => {
  it('is counted by method where that is asked for', () => {
    const prefix = (text: string, path: string) =>
      grpcStatPrefix(compileFilter<GrpcStatsRuntime>(GRPC_STATS_FILTER, text), path);
    assert.equal(prefix('{ stats_for_all_methods: true }', '/pkg.S/M?q'), 'pkg.S.M.');
    assert.equal(
      prefix('{ stats_for_all_methods: true, replace_dots_in_grpc_service_name: true }', '/pkg.S/M'),
      'pkg_S.M.',
    );
    assert.equal(prefix('{}', '/pkg.S/M'), '');
    assert.equal(prefix('{ stats_for_all_methods: true }', '/pkg.S'), '');
    const list = '{ individual_method_stats_allowlist: { services: [{ name: pkg.S, method_names: [M, N] }] } }';
    assert.deepEqual([prefix(list, '/pkg.S/N'), prefix(list, '/pkg.S/O')], ['pkg.S.N.', '']);
  });

  it('is found in gRPC-Web', () => {
    const plan = (headers: Record<string, string>) => planGrpcWeb(requestView({ headers }));
    assert.equal(plan({ 'content-type': 'application/grpc' }), undefined);
    assert.deepEqual(plan({ 'content-type': 'application/grpc-web-text', accept: 'application/grpc-web-text' }), {
      isTextRequest: true,
      isTextResponse: true,
    });
  });

  it('has its trailers in the last frame', () => {
    const frame = encodeTrailerFrame([
      ['grpc-status', '0'],
      ['x', 'ü'],
    ]);
    assert.deepEqual([...frame.subarray(0, 5)], [0x80, 0, 0, 0, 20]);
    assert.equal(Buffer.from(frame.subarray(5)).toString('latin1'), 'grpc-status:0\r\nx:ü\r\n');
  });
});

describe('buffers', () => {
  it('are bounded, and may be off on a route', () => {
    assert.equal(compileFilter<BufferRuntime>(BUFFER_FILTER, '{ max_request_bytes: 7 }').maxRequestBytes, 7);
    assert.equal(compileForRoute<BufferRuntime>(BUFFER_FILTER.route!, '{ disabled: true }').maxRequestBytes, undefined);
    assert.equal(
      compileForRoute<BufferRuntime>(BUFFER_FILTER.route!, '{ buffer: { max_request_bytes: 9 } }').maxRequestBytes,
      9,
    );
    assert.equal(filterProblems(BUFFER_FILTER, '{ max_request_bytes: 0 }')[0]?.path, 'f.max_request_bytes');
    assert.equal(filterProblems(BUFFER_FILTER, '{}')[0]?.reason, 'max_request_bytes is required');
  });
});

describe('CORS policies', () => {
  it('are those of the filter, or else those in the deprecated fields, the route first', () => {
    const config = compileYaml(`
      virtual_hosts:
      - name: h
        domains: ['*']
        cors: { allow_methods: host }
        routes: [{ match: { prefix: / }, route: { cluster: c, cors: { allow_methods: route } } }]
    `);
    const { route, virtualHost } = findRoute(config, requestView(), connectionView(), routeInput());
    const methods = corsPolicies([], route, virtualHost).map(({ allowMethods }) => allowMethods);
    assert.deepEqual(methods, ['route', 'host']);
    const own = corsPolicies([], route, undefined);
    assert.deepEqual(corsPolicies(own, undefined, virtualHost), own);
  });
});
