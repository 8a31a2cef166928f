/** Which requests a rule is for, as a match of a route. */
import type {
  HeaderMatcherJson,
  QueryParameterMatcherJson,
  RouteMatchJson,
} from '@weft/proto/envoy/config/route/v3/route_components';
import type { MetadataMatcherJson } from '@weft/proto/envoy/type/matcher/v3/metadata';
import type { StringMatcherJson } from '@weft/proto/envoy/type/matcher/v3/string';
import type { HttpMatchSpec } from '../../../mesh/model/index.ts';
import { compareText } from '../../../mesh/names/object-ref.ts';

type StringMatch = NonNullable<HttpMatchSpec['uri']>;
type Matches = Readonly<Record<string, StringMatch>>;

/** Where the filter for tokens leaves the claims of the caller. */
const JWT_FILTER = 'envoy.filters.http.jwt_authn';
const JWT_CLAIMS = '@request.auth.claims';
/** Stands for "is there" rather than for an expression. */
const ANY_VALUE = '*';

/** The match of a route; without one of the user it is for every request. */
export function routeMatch(match: HttpMatchSpec | undefined): RouteMatchJson {
  if (match === undefined) return { prefix: '/' };
  const { headers = {}, withoutHeaders = {}, queryParams = {} } = match;
  const claims = [...claimMatchers(headers, false), ...claimMatchers(withoutHeaders, true)];
  const fields = [...headerMatchers(headers, false), ...headerMatchers(withoutHeaders, true)].toSorted((a, b) =>
    compareText(a.name ?? '', b.name ?? ''),
  );
  for (const [name, value] of [
    [':method', match.method],
    [':authority', match.authority],
    [':scheme', match.scheme],
  ] as const) {
    if (value !== undefined) fields.push(headerMatcher(name, value, false));
  }
  const parameters = entries(queryParams).map(([name, value]) => parameterMatcher(name, value));
  return {
    ...pathMatch(match.uri),
    caseSensitive: match.ignoreUriCase !== true,
    ...(fields.length === 0 ? {} : { headers: fields }),
    ...(parameters.length === 0 ? {} : { queryParameters: parameters }),
    ...(claims.length === 0 ? {} : { dynamicMetadata: claims }),
  };
}

/** Whether a match is for every request: nothing behind it is ever reached (SEMANTICS 7). */
export function isCatchAll({ prefix, safeRegex, headers, queryParameters, dynamicMetadata }: RouteMatchJson): boolean {
  const isEveryPath = prefix === '/' || safeRegex?.regex === '.*';
  return isEveryPath && headers === undefined && queryParameters === undefined && dynamicMetadata === undefined;
}

/** A text as a matcher; undefined when the user asks for none. */
export function stringMatcher({ exact, prefix, regex }: StringMatch): StringMatcherJson | undefined {
  if (exact !== undefined) return { exact };
  if (prefix !== undefined) return { prefix };
  return regex === undefined ? undefined : { safeRegex: { regex } };
}

function pathMatch({ exact, prefix, regex }: StringMatch = {}): RouteMatchJson {
  if (exact !== undefined) return { path: exact };
  if (regex !== undefined) return { safeRegex: { regex } };
  return { prefix: prefix ?? '/' };
}

function headerMatchers(matches: Matches, isInverted: boolean): HeaderMatcherJson[] {
  return entries(matches).flatMap(([name, value]) =>
    claimPath(name) === undefined ? [headerMatcher(name, value, isInverted)] : [],
  );
}

function headerMatcher(name: string, value: StringMatch, isInverted: boolean): HeaderMatcherJson {
  const matcher = isPresence(value) ? undefined : stringMatcher(value);
  // A header that is not there does not have the value: without this, an inverted match would fail for it.
  const inverted = isInverted ? { invertMatch: true, ...(matcher && { treatMissingHeaderAsEmpty: true }) } : {};
  return { name, ...(matcher === undefined ? { presentMatch: true } : { stringMatch: matcher }), ...inverted };
}

function parameterMatcher(name: string, value: StringMatch): QueryParameterMatcherJson {
  const matcher = isPresence(value) ? undefined : stringMatcher(value);
  return { name, ...(matcher === undefined ? { presentMatch: true } : { stringMatch: matcher }) };
}

function isPresence(value: StringMatch): boolean {
  return value.regex === ANY_VALUE || (value.exact ?? value.prefix ?? value.regex) === undefined;
}

/** Claims are texts, or lists that have the text. */
function claimMatchers(matches: Matches, invert: boolean): MetadataMatcherJson[] {
  return entries(matches).flatMap(([name, value]) => {
    const path = claimPath(name);
    if (path === undefined) return [];
    const matcher = isPresence(value) ? undefined : stringMatcher(value);
    const one = matcher === undefined ? { presentMatch: true } : { stringMatch: matcher };
    const some = matcher === undefined ? one : { orMatch: { valueMatchers: [one, { listMatch: { oneOf: one } }] } };
    return [
      {
        filter: JWT_FILTER,
        path: ['payload', ...path].map((key) => ({ key })),
        value: some,
        ...(invert ? { invert } : {}),
      },
    ];
  });
}

/** `@request.auth.claims.a.b` and `@request.auth.claims[a][b]` name the same claim; undefined for headers. */
function claimPath(header: string): readonly string[] | undefined {
  if (!header.toLowerCase().startsWith(JWT_CLAIMS)) return undefined;
  const rest = header.slice(JWT_CLAIMS.length);
  if (rest.startsWith('.') && rest.length > 1) return rest.slice(1).split('.');
  if (!/^(?:\[[^[\]]+\])+$/.test(rest)) return undefined;
  return rest.slice(1, -1).split('][');
}

/** Users' maps have no order; routes do. */
function entries(matches: Matches): [string, StringMatch][] {
  return Object.entries(matches).toSorted(([a], [b]) => compareText(a, b));
}
