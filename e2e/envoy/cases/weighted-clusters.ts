import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request } from '../exchanges.ts';

/** Clusters by weight and by header. */
export const weightedClusters: EnvoyCase = {
  name: 'weighted-clusters',
  backends: { a: { kind: 'http1' }, b: { kind: 'http1' }, c: { kind: 'http1' } },
  bootstrap: bootstrap({
    listeners: {
      main: {
        virtualHosts: `
        - name: all
          domains: ['*']
          request_headers_to_add: [{ header: { key: x-level, value: vhost } }]
          routes:
          - match: { path: /weights }
            name: weights
            request_headers_to_add: [{ header: { key: x-level, value: route } }]
            route:
              weighted_clusters:
                header_name: x-pick
                clusters:
                - name: a
                  weight: 10
                  request_headers_to_add: [{ header: { key: x-level, value: a } }]
                  response_headers_to_add: [{ header: { key: x-answered, value: a } }]
                - name: b
                  weight: 20
                  request_headers_to_remove: [x-gone]
                  host_rewrite_literal: b.local
                - { name: c, weight: 0 }
                - { cluster_header: x-cluster, weight: 70 }
          - match: { path: /all-to-b }
            route: { weighted_clusters: { clusters: [{ name: a, weight: 0 }, { name: b, weight: 1 }] } }
          - match: { path: /header }
            route: { cluster_header: x-cluster }
          - match: { path: /header-500 }
            route: { cluster_header: x-cluster, cluster_not_found_response_code: INTERNAL_SERVER_ERROR }
          - match: { path: /header-404 }
            route: { cluster_header: x-cluster, cluster_not_found_response_code: NOT_FOUND }
          - match: { path: /host-header }
            route: { cluster_header: ':authority' }
          - match: { path: /hash }
            route:
              hash_policy: [{ header: { header_name: x-hash } }]
              weighted_clusters: { use_hash_policy: true, clusters: [{ name: a, weight: 50 }, { name: b, weight: 50 }] }
        `,
        routeConfig: 'validate_clusters: false',
      },
    },
    clusters: { a: 'a', b: 'b', c: 'c' },
  }),
  exchanges: [
    ...['0', '9', '10', '29', '100', '129', '110', '205', '09', ' 5', '4294967306', '18446744073709551615'].map(
      (value) =>
        request(`value ${value}`, '/weights', { headers: { 'x-pick': value, 'x-gone': '1', 'x-cluster': 'c' } }),
    ),
    request('the cluster of the header', '/weights', { headers: { 'x-pick': '30', 'x-cluster': 'c' } }),
    request('the header names no cluster', '/weights', { headers: { 'x-pick': '30', 'x-cluster': 'unknown' } }),
    request('the header is missing', '/weights', { headers: { 'x-pick': '99' } }),
    request('no weight for one', '/all-to-b'),
    request('by header', '/header', { headers: { 'x-cluster': 'b' } }),
    request('by header: two values', '/header', {
      headers: [
        ['x-cluster', 'a'],
        ['x-cluster', 'b'],
      ],
    }),
    request('by header: unknown', '/header', { headers: { 'x-cluster': 'unknown' } }),
    request('by header: missing', '/header'),
    request('by header: empty', '/header', { headers: { 'x-cluster': '' } }),
    request('unknown is 500', '/header-500', { headers: { 'x-cluster': 'unknown' } }),
    request('unknown is 404', '/header-404', { headers: { 'x-cluster': 'unknown' } }),
    request('by authority', '/host-header', { host: 'b' }),
    request('by hash', '/hash', { headers: { 'x-hash': 'one' } }),
    request('by another hash', '/hash', { headers: { 'x-hash': 'three' } }),
  ],
};
