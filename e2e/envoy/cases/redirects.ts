import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request, request2 } from '../exchanges.ts';

const REDIRECTS: Readonly<Record<string, string>> = {
  '/https': 'https_redirect: true',
  '/scheme': 'scheme_redirect: HTTPS',
  '/scheme-http': 'scheme_redirect: http',
  '/https-port': 'https_redirect: true, port_redirect: 8443',
  '/https-443': 'https_redirect: true, port_redirect: 443',
  '/host': 'host_redirect: new.com',
  '/host-port': 'host_redirect: new.com, port_redirect: 81',
  '/host-with-port': "host_redirect: 'new.com:82'",
  '/path': 'path_redirect: /new',
  '/path-query': "path_redirect: '/new?z=1'",
  '/path-fragment': "path_redirect: '/new#f'",
  '/strip': 'strip_query: true, host_redirect: new.com',
  '/strip-path': "strip_query: true, path_redirect: '/new?z=1'",
  '/prefix': 'prefix_rewrite: /other',
  '/prefix-slash': 'prefix_rewrite: /',
  '/regex': "regex_rewrite: { pattern: { regex: '/regex/([^/]+)/(.*)' }, substitution: '/\\2/\\1' }",
  '/302': 'response_code: FOUND, path_redirect: /new',
  '/303': 'response_code: SEE_OTHER, path_redirect: /new',
  '/307': 'response_code: TEMPORARY_REDIRECT, path_redirect: /new',
  '/308': 'response_code: PERMANENT_REDIRECT, path_redirect: /new',
  '/empty': "path_redirect: ''",
};

/** Redirects with every field. */
export const redirects: EnvoyCase = {
  name: 'redirects',
  backends: {},
  bootstrap: bootstrap({
    listeners: {
      main: {
        routes: `${Object.entries(REDIRECTS)
          .map(
            ([path, redirect]) =>
              `- { match: { prefix: ${path === '/regex' ? '/regex/' : `${path}/`} }, redirect: { ${redirect} } }\n`,
          )
          .join('')}
- match: { prefix: /headers/ }
  redirect: { path_redirect: /new }
  response_headers_to_add: [{ header: { key: x-added, value: '%REQ(x-in)%' } }]
`,
      },
      'require-tls': {
        virtualHosts: `
        - { name: all, domains: ['*'], require_tls: ALL, routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }
        - { name: external, domains: [external.com], require_tls: EXTERNAL_ONLY, routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }
        `,
      },
    },
  }),
  exchanges: [
    ...Object.keys(REDIRECTS).map((path) => request(path, `${path}/a/b?x=1&y=%20`, { host: 'old.com:8080' })),
    request('https without a port', '/https/a', { host: 'old.com' }),
    request('https from port 80', '/https/a', { host: 'old.com:80' }),
    request('https from port 443', '/https/a', { host: 'old.com:443' }),
    request('http from port 443', '/scheme-http/a', { host: 'old.com:443' }),
    request('port and an IPv6 address', '/https-port/a', { host: '[::1]:8080' }),
    request('host and no port', '/host/a', { host: 'old.com' }),
    request('a redirect to itself', '/scheme-http/a', { host: 'old.com' }),
    request('with a body', '/path/', { method: 'POST', body: 'abc' }),
    request('HEAD', '/path/', { method: 'HEAD' }),
    request('headers', '/headers/', { headers: { 'x-in': '5' } }),
    request('forwarded as https', '/scheme/a', { headers: { 'x-forwarded-proto': 'https' } }),
    request('TLS is required', '/a?b', { listener: 'require-tls', host: 'x.com:8080' }),
    request('TLS is required and was spoken before', '/a?b', {
      listener: 'require-tls',
      headers: { 'x-forwarded-proto': 'https' },
    }),
    request('TLS is required of strangers', '/a?b', { listener: 'require-tls', host: 'external.com' }),
    request2('over HTTP/2', '/https/a?x=1'),
  ],
};
