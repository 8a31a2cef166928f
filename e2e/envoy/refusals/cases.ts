/** Configurations that Envoy may refuse, each in one point; its verdict and its words are recorded beside them. */
import { bootstrap, type HttpListener } from '../bootstrap.ts';

const ANSWER = 'direct_response: { status: 200 }';
const OTHER = 'cluster: echo';

function match(text: string): HttpListener {
  return { routes: `- { match: { ${text} }, ${ANSWER} }` };
}

function header(text: string): HttpListener {
  return match(`prefix: /, headers: [{ name: x-h, ${text} }]`);
}

function cookie(text: string): HttpListener {
  return match(`prefix: /, cookies: [{ ${text} }]`);
}

function query(text: string): HttpListener {
  return match(`prefix: /, query_parameters: [{ ${text} }]`);
}

function template(text: string): HttpListener {
  const type = 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig';
  return match(`path_match_policy: { name: t, typed_config: { '@type': ${type}, path_template: '${text}' } }`);
}

function regex(text: string): HttpListener {
  return match(`safe_regex: { regex: '${text}' }`);
}

function rewrite(pattern: string, substitution: string): HttpListener {
  const rule = `regex_rewrite: { pattern: { regex: '${pattern}' }, substitution: '${substitution}' }`;
  return { routes: `- { match: { prefix: / }, route: { ${OTHER}, ${rule} } }` };
}

function route(text: string): HttpListener {
  return { routes: `- { match: { prefix: / }, route: { ${OTHER}, ${text} } }` };
}

function redirect(text: string): HttpListener {
  return { routes: `- { match: { prefix: / }, redirect: { ${text} } }` };
}

function domains(...lists: readonly string[]): HttpListener {
  return {
    virtualHosts: lists
      .map((list, i) => `- { name: v${i}, domains: [${list}], routes: [{ match: { prefix: / }, ${ANSWER} }] }\n`)
      .join(''),
  };
}

function add(text: string): HttpListener {
  return { routes: `- { match: { prefix: / }, ${ANSWER}, response_headers_to_add: [{ header: { ${text} } }] }` };
}

function log(text: string): HttpListener {
  return { ...match('prefix: /'), logText: text };
}

/** Name to the listener that is put to the proxy. */
const LISTENERS: Readonly<Record<string, HttpListener>> = {
  'nothing wrong': match('prefix: /'),
  'match: nothing': match(''),
  'match: an empty prefix': match("prefix: ''"),
  'match: a prefix without a slash': match('prefix: a'),
  'match: an empty path': match("path: ''"),
  'match: a path with a fragment': match("path: '/a#b'"),
  'separated: empty': match("path_separated_prefix: ''"),
  'separated: a slash': match('path_separated_prefix: /'),
  'separated: a slash at the end': match('path_separated_prefix: /a/'),
  'separated: a query': match("path_separated_prefix: '/a?b'"),
  'separated: a fragment': match("path_separated_prefix: '/a#b'"),
  'separated: no slash': match('path_separated_prefix: a'),
  'regex: empty': regex(''),
  'regex: lookahead': regex('(?=a)'),
  'regex: backreference': regex('(a)\\1'),
  'regex: unclosed': regex('('),
  'regex: any byte': regex('\\C'),
  'regex: large': regex('(abcdefghij){20}'),
  'regex: as large as allowed': regex('a'.repeat(96)),
  'regex: one character too large': regex('a'.repeat(97)),
  'regex: a long text behind ^': regex(`^${'a'.repeat(300)}.*$`),
  'regex: a longer text behind an inner ^': regex(`(^|/)${'a'.repeat(103)}$`),
  'regex: larger': regex('(abcdefghij){200}'),
  'regex: largest': regex('((abcdefghij){100}){100}'),
  'regex: repeated 1001 times': regex('a{1001}'),
  'regex: a large set': regex('[[:word:]]{30}'),
  'regex: a class of Unicode': regex('\\pL+'),
  'regex: many alternatives': regex(Array.from({ length: 60 }, (_, i) => `/route-${i}/.*`).join('|')),
  'regex: its own limit': match("safe_regex: { google_re2: { max_program_size: 10 }, regex: 'abcdefghijklmnop' }"),
  'regex: its own higher limit': match(
    "safe_regex: { google_re2: { max_program_size: 1000 }, regex: '(abcdefghij){20}' }",
  ),
  'regex: case_sensitive': match("safe_regex: { regex: 'a' }, case_sensitive: false"),
  'template: no slash': template('a'),
  'template: twice a variable': template('/{a}/{a}'),
  'template: six variables': template('/{a}/{b}/{c}/{d}/{e}/{f}'),
  'template: text glob not last': template('/**/*'),
  'template: text glob and a literal': template('/**/a'),
  'template: literal around a glob': template('/a*b/c'),
  'template: a suffix in the middle': template('/*a/b'),
  'template: an equals sign': template('/a=b'),
  'template: a long name': template('/{abcdefghijklmnopq}'),
  'template: an empty segment': template('/a//b'),
  'template: an empty pattern': template('/{a=}'),
  'template: a pattern with a slash first': template('/{a=/b}'),
  'template: a pattern of globs': template('/{a=*/*}'),
  'template: a slash at the end': template('/a/'),
  'template: braces': template('/a{b'),
  'template: percent': template('/a%20b'),
  'template: pipe': template('/a|b'),
  'template: a variable with a suffix': template('/{a}.html'),
  'template: a variable with a prefix': template('/x{a}'),
  'template: too long': template(`/${'a'.repeat(300)}`),
  'template: only a slash': template('/'),
  'header: empty name': match("prefix: /, headers: [{ name: '' }]"),
  'header: a space in the name': match("prefix: /, headers: [{ name: 'a b' }]"),
  'header: an empty prefix': header("string_match: { prefix: '' }"),
  'header: an empty suffix, old': header("suffix_match: ''"),
  'header: an empty exact': header("string_match: { exact: '' }"),
  'header: regex and ignore_case': header('string_match: { safe_regex: { regex: a }, ignore_case: true }'),
  'header: nothing in string_match': header('string_match: {}'),
  'header: a range that is empty': header('range_match: { start: 10, end: 10 }'),
  'header: a range upside down': header('range_match: { start: 10, end: 1 }'),
  'cookie: empty name': cookie("name: '', string_match: { exact: a }"),
  'cookie: a space in the name': cookie("name: 'a b', string_match: { exact: a }"),
  'cookie: no condition': cookie('name: a'),
  'query: empty name': query("name: ''"),
  'query: an empty prefix': query("name: a, string_match: { prefix: '' }"),
  'query: a long name': query(`name: ${'a'.repeat(1025)}`),
  'domains: none': domains(''),
  'domains: empty': domains("''"),
  'domains: twice in one': domains('a.com, a.com'),
  'domains: twice': domains('a.com', 'a.com'),
  'domains: twice in other cases': domains('a.com', 'A.com'),
  'domains: wildcard twice': domains("'*.a.com'", "'*.A.com'"),
  'domains: everything twice': domains("'*'", "'*'"),
  'domains: a star in the middle': domains("'a.*.com'"),
  'domains: two stars': domains("'*a*'"),
  'domains: a star and text': domains("'*a'"),
  'domains: a star before text and a port': domains("'*:80'"),
  'domains: with a space': domains("'a b'"),
  'domains: with a line break': domains('"a\\nb"'),
  'domains: with a path': domains('a.com/b'),
  'domains: a name twice': {
    virtualHosts: `- { name: v, domains: [a], routes: [] }\n- { name: v, domains: [b], routes: [] }`,
  },
  'substitution: a group too many': rewrite('(a)', '\\2'),
  'substitution: a single backslash': rewrite('a', '\\'),
  'substitution: an unknown escape': rewrite('a', '\\x'),
  'substitution: the whole match': rewrite('a', '\\0'),
  'substitution: empty': rewrite('a', ''),
  'substitution: a line break': {
    routes:
      '- { match: { prefix: / }, route: { cluster: echo, regex_rewrite: { pattern: { regex: a }, substitution: "\\n" } } }',
  },
  'route: two rewrites': route('prefix_rewrite: /a, regex_rewrite: { pattern: { regex: a }, substitution: b }'),
  'route: two host rewrites': route('host_rewrite_literal: a, auto_host_rewrite: true'),
  'route: auto host rewrite of a static cluster': route('auto_host_rewrite: true'),
  'route: a timeout below zero': route('timeout: -1s'),
  'route: an unknown retry_on': route('retry_policy: { retry_on: "5xx,nonsense" }'),
  'route: a back-off upside down': route('retry_policy: { retry_back_off: { base_interval: 1s, max_interval: 0.1s } }'),
  'route: a back-off of nothing': route('retry_policy: { retry_back_off: { base_interval: 0s } }'),
  'route: an unknown cluster': { routes: '- { match: { prefix: / }, route: { cluster: unknown } }' },
  'route: weights of zero': {
    routes: '- { match: { prefix: / }, route: { weighted_clusters: { clusters: [{ name: echo, weight: 0 }] } } }',
  },
  'route: no action': { routes: '- { match: { prefix: / } }' },
  'route: two actions': {
    routes: '- { match: { prefix: / }, route: { cluster: echo }, direct_response: { status: 200 } }',
  },
  'route: an upgrade twice': route('upgrade_configs: [{ upgrade_type: a }, { upgrade_type: A }]'),
  'redirect: two schemes': redirect('https_redirect: true, scheme_redirect: http'),
  'redirect: two paths': redirect('path_redirect: /a, prefix_rewrite: /b'),
  'redirect: nothing': redirect(''),
  'redirect: a line break': redirect('path_redirect: "/a\\nb"'),
  'direct: a status too low': { routes: '- { match: { prefix: / }, direct_response: { status: 199 } }' },
  'direct: a status too high': { routes: '- { match: { prefix: / }, direct_response: { status: 600 } }' },
  'direct: a large body': {
    routes: `- { match: { prefix: / }, direct_response: { status: 200, body: { inline_string: '${'x'.repeat(5000)}' } } }`,
  },
  'add: host': add('key: host, value: a'),
  'add: a pseudo-header': add("key: ':path', value: a"),
  'add: an empty key': add("key: '', value: a"),
  'add: a space in the key': add("key: 'a b', value: a"),
  'add: content-length': add('key: content-length, value: "1"'),
  'add: an unknown operator': add("key: a, value: '%NONSENSE%'"),
  'add: a single percent': add("key: a, value: '100%'"),
  'add: an unclosed operator': add("key: a, value: '%REQ(a'"),
  'remove: host': { routes: `- { match: { prefix: / }, ${ANSWER}, request_headers_to_remove: [host] }` },
  'remove: a pseudo-header': { routes: `- { match: { prefix: / }, ${ANSWER}, request_headers_to_remove: [':path'] }` },
  'log: an unknown operator': log('%NONSENSE%'),
  'log: a single percent': log('100%'),
  'log: two percents': log('100%%'),
  'log: REQ without a name': log('%REQ()%'),
  'log: REQ without brackets': log('%REQ%'),
  'log: REQ with three names': log('%REQ(a?b?c)%'),
  'log: a length of zero': log('%REQ(a):0%'),
  'log: a length below zero': log('%REQ(a):-1%'),
  'log: a length that is none': log('%REQ(a):x%'),
  'log: a length where there is none': log('%PROTOCOL:3%'),
  'log: arguments where there are none': log('%PROTOCOL(a)%'),
  'log: lower case': log('%protocol%'),
  'manager: no stat prefix': { ...match('prefix: /'), hcm: "stat_prefix: ''" },
  'manager: a stream duration below zero': {
    ...match('prefix: /'),
    hcm: 'common_http_protocol_options: { max_stream_duration: -1s }',
  },
  'manager: large heads': { ...match('prefix: /'), hcm: 'max_request_headers_kb: 8193' },
  'manager: trusted hops with an extension': {
    ...match('prefix: /'),
    hcm: "{ xff_num_trusted_hops: 1, original_ip_detection_extensions: [{ name: x, typed_config: { '@type': envoy.extensions.http.original_ip_detection.xff.v3.XffConfig } }] }",
  },
  'manager: remote address with an extension': {
    ...match('prefix: /'),
    hcm: "{ use_remote_address: true, original_ip_detection_extensions: [{ name: x, typed_config: { '@type': envoy.extensions.http.original_ip_detection.xff.v3.XffConfig } }] }",
  },
  'manager: both ways to strip ports': {
    ...match('prefix: /'),
    hcm: '{ strip_any_host_port: true, strip_matching_host_port: true }',
  },
  'manager: an unknown field': { ...match('prefix: /'), hcm: 'no_such_field: 1' },
  'manager: an upgrade twice': {
    ...match('prefix: /'),
    hcm: 'upgrade_configs: [{ upgrade_type: websocket }, { upgrade_type: WebSocket }]',
  },
  'filters: the router first': {
    ...match('prefix: /'),
    filters: "- { '@type': envoy.extensions.filters.http.router.v3.Router }",
  },
  'filters: a name twice': {
    ...match('prefix: /'),
    filters:
      "- { name: a, typed_config: { '@type': envoy.extensions.filters.http.cors.v3.Cors } }\n- { name: a, typed_config: { '@type': envoy.extensions.filters.http.cors.v3.Cors } }",
  },
  'filters: per route for a filter that is not there': {
    routes: `- { match: { prefix: / }, ${ANSWER}, typed_per_filter_config: { nobody: { '@type': envoy.extensions.filters.http.cors.v3.CorsPolicy } } }`,
  },
  'filters: per route of another type': {
    routes: `- { match: { prefix: / }, ${ANSWER}, typed_per_filter_config: { Cors: { '@type': envoy.extensions.filters.http.buffer.v3.BufferPerRoute, disabled: true } } }`,
    filters: "- { '@type': envoy.extensions.filters.http.cors.v3.Cors }",
  },
};

/** A configuration with its name. */
export interface Doubtful {
  readonly name: string;
  readonly listener: HttpListener;
  readonly bootstrap: string;
}

/** Every configuration. */
export const DOUBTFUL: readonly Doubtful[] = Object.entries(LISTENERS).map(([name, listener]) => ({
  name,
  listener,
  bootstrap: bootstrap({ listeners: { main: listener }, clusters: { echo: 'echo' } }),
}));
