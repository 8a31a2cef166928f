import type {
  StatefulSession,
  StatefulSessionPerRoute,
} from '@weft/proto/envoy/extensions/filters/http/stateful_session/v3/stateful_session';
import type { CookieBasedSessionState } from '@weft/proto/envoy/extensions/http/stateful_session/cookie/v3/cookie';
import type { HeaderBasedSessionState } from '@weft/proto/envoy/extensions/http/stateful_session/header/v3/header';
import type { Cookie, CookieAttribute } from '@weft/proto/envoy/type/http/v3/cookie';
import type { CompileContext } from '../../compile/context.ts';
import { compileOptionalMs } from '../../compile/matchers/duration.ts';
import { isMissing } from '../../compile/matchers/outcome.ts';
import { supports } from '../../compile/support.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';
import { asciiLower } from '../../match/ascii.ts';
import { unpackExtension } from '../../route/extension.ts';
import { cookieSession, headerSession, type SessionState } from './session-state.ts';

const PACKAGE = 'envoy.extensions.filters.http.stateful_session.v3';
const COOKIE = 'envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState';
const HEADER = 'envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState';

/** What is supported of the filter. */
export const STATEFUL_SESSION_SUPPORT = [
  supports<StatefulSession>(`${PACKAGE}.StatefulSession`, {
    sessionState: true,
    strict: true,
    statPrefix: true,
    statusOnStrictDestinationNotFound: true,
  }),
  supports<StatefulSessionPerRoute>(`${PACKAGE}.StatefulSessionPerRoute`, {
    override: { disabled: true, statefulSession: true },
  }),
  supports<CookieBasedSessionState>(COOKIE, { cookie: true }),
  supports<HeaderBasedSessionState>(HEADER, { name: true }),
  supports<Cookie>('envoy.type.http.v3.Cookie', {
    name: true,
    ttl: true,
    path: true,
    attributes: true,
  }),
  supports<CookieAttribute>('envoy.type.http.v3.CookieAttribute', { name: true, value: true }),
];

/** A compiled filter, or what a route says instead. */
export interface StatefulSessionRuntime {
  /** Undefined where sessions are off. */
  readonly session: SessionState | undefined;
  /** Whether a request is refused with 503 when its host is not there, or goes to another one. */
  readonly isStrict: boolean;
  /** The status of that refusal when there is no such host at all. */
  readonly notFoundStatus: number;
  /** Counted in `stateful_session.<prefix>.`; empty for not at all. What a route says is not counted. */
  readonly statPrefix: string;
}

const UNAVAILABLE = 503;
const OFF: StatefulSessionRuntime = Object.freeze({
  session: undefined,
  isStrict: false,
  notFoundStatus: UNAVAILABLE,
  statPrefix: '',
});

/** What is counted of requests that bring a session. */
export const STATEFUL_SESSION_STATS = { counters: ['routed', 'failed_open', 'failed_closed'] } as const;

/** The host that a request is to go to. */
export interface HostOverride {
  readonly address: string;
  /** Whether the request is refused when it cannot go there. */
  readonly isStrict: boolean;
  /** The status of the refusal when there is no such host. */
  readonly notFoundStatus: number;
}

/** Sends the requests of a session to the host that took the first one. */
export const STATEFUL_SESSION_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.stateful_session',
  typeName: `${PACKAGE}.StatefulSession`,
  compile: (message, path, context) => compileSession(message as StatefulSession, path, context),
  route: {
    typeName: `${PACKAGE}.StatefulSessionPerRoute`,
    compile: (message, path, context) => {
      const { override } = message as StatefulSessionPerRoute;
      if (override.case === 'statefulSession')
        return compileSession(override.value, `${path}.stateful_session`, context);
      if (override.case === 'disabled' && override.value) return OFF;
      return isMissing(path, 'disabled: true, or stateful_session', context);
    },
  },
};

function compileSession(
  { sessionState, strict: isStrict, statPrefix, statusOnStrictDestinationNotFound }: StatefulSession,
  path: string,
  context: CompileContext,
): StatefulSessionRuntime | undefined {
  if (sessionState === undefined) return OFF;
  const at = `${path}.session_state`;
  const message = unpackExtension<CookieBasedSessionState | HeaderBasedSessionState>(sessionState, at, context, [
    COOKIE,
    HEADER,
  ]);
  if (message === undefined) return undefined;
  const session = compileState(message, `${at}.typed_config`, context);
  const notFoundStatus = statusOnStrictDestinationNotFound || UNAVAILABLE;
  return session && Object.freeze({ session, isStrict, notFoundStatus, statPrefix });
}

function compileState(
  message: CookieBasedSessionState | HeaderBasedSessionState,
  path: string,
  context: CompileContext,
): SessionState | undefined {
  if (message.$typeName === HEADER) {
    return message.name === '' ? isMissing(path, 'name', context) : headerSession(asciiLower(message.name));
  }
  const { cookie } = message;
  if (cookie === undefined || cookie.name === '') return isMissing(`${path}.cookie`, 'name', context);
  const before = context.problems.count;
  const ttlMs = compileOptionalMs(cookie.ttl, `${path}.cookie.ttl`, context) ?? 0;
  if (context.problems.count !== before) return undefined;
  const attributes = cookie.attributes.map(({ name, value }) => [name, value] as const);
  return cookieSession({ name: cookie.name, path: cookie.path, ttlSeconds: Math.trunc(ttlMs / 1000), attributes });
}
