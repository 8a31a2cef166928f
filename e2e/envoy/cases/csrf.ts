import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request } from '../exchanges.ts';

const TYPE = "'@type': envoy.extensions.filters.http.csrf.v3.CsrfPolicy";
const ON = '{ default_value: { numerator: 100 } }';
const OFF = '{ default_value: { numerator: 0 } }';

/** Where a page may be from that wants to change something. */
const ORIGINS: readonly (readonly [name: string, headers: Readonly<Record<string, string>>])[] = [
  ['the same', { origin: 'http://test.local' }],
  ['the same by TLS', { origin: 'https://test.local' }],
  ['the same with a port', { origin: 'http://test.local:80' }],
  ['the same in other cases', { origin: 'HTTP://TEST.local' }],
  ['another', { origin: 'http://evil.com' }],
  ['a host alone', { origin: 'test.local' }],
  ['another scheme', { origin: 'ftp://test.local' }],
  ['null', { origin: 'null' }],
  ['null, with a referer', { origin: 'null', referer: 'http://test.local/page?x=y' }],
  ['a referer', { referer: 'http://test.local/page' }],
  ['another referer', { referer: 'http://evil.com/test.local' }],
  ['a referer with a query', { referer: 'http://test.local?page' }],
  ['a listed one', { origin: 'https://friend.com' }],
  ['a listed one with a port', { origin: 'https://a.friends.com:8443' }],
  ['none', {}],
];

/** The filter against cross-site request forgery. */
export const csrf: EnvoyCase = {
  name: 'csrf',
  backends: {},
  bootstrap: bootstrap({
    listeners: {
      main: {
        filters: `- { name: csrf, typed_config: { ${TYPE}, filter_enabled: ${ON}, additional_origins: [{ exact: friend.com }, { safe_regex: { regex: '.*\\.friends\\.com:8443' } }] } }`,
        routes: `
        - { match: { path: /shadow }, direct_response: { status: 200 }, typed_per_filter_config: { csrf: { ${TYPE}, filter_enabled: ${OFF}, shadow_enabled: ${ON} } } }
        - { match: { path: /off }, direct_response: { status: 200 }, typed_per_filter_config: { csrf: { ${TYPE}, filter_enabled: ${OFF} } } }
        - { match: { prefix: / }, direct_response: { status: 200 } }
        `,
      },
    },
  }),
  exchanges: [
    ...ORIGINS.map(([name, headers]) => request(name, '/', { method: 'POST', headers, body: '' })),
    ...['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'].map((method) =>
      request(`another: ${method}`, '/', { method, headers: { origin: 'http://evil.com' } }),
    ),
    ...['/shadow', '/off'].flatMap((path) =>
      ['http://evil.com', 'http://test.local'].map((origin) =>
        request(`${path}: ${origin}`, path, { method: 'POST', headers: { origin }, body: '' }),
      ),
    ),
  ],
};
