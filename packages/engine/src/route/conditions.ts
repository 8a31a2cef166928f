/** The conditions of a route beyond its path, in Envoy's order. */
import type { RouteMatch, RouteMatch_TlsContextMatchOptions } from '@weft/proto/envoy/config/route/v3/route_components';
import type { CompileContext } from '../compile/context.ts';
import { compileCookieMessage } from '../compile/matchers/cookie-matcher.ts';
import { compileFilterStateMessage, type FilterStateMatcher } from '../compile/matchers/filter-state-matcher.ts';
import { compileRuntimeFraction } from '../compile/matchers/fraction.ts';
import { compileHeaderMessages } from '../compile/matchers/header-matcher.ts';
import { compileMetadataMessage } from '../compile/matchers/metadata-matcher.ts';
import { compileList } from '../compile/matchers/outcome.ts';
import { compileQueryMessages } from '../compile/matchers/query-parameter-matcher.ts';
import type { CookieMatcher } from '../match/cookie-matcher.ts';
import { hitsRuntimeFraction, type RuntimeFraction } from '../match/fraction.ts';
import type { HeaderMatcher, HeaderSource } from '../match/header-matcher.ts';
import type { MetadataMatcher } from '../match/metadata-matcher.ts';
import type { QueryMatcher } from '../match/query-matcher.ts';
import type { ConnectionView } from '../view/connection-view.ts';
import type { RequestView } from '../view/request-view.ts';
import type { RouteInput } from './route-input.ts';

/** One condition of a route. */
export interface Condition {
  holds(request: RequestView, connection: ConnectionView, input: RouteInput): boolean;
  describe(): string;
}

/** Compiles everything of a route's match but its path; undefined when there was a problem. */
export function compileConditions(
  match: RouteMatch,
  path: string,
  context: CompileContext,
): readonly Condition[] | undefined {
  const conditions: Condition[] = [];
  const before = context.problems.count;
  if (match.runtimeFraction !== undefined) {
    const fraction = compileRuntimeFraction(match.runtimeFraction, `${path}.runtime_fraction`, context);
    if (fraction !== undefined) conditions.push(fractionCondition(fraction));
  }
  if (match.grpc !== undefined) conditions.push(GRPC);
  const headers = compileHeaderMessages(match.headers, `${path}.headers`, context);
  if (headers !== undefined) conditions.push(...headers.map(headerCondition));
  const queries = compileQueryMessages(match.queryParameters, `${path}.query_parameters`, context);
  if (queries !== undefined) conditions.push(...queries.map(queryCondition));
  if (match.tlsContext !== undefined) conditions.push(...tlsConditions(match.tlsContext));
  const metadata = compileList(match.dynamicMetadata, `${path}.dynamic_metadata`, (message, at) =>
    compileMetadataMessage(message, at, context),
  );
  if (metadata !== undefined) conditions.push(...metadata.map(metadataCondition));
  const cookies = compileList(match.cookies, `${path}.cookies`, (message, at) =>
    compileCookieMessage(message, at, context),
  );
  if (cookies !== undefined) conditions.push(...cookies.map(cookieCondition));
  const states = compileList(match.filterState, `${path}.filter_state`, (message, at) =>
    compileFilterStateMessage(message, at, context),
  );
  if (states !== undefined) conditions.push(...states.map(filterStateCondition));
  return context.problems.count === before ? conditions : undefined;
}

/** Whether the request is a CONNECT, or asks to carry UDP. */
export function isConnect(request: RequestView): boolean {
  return request.method === 'CONNECT' || request.get('upgrade')?.toLowerCase() === 'connect-udp';
}

/** The condition of a connect matcher. */
export const CONNECT: Condition = { holds: isConnect, describe: () => 'request is a CONNECT' };

const GRPC_CONTENT_TYPE = 'application/grpc';

/** Whether the content type is that of gRPC: alone, or followed by a message format; gRPC-Web is another one. */
export function isGrpc(headers: HeaderSource): boolean {
  const type = headers.get('content-type');
  if (type === undefined || !type.startsWith(GRPC_CONTENT_TYPE)) return false;
  return type.length === GRPC_CONTENT_TYPE.length || type.charCodeAt(GRPC_CONTENT_TYPE.length) === 0x2b;
}

const GRPC: Condition = { holds: isGrpc, describe: () => 'request is gRPC' };

function fractionCondition(fraction: RuntimeFraction): Condition {
  const key = fraction.runtimeKey === '' ? '' : `, or what runtime key ${fraction.runtimeKey} says`;
  return {
    holds: (_request, _connection, input) => hitsRuntimeFraction(fraction, input.randomValue, input.runtime),
    describe: () => `random value within ${fraction.numerator}/${fraction.denominator}${key}`,
  };
}

function headerCondition(matcher: HeaderMatcher): Condition {
  return { holds: (request) => matcher.matches(request), describe: () => matcher.describe() };
}

function queryCondition(matcher: QueryMatcher): Condition {
  return { holds: (request) => matcher.matches(queryOf(request.path)), describe: () => matcher.describe() };
}

/** What follows the first `?`; as in Envoy, a fragment is not cut off. */
export function queryOf(path: string): string {
  const mark = path.indexOf('?');
  return mark === -1 ? '' : path.slice(mark + 1);
}

function tlsConditions({ presented, validated }: RouteMatch_TlsContextMatchOptions): Condition[] {
  const conditions: Condition[] = [];
  if (presented !== undefined) {
    conditions.push({
      holds: (_request, { tls }) => (tls?.peer !== undefined) === presented,
      describe: () => `client certificate ${presented ? '' : 'not '}presented`,
    });
  }
  if (validated !== undefined) {
    conditions.push({
      holds: (_request, { tls }) => (tls?.isPeerValidated === true) === validated,
      describe: () => `client certificate ${validated ? '' : 'not '}validated`,
    });
  }
  return conditions;
}

function metadataCondition(matcher: MetadataMatcher): Condition {
  return {
    holds: (_request, _connection, input) => matcher.matches(input.dynamicMetadata),
    describe: () => matcher.describe(),
  };
}

function cookieCondition(matcher: CookieMatcher): Condition {
  return { holds: (request) => matcher.matches(request), describe: () => matcher.describe() };
}

function filterStateCondition(matcher: FilterStateMatcher): Condition {
  return { holds: (_request, _connection, input) => matcher.matches(input), describe: () => matcher.describe() };
}
