import type { CorsPolicy } from '@weft/proto/envoy/config/route/v3/route_components';
import type { Cors, CorsPolicy as FilterCorsPolicy } from '@weft/proto/envoy/extensions/filters/http/cors/v3/cors';
import { compileRuntimeFraction } from '../compile/matchers/fraction.ts';
import { compileList } from '../compile/matchers/outcome.ts';
import { compileStringMessage } from '../compile/matchers/string-matcher.ts';
import { supports } from '../compile/support.ts';
import { hitsRuntimeFraction, type RuntimeFraction } from '../match/fraction.ts';
import type { StringMatcher } from '../match/string-matcher.ts';
import type { Trace } from '../trace/trace.ts';
import type { RequestView } from '../view/request-view.ts';
import type { RouteCompileContext, RouteFilterCompiler } from './context.ts';
import type { RouteInput } from './route-input.ts';

/** What is supported of CORS. */
export const CORS_SUPPORT = [
  supports<Cors>('envoy.extensions.filters.http.cors.v3.Cors', {}),
  supports<FilterCorsPolicy>('envoy.extensions.filters.http.cors.v3.CorsPolicy', {
    allowOriginStringMatch: true,
    allowMethods: true,
    allowHeaders: true,
    exposeHeaders: true,
    maxAge: true,
    allowCredentials: true,
    filterEnabled: true,
    shadowEnabled: true,
    allowPrivateNetworkAccess: true,
    forwardNotMatchingPreflights: true,
  }),
  supports<CorsPolicy>('envoy.config.route.v3.CorsPolicy', {
    allowOriginStringMatch: true,
    allowMethods: true,
    allowHeaders: true,
    exposeHeaders: true,
    maxAge: true,
    allowCredentials: true,
    enabledSpecifier: { filterEnabled: true },
    shadowEnabled: true,
    allowPrivateNetworkAccess: true,
    forwardNotMatchingPreflights: true,
  }),
];

/** The CORS policy of one level; what is empty or undefined is asked of the levels around it. */
export interface CorsPolicyRuntime {
  readonly allowOrigins: readonly StringMatcher[];
  readonly allowMethods: string;
  readonly allowHeaders: string;
  readonly exposeHeaders: string;
  readonly maxAge: string;
  readonly allowCredentials: boolean | undefined;
  readonly allowPrivateNetwork: boolean | undefined;
  readonly forwardsForeignPreflights: boolean | undefined;
  /** Undefined is on. */
  readonly enabled: RuntimeFraction | undefined;
  /** Undefined is off. */
  readonly shadow: RuntimeFraction | undefined;
}

/** What CORS makes of a request. */
export type CorsDecision =
  /** Nothing: it is not about CORS, or CORS is off here. */
  | { readonly kind: 'none' }
  /** Counted, but not acted upon. */
  | { readonly kind: 'shadow'; readonly isOriginAllowed: boolean }
  /** Answered with status 200 and these headers. */
  | { readonly kind: 'preflight'; readonly isOriginAllowed: boolean; readonly headers: readonly CorsHeader[] }
  /** Forwarded; the response gets these headers. */
  | { readonly kind: 'actual'; readonly isOriginAllowed: boolean; readonly headers: readonly CorsHeader[] };

/** A header to set, its name in lower case. */
export type CorsHeader = readonly [name: string, value: string];

/** Compiles a policy of either message; undefined when there was a problem. */
export function compileCorsPolicy(
  message: CorsPolicy | FilterCorsPolicy,
  path: string,
  context: RouteCompileContext,
): CorsPolicyRuntime | undefined {
  const before = context.problems.count;
  const origins = compileList(message.allowOriginStringMatch, `${path}.allow_origin_string_match`, (origin, at) =>
    compileStringMessage(origin, at, context),
  );
  const filterEnabled =
    message.$typeName === 'envoy.config.route.v3.CorsPolicy' ? message.enabledSpecifier.value : message.filterEnabled;
  const { shadowEnabled } = message;
  const enabled = filterEnabled && compileRuntimeFraction(filterEnabled, `${path}.filter_enabled`, context);
  const shadow = shadowEnabled && compileRuntimeFraction(shadowEnabled, `${path}.shadow_enabled`, context);
  if (origins === undefined || context.problems.count !== before) return undefined;
  return Object.freeze({
    allowOrigins: origins,
    allowMethods: message.allowMethods,
    allowHeaders: message.allowHeaders,
    exposeHeaders: message.exposeHeaders,
    maxAge: message.maxAge,
    allowCredentials: message.allowCredentials,
    allowPrivateNetwork: message.allowPrivateNetworkAccess,
    forwardsForeignPreflights: message.forwardNotMatchingPreflights,
    enabled,
    shadow,
  });
}

/** Lets routes configure the CORS filter. */
export const CORS_ROUTE_FILTER: RouteFilterCompiler = {
  typeName: 'envoy.extensions.filters.http.cors.v3.CorsPolicy',
  compile: (message, path, context) => compileCorsPolicy(message as FilterCorsPolicy, path, context),
};

const NONE: CorsDecision = Object.freeze({ kind: 'none' });

/** Decides about a request by the policies that apply to it, the most specific first. */
export function decideCors(
  policies: readonly CorsPolicyRuntime[],
  request: RequestView,
  input: RouteInput,
  trace?: Trace,
): CorsDecision {
  const decision = decide(policies, request, input);
  if (trace !== undefined) traceCors(decision, request, trace);
  return decision;
}

function decide(policies: readonly CorsPolicyRuntime[], request: RequestView, input: RouteInput): CorsDecision {
  const first = policies[0];
  if (first === undefined) return NONE;
  const isEnabled = first.enabled === undefined || isHit(first.enabled, input);
  if (!isEnabled && (first.shadow === undefined || !isHit(first.shadow, input))) return NONE;
  const origin = request.get('origin');
  if (origin === undefined || origin === '') return NONE;
  const isOriginAllowed = allows(policies, origin);
  if (!isEnabled) return { kind: 'shadow', isOriginAllowed };
  const isPreflight = request.method === 'OPTIONS' && (request.get('access-control-request-method') ?? '') !== '';
  if (isPreflight && (isOriginAllowed || isFalse(policies, 'forwardsForeignPreflights'))) {
    return {
      kind: 'preflight',
      isOriginAllowed,
      headers: preflightHeaders(policies, request, origin, isOriginAllowed),
    };
  }
  return { kind: 'actual', isOriginAllowed, headers: isOriginAllowed ? actualHeaders(policies, origin) : [] };
}

function isHit(fraction: RuntimeFraction, input: RouteInput): boolean {
  return hitsRuntimeFraction(fraction, input.randomValue, input.runtime);
}

/** A matcher that accepts `*` accepts every origin. */
function allows(policies: readonly CorsPolicyRuntime[], origin: string): boolean {
  const origins = policies.find((policy) => policy.allowOrigins.length > 0)?.allowOrigins ?? [];
  return origins.some((matcher) => matcher.matches('*') || matcher.matches(origin));
}

type FlagName = 'allowCredentials' | 'allowPrivateNetwork' | 'forwardsForeignPreflights';
type TextName = 'allowMethods' | 'allowHeaders' | 'exposeHeaders' | 'maxAge';

function flagOf(policies: readonly CorsPolicyRuntime[], name: FlagName): boolean | undefined {
  return policies.find((policy) => policy[name] !== undefined)?.[name];
}

function isFalse(policies: readonly CorsPolicyRuntime[], name: FlagName): boolean {
  return flagOf(policies, name) === false;
}

function textOf(policies: readonly CorsPolicyRuntime[], name: TextName): string {
  return policies.find((policy) => policy[name] !== '')?.[name] ?? '';
}

function preflightHeaders(
  policies: readonly CorsPolicyRuntime[],
  request: RequestView,
  origin: string,
  isOriginAllowed: boolean,
): CorsHeader[] {
  const headers: CorsHeader[] = [];
  const put = (name: string, value: string) => headers.push([`access-control-${name}`, value]);
  /** `*` gives back what was asked for, which may be nothing. */
  const putEcho = (name: string, value: string, asked: string) => {
    if (value !== '') put(name, value === '*' ? (request.get(`access-control-${asked}`) ?? '') : value);
  };
  if (isOriginAllowed) put('allow-origin', origin);
  if (flagOf(policies, 'allowCredentials') === true) put('allow-credentials', 'true');
  putEcho('allow-methods', textOf(policies, 'allowMethods'), 'request-method');
  putEcho('allow-headers', textOf(policies, 'allowHeaders'), 'request-headers');
  const maxAge = textOf(policies, 'maxAge');
  if (maxAge !== '') put('max-age', maxAge);
  const isPrivate = request.get('access-control-request-private-network') === 'true';
  if (isPrivate && flagOf(policies, 'allowPrivateNetwork') === true) put('allow-private-network', 'true');
  // Envoy's own answers pass by the part that is for all answers, so that this one is here too.
  const expose = textOf(policies, 'exposeHeaders');
  if (isOriginAllowed && expose !== '') put('expose-headers', expose);
  return headers;
}

function actualHeaders(policies: readonly CorsPolicyRuntime[], origin: string): CorsHeader[] {
  const headers: CorsHeader[] = [['access-control-allow-origin', origin]];
  if (flagOf(policies, 'allowCredentials') === true) headers.push(['access-control-allow-credentials', 'true']);
  const expose = textOf(policies, 'exposeHeaders');
  if (expose !== '') headers.push(['access-control-expose-headers', expose]);
  return headers;
}

function traceCors(decision: CorsDecision, request: RequestView, trace: Trace): void {
  if (decision.kind === 'none') {
    trace.step({ kind: 'cors', name: '', outcome: 'skipped', why: 'no policy in force, or no origin' });
    return;
  }
  const { isOriginAllowed } = decision;
  const why = `origin ${request.get('origin')} ${isOriginAllowed ? 'is allowed' : 'is not allowed'}`;
  trace.step({ kind: 'cors', name: decision.kind, outcome: isOriginAllowed ? 'matched' : 'failed', why });
}
