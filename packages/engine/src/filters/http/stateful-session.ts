import type {
  StatefulSession,
  StatefulSessionPerRoute,
} from '@weft/proto/envoy/extensions/filters/http/stateful_session/v3/stateful_session';
import type { CookieBasedSessionState } from '@weft/proto/envoy/extensions/http/stateful_session/cookie/v3/cookie';
import type { HeaderBasedSessionState } from '@weft/proto/envoy/extensions/http/stateful_session/header/v3/header';
import type { Cookie } from '@weft/proto/envoy/type/http/v3/cookie';
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
    statPrefix: 'the filter counts nothing: leave it out',
    statusOnStrictDestinationNotFound: 'the status is 503: leave it out',
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
    attributes: 'the cookie has a path and a time to live: leave it out',
  }),
];

/** A compiled filter, or what a route says instead. */
export interface StatefulSessionRuntime {
  /** Undefined where sessions are off. */
  readonly session: SessionState | undefined;
  /** Whether a request is refused with 503 when its host is not there, or goes to another one. */
  readonly isStrict: boolean;
}

const OFF: StatefulSessionRuntime = Object.freeze({ session: undefined, isStrict: false });

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
  { sessionState, strict: isStrict }: StatefulSession,
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
  return session && Object.freeze({ session, isStrict });
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
  return cookieSession({ name: cookie.name, path: cookie.path, ttlSeconds: Math.trunc(ttlMs / 1000) });
}
