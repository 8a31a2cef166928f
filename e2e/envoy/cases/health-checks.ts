import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request } from '../exchanges.ts';

const ROUTES = '- { match: { prefix: / }, route: { cluster: echo } }';
const FILTER = "'@type': envoy.extensions.filters.http.health_check.v3.HealthCheck";
const HEADERS = "headers: [{ name: ':path', string_match: { exact: /healthz } }]";
const percentages = (text: string) =>
  `- { ${FILTER}, pass_through_mode: false, ${HEADERS}, cluster_min_healthy_percentages: { ${text} } }`;
const endpoint = (status: string, port: number) =>
  `{ health_status: ${status}, endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } } }`;

/** The health_check filter: answers of its own, by the health of clusters, and those that it keeps. */
export const healthChecks: EnvoyCase = {
  name: 'health-checks',
  backends: { echo: { kind: 'http1' } },
  bootstrap: bootstrap({
    more: 'node: { id: me, cluster: mine }',
    listeners: {
      own: { routes: ROUTES, filters: `- { ${FILTER}, pass_through_mode: false, ${HEADERS} }` },
      through: { routes: ROUTES, filters: `- { ${FILTER}, pass_through_mode: true, ${HEADERS} }` },
      kept: { routes: ROUTES, filters: `- { ${FILTER}, pass_through_mode: true, cache_time: 60s, ${HEADERS} }` },
      sick: { routes: ROUTES, filters: percentages('sick: { value: 50 }') },
      half: { routes: ROUTES, filters: percentages('half: { value: 50 }') },
      'too-few': { routes: ROUTES, filters: percentages('half: { value: 51 }') },
      empty: { routes: ROUTES, filters: percentages('empty: { value: 1 }') },
      'empty-zero': { routes: ROUTES, filters: percentages('empty: { value: 0 }') },
      nowhere: { routes: ROUTES, filters: percentages('nowhere: { value: 1 }') },
    },
    clusters: {
      echo: 'echo',
      sick: {
        backends: '',
        more: `load_assignment: { cluster_name: sick, endpoints: [{ lb_endpoints: [${endpoint('UNHEALTHY', 1)}] }] }`,
      },
      half: {
        backends: '',
        more: `load_assignment: { cluster_name: half, endpoints: [{ lb_endpoints: [${endpoint('UNHEALTHY', 1)}, ${endpoint('DEGRADED', 2)}] }] }`,
      },
      empty: { backends: '', more: 'load_assignment: { cluster_name: empty }' },
    },
  }),
  exchanges: [
    request('answered', '/healthz', { listener: 'own' }),
    request('with a body', '/healthz', { listener: 'own', method: 'POST', body: 'hello' }),
    request('another path', '/other', { listener: 'own' }),
    request('passed through', '/healthz', { listener: 'through' }),
    request('passed through and failed', '/healthz', { listener: 'through', headers: { 'x-answer': '500' } }),
    request('the first is kept', '/healthz', {
      listener: 'kept',
      headers: { 'x-answer': '500', 'x-answer-head': 'x-envoy-degraded=yes' },
    }),
    request('the next is told it', '/healthz', { listener: 'kept' }),
    request('others are not', '/other', { listener: 'kept' }),
    request('a cluster that is not healthy', '/healthz', { listener: 'sick' }),
    request('a cluster that is healthy enough', '/healthz', { listener: 'half' }),
    request('a cluster that is not healthy enough', '/healthz', { listener: 'too-few' }),
    request('a cluster without hosts', '/healthz', { listener: 'empty' }),
    request('a cluster that needs no hosts', '/healthz', { listener: 'empty-zero' }),
    request('no such cluster', '/healthz', { listener: 'nowhere' }),
  ],
  stats: ['own', 'through', 'kept', 'sick', 'half', 'too-few', 'empty', 'empty-zero', 'nowhere'].flatMap((name) =>
    [
      'request_total',
      'failed',
      'ok',
      'cached_response',
      'failed_cluster_not_found',
      'failed_cluster_empty',
      'failed_cluster_unhealthy',
      'degraded',
    ].map((stat) => `http.${name}.health_check.${stat}`),
  ),
};
