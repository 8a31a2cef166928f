import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { hear, request, response, send, talk } from '../exchanges.ts';

const H2 =
  "typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { '@type': envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: { http2_protocol_options: { allow_connect: true } } } }";
const ROUTES = `
- { match: { connect_matcher: {} , headers: [{ name: ':authority', string_match: { exact: 'forwarded.local:80' } }] }, route: { cluster: echo, upgrade_configs: [{ upgrade_type: CONNECT }] } }
- { match: { connect_matcher: {} , headers: [{ name: ':authority', string_match: { exact: 'h2.local:80' } }] }, route: { cluster: h2, upgrade_configs: [{ upgrade_type: CONNECT }] } }
- { match: { connect_matcher: {} }, route: { cluster: tcp, upgrade_configs: [{ upgrade_type: CONNECT, connect_config: {} }] } }
- { match: { path: /ws }, route: { cluster: echo } }
- { match: { path: /ws-h2 }, route: { cluster: h2 } }
- { match: { path: /off }, route: { cluster: echo, upgrade_configs: [{ upgrade_type: websocket, enabled: false }] } }
- { match: { path: /route-only }, route: { cluster: echo, upgrade_configs: [{ upgrade_type: Other }] } }
- { match: { path: /timeout }, route: { cluster: echo, timeout: 0.1s } }
- { match: { prefix: / }, route: { cluster: echo } }
`;

const WEBSOCKET =
  'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n';

function get(path: string, more = WEBSOCKET): string {
  return `GET ${path} HTTP/1.1\r\nhost: test.local\r\n${more}\r\n`;
}

/** WebSocket and CONNECT, through and ended here. */
export const upgrades: EnvoyCase = {
  name: 'upgrades',
  backends: { echo: { kind: 'http1' }, h2: { kind: 'http2' }, tcp: { kind: 'tcp' } },
  bootstrap: bootstrap({
    listeners: {
      main: {
        routes: ROUTES,
        hcm: '{ upgrade_configs: [{ upgrade_type: websocket }, { upgrade_type: CONNECT }], http2_protocol_options: { allow_connect: true } }',
      },
      none: { routes: ROUTES },
      disabled: { routes: ROUTES, hcm: 'upgrade_configs: [{ upgrade_type: websocket, enabled: false }]' },
      'no-timeout': {
        routes: ROUTES,
        hcm: '{ stream_idle_timeout: 0.1s, upgrade_configs: [{ upgrade_type: websocket }] }',
      },
    },
    clusters: { echo: 'echo', h2: { backends: 'h2', more: H2 }, tcp: 'tcp' },
  }),
  exchanges: [
    talk('websocket', [
      send(get('/ws')),
      response(),
      hear('hello from echo\n'),
      send('over and out'),
      hear('over and out'),
      { kind: 'end' },
      { kind: 'closed' },
    ]),
    talk('websocket in other cases', [
      send(get('/ws', 'Connection: keep-alive, upgrade\r\nUpgrade: WebSocket\r\n')),
      response(),
      hear('hello from echo\n'),
    ]),
    talk('websocket without connection: upgrade', [send(get('/ws', 'upgrade: websocket\r\n')), response()]),
    talk('an upgrade that is not configured', [
      send(get('/ws', 'connection: upgrade\r\nupgrade: other\r\n')),
      response(),
    ]),
    talk('an upgrade that only the route knows', [
      send(get('/route-only', 'connection: upgrade\r\nupgrade: other\r\n')),
      response(),
      hear('hello from echo\n'),
    ]),
    talk('h2c is not taken up', [
      send(
        get('/', 'connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAARAAAAAAAIAAAAA\r\n'),
      ),
      response(),
    ]),
    talk('websocket over an HTTP/2 upstream', [
      send(get('/ws-h2')),
      response(),
      hear('hello from h2\n'),
      send('ping'),
      hear('ping'),
    ]),
    talk('refused by the upstream', [send(get('/ws', `${WEBSOCKET}x-answer: 403\r\n`)), response()]),
    talk('switched off by the route', [send(get('/off')), response()]),
    talk('not configured', [send(get('/ws')), response()], { listener: 'none' }),
    talk('switched off', [send(get('/ws')), response()], { listener: 'disabled' }),
    talk('a body before the answer', [
      send(`${get('/ws')}early`),
      response(),
      hear('hello from echo\n'),
      hear('early'),
    ]),
    talk('the route timeout ends with the upgrade', [
      send(get('/timeout')),
      response(),
      hear('hello from echo\n'),
      send('x'),
      hear('x'),
    ]),
    talk('the idle timeout does not', [send(get('/ws')), response(), hear('hello from echo\n'), { kind: 'closed' }], {
      listener: 'no-timeout',
    }),
    talk('CONNECT ended here', [
      send('CONNECT any.local:443 HTTP/1.1\r\nhost: any.local:443\r\n\r\n'),
      response('CONNECT'),
      hear('hello from tcp\n'),
      send('x'),
      hear('x'),
      { kind: 'end' },
      { kind: 'closed' },
    ]),
    talk('CONNECT forwarded', [
      send('CONNECT forwarded.local:80 HTTP/1.1\r\nhost: forwarded.local:80\r\n\r\n'),
      response('CONNECT'),
      hear('hello from echo\n'),
      send('x'),
      hear('x'),
    ]),
    talk('CONNECT forwarded over HTTP/2', [
      send('CONNECT h2.local:80 HTTP/1.1\r\nhost: h2.local:80\r\n\r\n'),
      response('CONNECT'),
      hear('hello from h2\n'),
      send('x'),
      hear('x'),
    ]),
    talk(
      'CONNECT that only the route knows',
      [
        send('CONNECT any.local:443 HTTP/1.1\r\nhost: any.local:443\r\n\r\n'),
        response('CONNECT'),
        hear('hello from tcp\n'),
      ],
      { listener: 'none' },
    ),
    talk('CONNECT with a path', [send('CONNECT /path HTTP/1.1\r\nhost: any.local:443\r\n\r\n'), response('CONNECT')]),
    talk('CONNECT without a port', [
      send('CONNECT any.local HTTP/1.1\r\nhost: any.local\r\n\r\n'),
      response('CONNECT'),
    ]),
    talk('CONNECT with a content-length', [
      send('CONNECT any.local:443 HTTP/1.1\r\nhost: any.local:443\r\ncontent-length: 5\r\n\r\nhello'),
      response('CONNECT'),
    ]),
    {
      name: 'HTTP/2: CONNECT',
      http2: [{ headers: { ':method': 'CONNECT', ':authority': 'any.local:443' }, body: 'ping' }],
    },
    {
      name: 'HTTP/2: CONNECT forwarded',
      http2: [{ headers: { ':method': 'CONNECT', ':authority': 'h2.local:80' }, body: 'ping' }],
    },
    {
      name: 'HTTP/2: websocket',
      http2: [
        {
          headers: {
            ':method': 'CONNECT',
            ':protocol': 'websocket',
            ':scheme': 'http',
            ':path': '/ws',
            ':authority': 'test.local',
          },
          body: 'ping',
        },
      ],
    },
    {
      name: 'HTTP/2: websocket to HTTP/2',
      http2: [
        {
          headers: {
            ':method': 'CONNECT',
            ':protocol': 'websocket',
            ':scheme': 'http',
            ':path': '/ws-h2',
            ':authority': 'test.local',
          },
          body: 'ping',
        },
      ],
    },
    request('upgrade alone on a plain request', '/', { headers: { upgrade: 'websocket' } }),
  ],
  stats: ['http.main.downstream_cx_upgrades_total', 'http.main.downstream_cx_upgrades_active'],
};
