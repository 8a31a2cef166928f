/** Puts the requests that a real Envoy was asked to the matchers alone: header and cookie conditions, paths, server names. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { unwrap } from '@weft/core';
import { parse } from 'yaml';
import { compileCookieMatcher } from './cookie-matcher.ts';
import { compileHeaderMatcher, type HeaderMatch, type HeaderSource } from './header-matcher.ts';
import { compilePathMatcher, type PathMatcherSpec } from './path-matcher.ts';
import { compileServerNames } from './server-names.ts';
import type { StringMatcherSpec } from './string-matcher.ts';

type Json = Record<string, unknown>;

interface Exchange {
  readonly asked: {
    readonly name: string;
    readonly listener?: string;
    readonly tls?: { readonly serverName?: string };
    readonly steps?: readonly { readonly text?: string }[];
  };
  readonly got: {
    readonly log: readonly { readonly route?: string; readonly details?: string; readonly chain?: string }[];
  };
}

interface Recording {
  readonly listeners: readonly Json[];
  readonly exchanges: readonly Exchange[];
}

interface RouteJson {
  readonly name: string;
  readonly match: Json & { readonly headers?: readonly Json[]; readonly cookies?: readonly Json[] };
}

function readRecording(name: string): Recording {
  const file = new URL(`../../../../e2e/envoy/testdata/${name}.json`, import.meta.url);
  const { bootstrap, exchanges } = JSON.parse(readFileSync(file, 'utf8')) as {
    bootstrap: readonly string[];
    exchanges: readonly Exchange[];
  };
  const whole = parse(bootstrap.join('\n')) as { static_resources: { listeners: readonly Json[] } };
  return { listeners: whole.static_resources.listeners, exchanges };
}

function routesOf({ listeners }: Recording): readonly RouteJson[] {
  const chains = listeners[0]!['filter_chains'] as {
    filters: { typed_config: { route_config: { virtual_hosts: { routes: RouteJson[] }[] } } }[];
  }[];
  return chains[0]!.filters[0]!.typed_config.route_config.virtual_hosts[0]!.routes;
}

interface Request extends HeaderSource {
  readonly path: string;
}

/** The request as its bytes were sent, with the fields that every proxy adds. */
function requestOf({ asked }: Exchange): Request | undefined {
  const [head = ''] = (asked.steps?.[0]?.text ?? '').split('\r\n\r\n');
  const [start = '', ...rest] = head.split('\r\n');
  const [method = '', target = ''] = start.split(' ');
  if (!target.startsWith('/')) return undefined;
  const lines = rest.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')] as const;
  });
  const pseudo = new Map([
    [':method', method],
    [':path', target],
    [':scheme', 'http'],
    [':authority', lines.find(([name]) => name === 'host')?.[1] ?? ''],
  ]);
  const all = (name: string): readonly string[] => lines.filter(([key]) => key === name).map(([, value]) => value);
  return {
    path: target.split('?')[0]!,
    get: (name) =>
      pseudo.get(name) ?? (all(name).length === 0 ? undefined : all(name).join(name === 'cookie' ? '; ' : ',')),
    repeated: (name) => (all(name).length > 1 ? all(name) : undefined),
  };
}

function textOf(value: unknown): string {
  assert.equal(typeof value, 'string');
  return value as string;
}

function stringSpec(json: Json): StringMatcherSpec {
  const ignoreCase = json['ignore_case'] === true;
  for (const kind of ['exact', 'prefix', 'suffix', 'contains'] as const) {
    if (json[kind] !== undefined) return { kind, value: textOf(json[kind]), ignoreCase };
  }
  return { kind: 'regex', regex: (json['safe_regex'] as { regex: string }).regex, ignoreCase };
}

function headerMatch(json: Json): HeaderMatch | undefined {
  if (json['string_match'] !== undefined) return { kind: 'string', string: stringSpec(json['string_match'] as Json) };
  if (json['safe_regex_match'] !== undefined)
    return { kind: 'regex', regex: (json['safe_regex_match'] as { regex: string }).regex };
  if (json['exact_match'] !== undefined) return { kind: 'exact', value: textOf(json['exact_match']) };
  if (json['present_match'] !== undefined) return { kind: 'present', isPresent: json['present_match'] === true };
  if (json['range_match'] === undefined) return undefined;
  const { start, end } = json['range_match'] as { start: number; end: number };
  return { kind: 'range', range: { start: BigInt(start), end: BigInt(end) } };
}

type Test = (request: Request) => boolean;

function headerTest(json: Json): Test {
  const match = headerMatch(json);
  const matcher = unwrap(
    compileHeaderMatcher(
      {
        name: textOf(json['name']),
        invertMatch: json['invert_match'] === true,
        treatMissingHeaderAsEmpty: json['treat_missing_header_as_empty'] === true,
        ...(match === undefined ? {} : { match }),
      },
      'headers',
    ),
  );
  return (request) => matcher.matches(request);
}

function cookieTest(json: Json): Test {
  const string = stringSpec(json['string_match'] as Json);
  const matcher = unwrap(
    compileCookieMatcher({ name: textOf(json['name']), string, invertMatch: json['invert_match'] === true }, 'cookies'),
  );
  return (request) => matcher.matches(request);
}

function pathSpec(match: Json): PathMatcherSpec | undefined {
  const ignoreCase = match['case_sensitive'] === false;
  if (match['path'] !== undefined) return { kind: 'exact', value: textOf(match['path']), ignoreCase };
  if (match['prefix'] !== undefined) return { kind: 'prefix', value: textOf(match['prefix']), ignoreCase };
  if (match['path_separated_prefix'] !== undefined)
    return { kind: 'separatedPrefix', value: textOf(match['path_separated_prefix']), ignoreCase };
  if (match['safe_regex'] !== undefined)
    return { kind: 'regex', regex: (match['safe_regex'] as { regex: string }).regex };
  const policy = match['path_match_policy'] as { typed_config: { path_template: string } } | undefined;
  return policy === undefined ? undefined : { kind: 'template', template: policy.typed_config.path_template };
}

/** Conditions that are of other matchers: their routes are left out with the requests for them. */
const FOREIGN = ['query_parameters', 'grpc', 'runtime_fraction', 'tls_context', 'dynamic_metadata', 'connect_matcher'];

for (const name of ['route-path', 'route-headers', 'route-conditions']) {
  test(`${name}: the first route whose conditions hold is Envoy's`, () => {
    const recording = readRecording(name);
    const routes = routesOf(recording).flatMap(({ name: route, match }) => {
      const spec = pathSpec(match);
      if (spec === undefined || FOREIGN.some((field) => field in match)) return [];
      const path = unwrap(compilePathMatcher(spec, 'match'));
      const tests = [...(match.headers ?? []).map(headerTest), ...(match.cookies ?? []).map(cookieTest)];
      return [
        { route, matches: (request: Request) => path.matches(request.path) && tests.every((holds) => holds(request)) },
      ];
    });
    let compared = 0;
    for (const exchange of recording.exchanges) {
      const request = requestOf(exchange);
      const [log] = exchange.got.log;
      const isRouted = log?.details === 'route_not_found' || log?.details === 'direct_response';
      const isOurs = log?.route === undefined || routes.some(({ route }) => route === log.route);
      if (request === undefined || !isRouted || !isOurs) continue;
      compared += 1;
      assert.equal(routes.find(({ matches }) => matches(request))?.route, log.route, exchange.asked.name);
    }
    assert.ok(compared > 30, `only ${compared} requests were compared`);
  });
}

test('server names lead to the filter chain that Envoy takes', () => {
  const { listeners, exchanges } = readRecording('filter-chains');
  const chains = listeners.find((listener) => listener['name'] === 'names')!['filter_chains'] as {
    name: string;
    filter_chain_match: { server_names?: readonly string[] };
  }[];
  const entries = chains.map(({ name, filter_chain_match: match }) => ({
    names: match.server_names ?? [],
    value: name,
    owner: name,
  }));
  const names = unwrap(compileServerNames(entries, 'filter_chains'));
  const asked = exchanges.filter((exchange) => exchange.asked.listener === 'names');
  for (const { asked: one, got } of asked)
    assert.equal(names.find(one.tls?.serverName ?? ''), got.log[0]!.chain, one.name);
  assert.equal(asked.length, 10);
});
