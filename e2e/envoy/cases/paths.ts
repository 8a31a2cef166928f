import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { raw, request, request2 } from '../exchanges.ts';

const ROUTES = '- { match: { prefix: / }, route: { cluster: echo } }';

const LISTENERS: Readonly<Record<string, string>> = {
  main: '',
  normalize: 'normalize_path: true',
  merge: 'merge_slashes: true',
  both: '{ normalize_path: true, merge_slashes: true }',
  'slashes-keep': 'path_with_escaped_slashes_action: KEEP_UNCHANGED',
  'slashes-reject': 'path_with_escaped_slashes_action: REJECT_REQUEST',
  'slashes-redirect': 'path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT',
  'slashes-forward':
    '{ path_with_escaped_slashes_action: UNESCAPE_AND_FORWARD, normalize_path: true, merge_slashes: true }',
};

const TARGETS = [
  '/a/../b',
  '/../../b',
  '/a/./b/',
  '/a/..',
  '/a//b',
  '/a/%2e%2E/b',
  '/a%2Fb',
  '/a%5cb',
  '/a\\b',
  '/a/%41%7e%2D',
  '/a/%zz',
  '/a/%',
  '/a;x/../b',
  '/a?b/../c//d%2Fe',
  '/a/...',
  '/a/..%2f..',
  '/a/%00',
  '*',
];

/** Path normalization, merged and escaped slashes. */
export const paths: EnvoyCase = {
  name: 'paths',
  backends: { echo: { kind: 'http1' } },
  bootstrap: bootstrap({
    listeners: Object.fromEntries(Object.entries(LISTENERS).map(([name, hcm]) => [name, { routes: ROUTES, hcm }])),
    clusters: { echo: 'echo' },
  }),
  exchanges: [
    ...Object.keys(LISTENERS).flatMap((listener) =>
      TARGETS.map((target) => request(`${listener}: ${target}`, target, { listener })),
    ),
    raw('absolute form', 'GET http://other.local:81/a/../b?c HTTP/1.1\r\nhost: test.local\r\n\r\n', {
      listener: 'both',
    }),
    raw('absolute form without a path', 'GET http://other.local HTTP/1.1\r\nhost: test.local\r\n\r\n', {
      listener: 'both',
    }),
    raw('absolute form without a path, with a query', 'GET http://other.local?x HTTP/1.1\r\nhost: test.local\r\n\r\n', {
      listener: 'both',
    }),
    raw('absolute form with https', 'GET https://other.local/x HTTP/1.1\r\nhost: test.local\r\n\r\n'),
    raw('absolute form with user information', 'GET http://user@other.local/x HTTP/1.1\r\nhost: test.local\r\n\r\n'),
    raw('absolute form with another scheme', 'GET ftp://other.local/x HTTP/1.1\r\nhost: test.local\r\n\r\n'),
    raw('no slash', 'GET a/b HTTP/1.1\r\nhost: test.local\r\n\r\n'),
    raw('OPTIONS of everything', 'OPTIONS * HTTP/1.1\r\nhost: test.local\r\n\r\n'),
    request2('HTTP/2', '/a/../b//c%2Fd', { listener: 'slashes-forward' }),
    request2('HTTP/2: no slash', 'a', { listener: 'both' }),
    request2('HTTP/2: an empty path', '', { listener: 'both' }),
    request2('HTTP/2: a fragment', '/a#b'),
    request('grpc: rejected', '/a%2Fb', {
      listener: 'slashes-reject',
      headers: { 'content-type': 'application/grpc' },
    }),
    request('grpc: redirected', '/a%2Fb', {
      listener: 'slashes-redirect',
      headers: { 'content-type': 'application/grpc' },
    }),
  ],
  stats: [
    'http.slashes-reject.downstream_rq_failed_path_normalization',
    'http.slashes-redirect.downstream_rq_redirected_with_normalized_path',
  ],
};
