import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GrpcStatsRuntime } from '@weft/engine';
import { StatsRegistry } from '@weft/telemetry';
import { FakeClock } from '@weft/testkit';
import { RequestFields } from '../../http/request-fields.ts';
import { ResponseFields } from '../../http/response-fields.ts';
import type { UpstreamCluster } from '../../upstream/upstream-cluster.ts';
import type { FilterStream, HttpFilterPlace } from './filter.ts';
import { GRPC_STATS_KIND } from './grpc-stats.ts';

const CONFIG: GrpcStatsRuntime = {
  methods: undefined,
  replacesDots: false,
  measuresUpstream: false,
  leavesFilterState: false,
};

function setUp() {
  const registry = new StatsRegistry();
  const scope = registry.scope('cluster', 'alternative');
  const cluster = { name: 'app', scope } as UpstreamCluster;
  const clusters = new Map([['app', cluster]]);
  const services = { clusters, clock: new FakeClock(), stats: registry };
  const kind = GRPC_STATS_KIND.create(
    { name: 'grpc_stats', typeName: GRPC_STATS_KIND.typeName, isDisabled: false, config: CONFIG } as never,
    { services } as unknown as HttpFilterPlace,
  );
  const call = (path: string, clusterName = 'app') => {
    const filter = kind.create({ clusterName } as FilterStream);
    const head = RequestFields.of({ method: 'POST', path, scheme: 'http', authority: 'h' }, [
      ['content-type', 'application/grpc'],
    ]);
    filter?.onRequestHead?.(head, true);
    filter?.onResponseHead?.(ResponseFields.of(200, [['grpc-status', '0']]), true);
    filter?.onStreamEnd?.();
  };
  const totals = () =>
    registry.scopes.flatMap((view) =>
      Array.from(view.groups()).flatMap((group) =>
        group.definition.counters
          .filter(({ name }) => name.text === 'total')
          .map(({ slot }) => [view.name.text, group.numberAt(slot)]),
      ),
    );
  return { registry, scope, call, totals };
}

test('calls are counted under the name of their cluster in statistics, and go with it', () => {
  const { registry, scope, call, totals } = setUp();
  for (const path of ['/a.B/C', '/a.B/C', '/a.B/D', '/nothing']) call(path);
  assert.deepEqual(totals(), [
    ['cluster.alternative.grpc.', 1],
    ['cluster.alternative.grpc.a.B.C.', 2],
    ['cluster.alternative.grpc.a.B.D.', 1],
  ]);
  scope.close();
  assert.deepEqual(registry.scopes, []);
});

test('calls to a cluster that is not there are not counted', () => {
  const { call, totals } = setUp();
  call('/a.B/C', 'gone');
  assert.deepEqual(totals(), []);
});

test('clients cannot make as many statistics as they have names', () => {
  const { registry, call } = setUp();
  for (let i = 0; i < 10_100; i++) call(`/a.B/m${i}`);
  assert.ok(registry.scopes.length <= 10_002, `${registry.scopes.length} scopes`);
});
