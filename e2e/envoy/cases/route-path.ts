import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { namedRoutes, request } from '../exchanges.ts';

/** Path conditions of every kind. */
export const routePath: EnvoyCase = {
  name: 'route-path',
  backends: {},
  bootstrap: bootstrap({
    listeners: {
      main: {
        routes: namedRoutes({
          exact: '{ path: /exact }',
          'exact-any-case': '{ path: /Caseless, case_sensitive: false }',
          'exact-query': "{ path: '/exact?q' }",
          regex: "{ safe_regex: { regex: '/re/[0-9]+' } }",
          'regex-any-case': "{ safe_regex: { regex: '/RX/[a-z]+' }, case_sensitive: false }",
          'regex-query': "{ safe_regex: { regex: '/rq.*q=1' } }",
          separated: '{ path_separated_prefix: /api/dev }',
          'separated-any-case': '{ path_separated_prefix: /Sep, case_sensitive: false }',
          'template-two': template('/t/{a}/x/{b=**}'),
          'template-glob': template('/g/*/end'),
          'template-suffix': template('/v/**.m3u8'),
          'template-variable-glob': template('/tv/{a=b/*}/c'),
          'prefix-any-case': '{ prefix: /Pre, case_sensitive: false }',
          prefix: '{ prefix: /p/ }',
          'prefix-query': "{ prefix: '/pq?a=1' }",
          'prefix-slashless': '{ prefix: /half }',
        }),
      },
    },
  }),
  exchanges: [
    request('exact', '/exact'),
    request('exact ignores the query', '/exact?q'),
    request('exact is not a prefix', '/exact/'),
    request('exact minds case', '/Exact'),
    request('exact in any case', '/cASELESS'),
    request('a fragment is refused', '/exact#frag'),
    request('regex', '/re/12?x=1'),
    request('regex matches all of the path', '/re/12/'),
    request('regex minds case whatever case_sensitive says', '/rx/abc'),
    request('regex as written', '/RX/abc'),
    request('regex does not see the query', '/rq?q=1'),
    request('separated prefix alone', '/api/dev'),
    request('separated prefix with a query', '/api/dev?x'),
    request('separated prefix with a slash', '/api/dev/v1'),
    request('separated prefix amid a segment', '/api/developer'),
    request('separated prefix in any case', '/sEP/x'),
    request('template', '/t/1/x/y/z'),
    request('template with an empty rest', '/t/1/x/'),
    request('template with an empty variable', '/t//x/y'),
    request('template with a query', '/t/1/x/y?z'),
    request('template glob', '/g/abc/end'),
    request('template glob with a slash', '/g/a/b/end'),
    request('template glob with an encoded slash', '/g/a%2fb/end'),
    request('template glob with a character that is not of paths', '/g/a|b/end'),
    request('template glob with an equals sign', '/g/a=b/end'),
    request('template glob with a star', '/g/a*b/end'),
    request('template suffix', '/v/a/b.m3u8'),
    request('template with only the suffix', '/v/.m3u8'),
    request('template with a variable of two segments', '/tv/b/x/c'),
    request('prefix in any case', '/pREfix'),
    request('prefix', '/p/x'),
    request('prefix without its slash', '/p'),
    request('prefix amid a segment', '/halfway'),
    request('a prefix with a query never matches', '/pq?a=1'),
    request('nothing', '/none'),
  ],
  stats: ['http.main.no_route', 'http.main.downstream_rq_2xx', 'http.main.downstream_rq_4xx'],
};

function template(text: string): string {
  const type = 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig';
  return `{ path_match_policy: { name: template, typed_config: { '@type': ${type}, path_template: '${text}' } } }`;
}
