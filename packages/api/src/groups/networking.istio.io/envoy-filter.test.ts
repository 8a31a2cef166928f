import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRefused, judgeSpec } from '../../test-support/judge.ts';
import { envoyFilter } from './envoy-filter.ts';

const GENERAL =
  'EnvoyFilter exposes internal implementation details that may change at any time; prefer other kinds where they can say the same';
const HCM = 'envoy.filters.network.http_connection_manager';
const patch = (text: string) => `{configPatches: [{${text}}]}`;
const ADD = 'patch: {operation: ADD, value: {name: x}}';

function warningsOf(spec: string): readonly string[] {
  const { errors, warnings, unknownFields } = judgeSpec(envoyFilter, spec);
  assert.deepEqual(errors, []);
  assert.deepEqual(unknownFields, []);
  assert.equal(warnings[0], GENERAL);
  return warnings.slice(1);
}

test('values of patches are kept as they are', () => {
  const spec = patch(
    `applyTo: HTTP_FILTER, match: {context: SIDECAR_OUTBOUND, listener: {portNumber: 80, filterChain: {filter: {name: ${HCM}, subFilter: {name: envoy.filters.http.router}}}}}, patch: {operation: ADD, filterClass: STATS, value: {name: a, typed_config: {"@type": t, deep: [{x: 1}]}}}`,
  );
  assert.deepEqual(warningsOf(spec), []);
});

test('what has no effect, an unstable order or an old name is told', () => {
  const at = 'spec.configPatches[0]';
  assert.deepEqual(warningsOf(patch('applyTo: CLUSTER, patch: {operation: INSERT_FIRST, value: {}}')), [
    `${at}.patch.operation: INSERT_FIRST has no effect with applyTo CLUSTER`,
  ]);
  assert.deepEqual(warningsOf(patch('applyTo: HTTP_FILTER, patch: {operation: INSERT_BEFORE, value: {}}')), [
    `${at}.patch.operation: INSERT_BEFORE depends on the order of EnvoyFilters; set spec.priority, or use INSERT_FIRST or ADD`,
  ]);
  assert.deepEqual(
    warningsOf('{priority: 10, configPatches: [{applyTo: HTTP_FILTER, patch: {operation: INSERT_BEFORE, value: {}}}]}'),
    [],
  );
  assert.deepEqual(
    warningsOf(patch(`applyTo: LISTENER, match: {listener: {filterChain: {filter: {name: envoy.tcp_proxy}}}}, ${ADD}`)),
    [
      `${at}.match.listener.filterChain.filter: filter match has no effect when used with LISTENER`,
      `${at}.match.listener.filterChain.filter.name: using deprecated filter name "envoy.tcp_proxy"; use "envoy.filters.network.tcp_proxy" instead`,
    ],
  );
  assert.deepEqual(warningsOf('{workloadSelector: {labels: {}}}'), [
    'spec.workloadSelector: workload selector specified without labels, will be applied to all workloads in the namespace',
  ]);
});

test('patches that cannot be applied', () => {
  const at = 'spec.configPatches[0]';
  assertRefused(envoyFilter, [
    [
      'nothing is said',
      patch(''),
      [`${at}.applyTo: Required value: missing applyTo`, `${at}.patch: Required value: missing patch`],
    ],
    [
      'no operation',
      patch('applyTo: CLUSTER, patch: {}'),
      [`${at}.patch.operation: Required value: missing patch operation`],
    ],
    [
      'no value',
      patch('applyTo: CLUSTER, patch: {operation: MERGE}'),
      [`${at}.patch.value: Required value: missing patch value for non-remove operation`],
    ],
    [
      'the version is an expression',
      patch(`applyTo: CLUSTER, match: {proxy: {proxyVersion: "1("}}, ${ADD}`),
      [
        `${at}.match.proxy.proxyVersion: Invalid value: "1(": invalid regex for proxy version, [error parsing regexp: missing closing ): \`1(\` (only RE2 syntax is supported: no lookaround, no backreferences)]`,
      ],
    ],
    [
      'a listener is no cluster',
      patch(`applyTo: CLUSTER, match: {listener: {portNumber: 80}}, ${ADD}`),
      [`${at}.match.listener: Invalid value: "": applyTo for cluster class objects cannot have non cluster match`],
    ],
    [
      'a cluster is no listener',
      patch(`applyTo: HTTP_FILTER, match: {cluster: {}}, ${ADD}`),
      [`${at}.match.cluster: Invalid value: "": applyTo for listener class objects cannot have non listener match`],
    ],
    [
      'a cluster is no route',
      patch(`applyTo: VIRTUAL_HOST, match: {cluster: {}}, ${ADD}`),
      [
        `${at}.match.cluster: Invalid value: "": applyTo for http route class objects cannot have non route configuration match`,
      ],
    ],
    [
      'filters without names',
      patch(`applyTo: NETWORK_FILTER, match: {listener: {filterChain: {filter: {}}}}, ${ADD}`),
      [`${at}.match.listener.filterChain.filter.name: Required value: filter match has no name to match on`],
    ],
    [
      'filters inside of others',
      patch(
        `applyTo: HTTP_FILTER, match: {listener: {filterChain: {filter: {name: x, subFilter: {name: y}}}}}, ${ADD}`,
      ),
      [
        `${at}.match.listener.filterChain.filter.name: Invalid value: "x": subfilter match requires filter match with ${HCM}`,
      ],
    ],
    [
      'filters inside of others, elsewhere',
      patch(
        `applyTo: NETWORK_FILTER, match: {listener: {filterChain: {filter: {name: ${HCM}, subFilter: {}}}}}, ${ADD}`,
      ),
      [
        `${at}.match.listener.filterChain.filter.subFilter: Invalid value: "": subfilter match can be used with applyTo HTTP_FILTER only`,
      ],
    ],
    [
      'filters inside of others, without a name',
      patch(`applyTo: HTTP_FILTER, match: {listener: {filterChain: {filter: {name: ${HCM}, subFilter: {}}}}}, ${ADD}`),
      [
        `${at}.match.listener.filterChain.filter.subFilter.name: Required value: subfilter match has no name to match on`,
      ],
    ],
    [
      'a waypoint in another context',
      patch(`applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND, waypoint: {}}, ${ADD}`),
      [`${at}.match: Invalid value: "object": only support waypointMatch when context is WAYPOINT`],
    ],
    [
      'a listener of a waypoint',
      patch(`applyTo: HTTP_FILTER, match: {context: WAYPOINT, listener: {}}, ${ADD}`),
      [`${at}.match: Invalid value: "object": only support waypointMatch when context is WAYPOINT`],
    ],
    [
      'a port of a waypoint',
      patch(`applyTo: HTTP_FILTER, match: {context: WAYPOINT, waypoint: {portNumber: 65536}}, ${ADD}`),
      [`${at}.match.waypoint.portNumber: Invalid value: "integer": port must be between 1-65535`],
    ],
    [
      'two matches',
      patch(`applyTo: HTTP_FILTER, match: {cluster: {}, listener: {}}, ${ADD}`),
      [
        `${at}.match: Invalid value: "object": only one of listener, routeConfiguration, cluster and waypoint may be set, found listener and cluster`,
      ],
    ],
  ]);
});

test('what a filter is attached to', () => {
  assertRefused(envoyFilter, [
    [
      'a selector and references',
      '{workloadSelector: {labels: {a: b}}, targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: g}]}',
      [
        'spec: Invalid value: "object": only one of workloadSelector and targetRefs may be set, found workloadSelector and targetRefs',
      ],
    ],
    [
      'something else',
      '{targetRefs: [{kind: Pod, name: g}]}',
      [
        'spec.targetRefs[0]: Invalid value: "/Pod": targetRef must be to one of core/Service, networking.istio.io/ServiceEntry, gateway.networking.k8s.io/Gateway or gateway.networking.k8s.io/GatewayClass',
      ],
    ],
    [
      'something elsewhere',
      '{targetRefs: [{kind: Service, name: g, namespace: other}]}',
      ['spec.targetRefs[0].namespace: Invalid value: "string": cross namespace referencing is not currently supported'],
    ],
  ]);
});
