import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request } from '../exchanges.ts';

const FILTER = "'@type': envoy.extensions.filters.http.stateful_session.v3.StatefulSession";
const PER_ROUTE = "'@type': envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute";
const STATE = 'envoy.extensions.http.stateful_session';
const HEADER = `session_state: { name: envoy.http.stateful_session.header, typed_config: { '@type': ${STATE}.header.v3.HeaderBasedSessionState, name: x-session } }`;
const cookie = (parts: string) =>
  `session_state: { name: envoy.http.stateful_session.cookie, typed_config: { '@type': ${STATE}.cookie.v3.CookieBasedSessionState, cookie: { name: sticky, ${parts} } } }`;

/** Of 127.0.0.1:1, where nobody is. */
const NOWHERE = 'MTI3LjAuMC4xOjE=';
/** Of 127.0.0.1:2, which is in the cluster. */
const SICK = 'MTI3LjAuMC4xOjI=';
const both = '- { match: { prefix: / }, route: { cluster: both } }';

/** The stateful_session filter. What of a session holds a port is masked: it is another one in each run. */
export const sessions: EnvoyCase = {
  name: 'sessions',
  backends: { a: { kind: 'http1' }, closed: { kind: 'closed' } },
  bootstrap: bootstrap({
    listeners: {
      header: { routes: both, filters: `- { ${FILTER}, stat_prefix: s, ${HEADER} }` },
      cookie: { routes: both, filters: `- { ${FILTER}, ${cookie('path: /, ttl: 60s')} }` },
      path: { routes: both, filters: `- { ${FILTER}, ${cookie('path: /app')} }` },
      attributes: {
        routes: both,
        filters: `- { ${FILTER}, ${cookie('path: /, attributes: [{ name: SameSite, value: Lax }, { name: Secure }]')} }`,
      },
      strict: { routes: both, filters: `- { ${FILTER}, strict: true, stat_prefix: s, ${HEADER} }` },
      status: {
        routes: both,
        filters: `- { ${FILTER}, strict: true, status_on_strict_destination_not_found: 410, ${HEADER} }`,
      },
      route: {
        routes: `
        - { match: { prefix: /off }, route: { cluster: both }, typed_per_filter_config: { StatefulSession: { ${PER_ROUTE}, disabled: true } } }
        - { match: { prefix: /strict }, route: { cluster: both }, typed_per_filter_config: { StatefulSession: { ${PER_ROUTE}, stateful_session: { strict: true, ${HEADER} } } } }
        - { match: { prefix: / }, route: { cluster: both } }
        `,
        filters: `- { ${FILTER}, stat_prefix: s, ${HEADER} }`,
      },
      fails: {
        routes: '- { match: { prefix: / }, route: { cluster: closed } }',
        filters: `- { ${FILTER}, ${HEADER} }`,
      },
    },
    clusters: {
      both: {
        backends: '',
        more: `
        common_lb_config: { healthy_panic_threshold: { value: 0 } }
        load_assignment:
          cluster_name: both
          endpoints:
          - lb_endpoints:
            - { endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $PORT_a } } } }
            - { health_status: UNHEALTHY, endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 2 } } } }
        `,
      },
      closed: 'closed',
    },
  }),
  exchanges: [
    request('header: first', '/', { listener: 'header' }),
    request('header: to nowhere', '/', { listener: 'header', headers: { 'x-session': NOWHERE } }),
    request('header: to a host that is not healthy', '/', { listener: 'header', headers: { 'x-session': SICK } }),
    request('header: no base64', '/', { listener: 'header', headers: { 'x-session': '%%%' } }),
    request('cookie: first', '/', { listener: 'cookie' }),
    request('cookie: to nowhere', '/', { listener: 'cookie', headers: { cookie: `sticky="${NOWHERE}"` } }),
    request('cookie: no base64', '/', { listener: 'cookie', headers: { cookie: 'sticky=%%%' } }),
    request('cookie: below the path', '/app/x', { listener: 'path' }),
    request('cookie: beside the path', '/apple', { listener: 'path' }),
    request('cookie: with attributes', '/', { listener: 'attributes' }),
    request('strict: first', '/', { listener: 'strict' }),
    request('strict: to nowhere', '/', { listener: 'strict', headers: { 'x-session': NOWHERE } }),
    request('strict: to a host that is not healthy', '/', { listener: 'strict', headers: { 'x-session': SICK } }),
    request('a status: to nowhere', '/', { listener: 'status', headers: { 'x-session': NOWHERE } }),
    request('a status: to a host that is not healthy', '/', { listener: 'status', headers: { 'x-session': SICK } }),
    request('route: off', '/off', { listener: 'route', headers: { 'x-session': NOWHERE } }),
    request('route: strict', '/strict', { listener: 'route', headers: { 'x-session': NOWHERE } }),
    request('route: as usual', '/', { listener: 'route', headers: { 'x-session': NOWHERE } }),
    request('a host that cannot be reached', '/', { listener: 'fails' }),
  ],
  stats: ['header', 'strict', 'route'].flatMap((name) =>
    ['routed', 'failed_open', 'failed_closed'].map((stat) => `http.${name}.stateful_session.s.${stat}`),
  ),
  // The address with a port of five digits in base64, and as a message with the time of the run.
  mask: [
    ['MTI3LjAuMC4xOj[A-Z][A-Za-z0-9+/]{4,6}={0,2}', '<session>'],
    ['sticky="[A-Za-z0-9+/=]{20,}"', 'sticky="<session>"'],
  ],
};
