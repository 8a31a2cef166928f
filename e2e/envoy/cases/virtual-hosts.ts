import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { raw, request, request2 } from '../exchanges.ts';

const DOMAINS: Readonly<Record<string, readonly string[]>> = {
  exact: ['exact.com', 'www.exact.com'],
  'exact-port': ['ported.com:8080'],
  suffix: ['*.exact.com'],
  'longer-suffix': ['*.sub.exact.com'],
  'dash-suffix': ['*-dash.exact.com'],
  prefix: ['exact.*'],
  'longer-prefix': ['exact.org.*'],
  'prefix-and-suffix-a': ['both.*'],
  'prefix-and-suffix-b': ['*.end'],
  'upper-case': ['UPPER.com'],
  'port-suffix': ['*.ps.com:81'],
  ipv6: ["'[::1]:80'"],
};

const HOSTS = [
  'exact.com',
  'EXACT.com',
  'www.exact.com',
  'a.exact.com',
  'a.b.exact.com',
  'a.sub.exact.com',
  'x-dash.exact.com',
  'x-dash.sub.exact.com',
  '-dash.exact.com',
  '.exact.com',
  'exact.net',
  'exact.org.uk',
  'exact.',
  'both.x.end',
  'upper.com',
  'exact.com:80',
  'exact.com:8080',
  'ported.com',
  'ported.com:8080',
  'x.ps.com:81',
  'x.ps.com',
  '[::1]',
  '[::1]:80',
  'exact.com.',
  'other.com',
];

function virtualHosts(withFallback: boolean): string {
  const all = withFallback ? { ...DOMAINS, all: ["'*'"] } : DOMAINS;
  return Object.entries(all)
    .map(
      ([name, domains]) =>
        `- { name: ${name}, domains: [${domains.map((domain) => (domain.startsWith('*') ? `'${domain}'` : domain)).join(', ')}], ` +
        `routes: [{ name: ${name}, match: { prefix: / }, direct_response: { status: 200 } }] }\n`,
    )
    .join('');
}

/** Which virtual host takes a host, with every option that looks at ports. */
export const virtualHostsCase: EnvoyCase = {
  name: 'virtual-hosts',
  backends: {},
  bootstrap: bootstrap({
    listeners: {
      main: { virtualHosts: virtualHosts(true) },
      'ignore-port': { virtualHosts: virtualHosts(true), routeConfig: 'ignore_port_in_host_matching: true' },
      'strip-any-port': { virtualHosts: virtualHosts(true), hcm: 'strip_any_host_port: true' },
      'strip-matching-port': { virtualHosts: virtualHosts(true), hcm: 'strip_matching_host_port: true' },
      'strip-dot': { virtualHosts: virtualHosts(true), hcm: 'strip_trailing_host_dot: true' },
      'no-fallback': { virtualHosts: virtualHosts(false) },
      'by-header': { virtualHosts: virtualHosts(true), routeConfig: 'vhost_header: x-vhost' },
    },
  }),
  exchanges: [
    ...HOSTS.map((host) => request(host, '/', { host })),
    ...['ignore-port', 'strip-any-port'].flatMap((listener) =>
      [
        'exact.com:80',
        'exact.com:8080',
        'ported.com:8080',
        'ported.com',
        '[::1]:80',
        '[::1]',
        'a:b:1',
        'exact.com:',
        'exact.com:x',
      ].map((host) => request(`${listener}: ${host}`, '/', { host, listener })),
    ),
    request('strip-matching-port: another port', '/', { host: 'exact.com:80', listener: 'strip-matching-port' }),
    request('strip-dot: with a dot', '/', { host: 'exact.com.', listener: 'strip-dot' }),
    request('strip-dot: with a dot and a port', '/', { host: 'ported.com.:8080', listener: 'strip-dot' }),
    request('no fallback: unknown', '/', { host: 'other.com', listener: 'no-fallback' }),
    request('no fallback: no host matches by its suffix alone', '/', { host: '.exact.com', listener: 'no-fallback' }),
    request('by header', '/', { headers: { 'x-vhost': 'exact.com' }, listener: 'by-header' }),
    request('by header: not there', '/', { host: 'exact.com', listener: 'by-header' }),
    raw('absolute form beats the host header', 'GET http://exact.com/ HTTP/1.1\r\nhost: other.com\r\n\r\n'),
    raw('an empty host', 'GET / HTTP/1.1\r\nhost:\r\n\r\n'),
    raw('no host', 'GET / HTTP/1.1\r\n\r\n'),
    raw('two hosts', 'GET / HTTP/1.1\r\nhost: exact.com\r\nhost: other.com\r\n\r\n'),
    request2('HTTP/2', '/', { headers: { ':authority': 'a.exact.com' } }),
    request2('HTTP/2 with authority and host', '/', { headers: { ':authority': 'exact.com', host: 'other.com' } }),
  ],
};
