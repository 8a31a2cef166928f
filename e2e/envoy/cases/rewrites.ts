import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request } from '../exchanges.ts';

const REWRITES: readonly (readonly [match: string, route: string])[] = [
  ['{ prefix: /prefix/ }', 'prefix_rewrite: /new/'],
  ['{ prefix: /shorter }', 'prefix_rewrite: /'],
  ['{ path: /exact }', 'prefix_rewrite: /new'],
  ['{ path_separated_prefix: /sep }', 'prefix_rewrite: /new'],
  ['{ path_separated_prefix: /sepslash }', 'prefix_rewrite: /'],
  ['{ prefix: /Case, case_sensitive: false }', 'prefix_rewrite: /new'],
  ["{ safe_regex: { regex: '/re/.*' } }", 'prefix_rewrite: /new'],
  ['{ prefix: /one/ }', "regex_rewrite: { pattern: { regex: 'one' }, substitution: 'two' }"],
  [
    '{ prefix: /service/ }',
    "regex_rewrite: { pattern: { regex: '^/service/([^/]+)(/.*)$' }, substitution: '\\2/instance/\\1' }",
  ],
  ['{ prefix: /empty/ }', "regex_rewrite: { pattern: { regex: 'x*' }, substitution: '-' }"],
  ['{ prefix: /lazy/ }', "regex_rewrite: { pattern: { regex: 'a*?' }, substitution: '<\\0>' }"],
  ['{ prefix: /caret/ }', "regex_rewrite: { pattern: { regex: '^/caret' }, substitution: '' }"],
  ['{ prefix: /group/ }', "regex_rewrite: { pattern: { regex: '(a)|(b)' }, substitution: '[\\1\\2]' }"],
  ['{ prefix: /word/ }', "regex_rewrite: { pattern: { regex: '\\b' }, substitution: '.' }"],
  ['{ prefix: /backslash/ }', "regex_rewrite: { pattern: { regex: 'x' }, substitution: 'a\\\\\\\\b' }"],
  ['{ prefix: /host-literal }', 'host_rewrite_literal: new.com'],
  ['{ prefix: /host-append }', 'host_rewrite_literal: new.com, append_x_forwarded_host: true'],
  ['{ prefix: /host-header }', 'host_rewrite_header: x-host'],
  ['{ prefix: /host-auto }', 'auto_host_rewrite: true'],
  [
    '{ prefix: /host-path/ }',
    "host_rewrite_path_regex: { pattern: { regex: '^/host-path/(.+)/.*$' }, substitution: '\\1' }",
  ],
  [template('/t/{a}/{b=**}'), rewriteTemplate('/{b}/x/{a}')],
  ['{ prefix: /plain }', 'cluster: echo'],
];

/** Rewrites of paths and hosts. */
export const rewrites: EnvoyCase = {
  name: 'rewrites',
  backends: { echo: { kind: 'http1' } },
  bootstrap: bootstrap({
    listeners: {
      main: {
        routes: REWRITES.map(
          ([match, route]) =>
            `- { match: ${match}, route: { ${/cluster:/.test(route) ? route : `cluster: echo, ${route}`} } }\n`,
        ).join(''),
      },
    },
    clusters: {
      echo: {
        backends: '',
        more: `
        type: STRICT_DNS
        load_assignment:
          cluster_name: echo
          endpoints: [{ lb_endpoints: [{ endpoint: { hostname: endpoint.name, address: { socket_address: { address: localhost, port_value: $PORT_echo } } } }] }]
        dns_lookup_family: V4_ONLY
        `,
      },
    },
  }),
  exchanges: [
    request('prefix', '/prefix/a?b=/prefix/'),
    request('prefix shorter', '/shorter/a'),
    request('prefix shorter amid a segment', '/shortera'),
    request('prefix and only the query', '/shorter?x'),
    request('exact', '/exact?q'),
    request('separated', '/sep/a?q'),
    request('separated alone', '/sep?q'),
    request('separated to a slash', '/sepslash/a'),
    request('separated to a slash alone', '/sepslash'),
    request('prefix in any case', '/cASE/a'),
    request('prefix_rewrite of a regex replaces the whole path', '/re/x/y?q'),
    request('regex everywhere, not in the query', '/one/yyy/one/zzz?one'),
    request('regex groups', '/service/foo/v1/api'),
    request('regex that may be empty', '/empty/axxb'),
    request('lazy regex', '/lazy/aab'),
    request('anchored regex', '/caret/caret'),
    request('groups that did not take part', '/group/abc'),
    request('word boundaries', '/word/ab-c'),
    request('escaped backslashes', '/backslash/1x2'),
    request('host literal', '/host-literal'),
    request('host literal with x-forwarded-host', '/host-append', { headers: { 'x-forwarded-host': 'first.com' } }),
    request('host from a header', '/host-header', { headers: { 'x-host': 'chosen.com' } }),
    request('host from a header that is missing', '/host-header'),
    request('host of the endpoint', '/host-auto'),
    request('host from the path', '/host-path/deep.com/x?y'),
    request('template', '/t/1/2/3?q'),
    request('what is told upstream of the original', '/prefix/a', { headers: { 'x-envoy-original-path': '/lie' } }),
    request('no rewrite', '/plain//a/../b?c#'),
    request('no rewrite, odd bytes', '/plain/%zz/%2F/a;b=1'),
  ],
};

function template(text: string): string {
  const type = 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig';
  return `{ path_match_policy: { name: match, typed_config: { '@type': ${type}, path_template: '${text}' } } }`;
}

function rewriteTemplate(text: string): string {
  const type = 'envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig';
  return `path_rewrite_policy: { name: rewrite, typed_config: { '@type': ${type}, path_template_rewrite: '${text}' } }`;
}
