/** The indexed search for a route against the plain reading of Envoy's rules: each route in order, conditions and then path. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { findRoute } from './find-route.ts';
import { compileYaml } from './test-support/compile.ts';
import { connectionView, type RequestSpec, requestView, routeInput } from './test-support/views.ts';

interface NaiveRoute {
  readonly kind: 'prefix' | 'path' | 'path_separated_prefix' | 'safe_regex' | 'connect_matcher';
  readonly text: string;
  readonly ignoresCase: boolean;
  readonly header: 'none' | 'present' | 'absent' | 'is-1';
  readonly query: 'none' | 'present';
  readonly isGrpc: boolean;
  readonly numerator: number | undefined;
}

function takes(route: NaiveRoute, request: RequestSpec, random: number): boolean {
  const { path = '/', method, headers = {} } = request;
  if (route.numerator !== undefined && random % 100 >= route.numerator) return false;
  if (route.isGrpc && headers['content-type'] !== 'application/grpc') return false;
  const value = headers['x'];
  if (route.header === 'present' && value === undefined) return false;
  if (route.header === 'absent' && value !== undefined) return false;
  if (route.header === 'is-1' && value !== '1') return false;
  const [plain = '', query = ''] = path.split('?', 2);
  if (route.query === 'present' && !query.split('&').some((part) => part.split('=')[0] === 'q')) return false;
  if (route.kind === 'connect_matcher') return method === 'CONNECT';
  return path !== '' && takesPath(route, plain);
}

function takesPath({ kind, text, ignoresCase }: NaiveRoute, plain: string): boolean {
  if (kind === 'safe_regex') return new RegExp(`^(?:${text}.*)$`).test(plain);
  const [own, wanted] = ignoresCase ? [plain.toLowerCase(), text.toLowerCase()] : [plain, text];
  if (kind === 'path') return own === wanted;
  if (!own.startsWith(wanted)) return false;
  return kind === 'prefix' || own.length === wanted.length || own[wanted.length] === '/';
}

function toMessage(route: NaiveRoute, i: number): object {
  const { kind, text } = route;
  const path = kind === 'safe_regex' ? { regex: `${text}.*` } : kind === 'connect_matcher' ? {} : text;
  const header = { none: [], present: [{ present_match: true }], absent: [{ present_match: false }] };
  const headers = route.header === 'is-1' ? [{ string_match: { exact: '1' } }] : header[route.header];
  return {
    name: String(i),
    match: {
      [kind]: path,
      case_sensitive: !route.ignoresCase,
      headers: headers.map((condition) => ({ name: 'X', ...condition })),
      ...(route.query === 'present' ? { query_parameters: [{ name: 'q' }] } : {}),
      ...(route.isGrpc ? { grpc: {} } : {}),
      ...(route.numerator === undefined ? {} : { runtime_fraction: { default_value: { numerator: route.numerator } } }),
    },
    direct_response: { status: 200 },
  };
}

/** Few letters, so that texts are each other's prefixes often. */
const text = fc
  .array(fc.constantFrom('a', 'B', 'b', '/', '/a'), { maxLength: 4 })
  .map((parts) => `/${parts.join('')}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1'));

const anyRoute: fc.Arbitrary<NaiveRoute> = fc.record({
  kind: fc.constantFrom('prefix', 'path', 'path_separated_prefix', 'safe_regex', 'connect_matcher'),
  text,
  ignoresCase: fc.boolean(),
  header: fc.constantFrom('none', 'none', 'present', 'absent', 'is-1'),
  query: fc.constantFrom('none', 'none', 'none', 'present'),
  isGrpc: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
  numerator: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.integer({ min: 0, max: 100 })),
});

/** A separated prefix may not end with a slash. */
const route = anyRoute.map((each) =>
  each.kind === 'path_separated_prefix' && each.text === '/' ? { ...each, text: '/a' } : each,
);

const request: fc.Arbitrary<RequestSpec> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'CONNECT'),
  path: fc
    .tuple(text, fc.constantFrom('', '?q', '?a=q&q=1', '?p'), fc.boolean())
    .map(([plain, query, isBare]) => (isBare ? `${plain}${query}` : `${plain}/x${query}`)),
  headers: fc.constantFrom<Record<string, string>>({}, { x: '1' }, { x: '2' }, { 'content-type': 'application/grpc' }),
});

test('the route is the first one that the rules let take the request', () => {
  fc.assert(
    fc.property(
      fc.array(route, { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(request, fc.nat({ max: 2 ** 31 })), { minLength: 1, maxLength: 8 }),
      (routes, calls) => {
        const config = compileYaml(
          stringify({ virtual_hosts: [{ name: 'v', domains: ['*'], routes: routes.map(toMessage) }] }),
        );
        for (const [spec, randomValue] of calls) {
          const asked = spec.method === 'CONNECT' ? { ...spec, path: '' } : spec;
          const expected = routes.findIndex((each) => takes(each, asked, randomValue));
          const found = findRoute(config, requestView(asked), connectionView(), routeInput({ randomValue }));
          assert.equal(found.route?.name ?? '-1', String(expected), JSON.stringify([routes, asked]));
        }
      },
    ),
    { numRuns: 300 },
  );
});
