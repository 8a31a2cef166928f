import type { CsrfPolicy } from '@weft/proto/envoy/extensions/filters/http/csrf/v3/csrf';
import type { CompileContext } from '../../compile/context.ts';
import { compileRuntimeFraction } from '../../compile/matchers/fraction.ts';
import { compileList, isMissing } from '../../compile/matchers/outcome.ts';
import { anyOf, compileStringMessage } from '../../compile/matchers/string-matcher.ts';
import { supports } from '../../compile/support.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';
import { hitsRuntimeFraction, type RuntimeFraction, type RuntimeSource } from '../../match/fraction.ts';
import type { StringMatcher } from '../../match/string-matcher.ts';
import type { RequestView } from '../../view/request-view.ts';

const TYPE = 'envoy.extensions.filters.http.csrf.v3.CsrfPolicy';

/** What is supported of the filter. */
export const CSRF_SUPPORT = [
  supports<CsrfPolicy>(TYPE, { filterEnabled: true, shadowEnabled: true, additionalOrigins: true }),
];

/** Counted under `csrf.` in the scope of the connection manager. */
export const CSRF_STATS = { counters: ['missing_source_origin', 'request_invalid', 'request_valid'] } as const;

/** A compiled filter, or what a route says instead. */
export interface CsrfRuntime {
  readonly enabled: RuntimeFraction;
  /** Judged and counted, but let through; undefined for never. */
  readonly shadowed: RuntimeFraction | undefined;
  /** Where requests may come from beside the host that they are for. */
  readonly origins: StringMatcher;
}

/** Lets no page of another origin change anything (cross-site request forgery). */
export const CSRF_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.csrf',
  typeName: TYPE,
  compile: (message, path, context) => compileCsrf(message as CsrfPolicy, path, context),
  route: { typeName: TYPE, compile: (message, path, context) => compileCsrf(message as CsrfPolicy, path, context) },
};

function compileCsrf(
  { filterEnabled, shadowEnabled, additionalOrigins }: CsrfPolicy,
  path: string,
  context: CompileContext,
): CsrfRuntime | undefined {
  const before = context.problems.count;
  if (filterEnabled === undefined) return isMissing(path, 'filter_enabled', context);
  const enabled = compileRuntimeFraction(filterEnabled, `${path}.filter_enabled`, context);
  const shadowed = shadowEnabled && compileRuntimeFraction(shadowEnabled, `${path}.shadow_enabled`, context);
  const tests = compileList(additionalOrigins, `${path}.additional_origins`, (each, at) =>
    compileStringMessage(each, at, context),
  );
  if (enabled === undefined || tests === undefined || context.problems.count !== before) return undefined;
  return Object.freeze({ enabled, shadowed, origins: anyOf(tests) });
}

/** What becomes of a request: `stat` is what is counted, undefined where nobody asks where it comes from. */
export interface CsrfDecision {
  readonly stat: (typeof CSRF_STATS)['counters'][number] | undefined;
  readonly isRefused: boolean;
}

/** What a decision depends on beside the request. */
export interface CsrfInput {
  /** A new random whole number of 53 bits for each call. */
  readonly random: () => number;
  readonly runtime: RuntimeSource;
}

const CHANGING: ReadonlySet<string> = new Set(['POST', 'PUT', 'DELETE', 'PATCH']);
const NOT_ASKED: CsrfDecision = Object.freeze({ stat: undefined, isRefused: false });

/** Decides about a request. */
export function decideCsrf(
  { enabled, shadowed, origins }: CsrfRuntime,
  request: RequestView,
  input: CsrfInput,
): CsrfDecision {
  const isOn = hitsRuntimeFraction(enabled, input.random(), input.runtime);
  const isWatched = isOn || (shadowed !== undefined && hitsRuntimeFraction(shadowed, input.random(), input.runtime));
  if (!isWatched || !CHANGING.has(request.method)) return NOT_ASKED;
  const source = sourceOf(request);
  if (source === '') return { stat: 'missing_source_origin', isRefused: isOn };
  if (source === request.authority || origins.matches(source)) return { stat: 'request_valid', isRefused: false };
  return { stat: 'request_invalid', isRefused: isOn };
}

/** Host and port of the page that caused a request, as far as browsers tell; empty where they do not. */
function sourceOf(request: RequestView): string {
  const origin = request.get('origin') ?? '';
  return hostOf(origin === '' ? (request.get('referer') ?? '') : origin);
}

/** As in Envoy, what is no URL stands for itself. */
function hostOf(url: string): string {
  const [, host] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/i.exec(url) ?? [];
  return host ?? url;
}
