import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase, Exchange } from '../case.ts';
import { request } from '../exchanges.ts';

/** What formats make of paths, hosts and bodies. Key: the path; the action of the route. */
const ROUTES: Readonly<Record<string, string>> = {
  '/path': "route: { cluster: echo, path_rewrite: '/new/%REQ(x-in)%' }",
  '/path-alone': "route: { cluster: echo, path_rewrite: '%REQ(x-in)%' }",
  '/path-query': "route: { cluster: echo, path_rewrite: '/new?z=%REQ(x-in)%' }",
  '/path-operators': "route: { cluster: echo, path_rewrite: '/%REQ(:METHOD)%/%PROTOCOL%/%UPSTREAM_CLUSTER%' }",
  '/host': "route: { cluster: echo, host_rewrite: '%REQ(x-in)%.test', append_x_forwarded_host: true }",
  '/host-alone': "route: { cluster: echo, host_rewrite: '%REQ(x-in)%' }",
  '/redirect': "redirect: { path_rewrite: '/to/%REQ(x-in)%' }",
  '/redirect-alone': "redirect: { path_rewrite: '%REQ(x-in)%' }",
  '/redirect-strip': "redirect: { path_rewrite: '/to/%REQ(x-in)%', strip_query: true }",
  '/text':
    "direct_response: { status: 200, body: { inline_string: plain }, body_format: { text_format_source: { inline_string: '%LOCAL_REPLY_BODY% %REQ(x-in)% %RESPONSE_CODE%' }, content_type: text/html } }",
  '/json': "direct_response: { status: 201, body_format: { json_format: { in: '%REQ(x-in)%', one: 1 } } }",
  '/omit': "direct_response: { status: 404, body_format: { text_format: '[%REQ(x-in)%]', omit_empty_values: true } }",
};

/** Formats in routes. */
export const routeFormats: EnvoyCase = {
  name: 'route-formats',
  backends: { echo: { kind: 'http1' } },
  bootstrap: bootstrap({
    listeners: {
      main: {
        routes: Object.entries(ROUTES)
          .map(([path, action]) => `- { match: { path: ${path} }, ${action} }\n`)
          .join(''),
      },
    },
    clusters: { echo: { backends: 'echo' } },
  }),
  exchanges: Object.keys(ROUTES).flatMap((path) => [
    request(path, path, { headers: { 'x-in': 'value' } }),
    request(`${path} without a value`, `${path}?a=b`),
    ...(path.startsWith('/host') ? [] : asPath(path)),
  ]),
};

/** Values that are no hosts. */
function asPath(path: string): readonly Exchange[] {
  return [
    request(`${path} with a query`, `${path}?a=b`, { headers: { 'x-in': '/value' } }),
    request(`${path} with a query in the value`, `${path}?a=b`, { headers: { 'x-in': '/value?c=d' } }),
    request(`${path} of what is unsafe`, path, { headers: { 'x-in': '/a b#c' } }),
  ];
}
