/** The HTTP filters at work: a bootstrap as users write it, real sockets on both sides. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { startProxy } from '../src/test-support/start-proxy.ts';

const http = process.getBuiltinModule('node:http');

interface Seen {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function startApp(t: TestContext): Promise<number> {
  const server = http.createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      response.setHeader('x-app', 'echo');
      response.end(JSON.stringify({ headers: request.headers, body: Buffer.concat(pieces).toString() }));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const extensions = 'type.googleapis.com/envoy.extensions.filters.http';

/** A proxy with one filter before the router; `perRoute` is what the route under /own says to it, the rest goes into every route. */
async function proxyWith(
  t: TestContext,
  filter: { name: string; config: object },
  perRoute?: object,
  action = {},
  routeParts = {},
) {
  const port = await startApp(t);
  const route = (prefix: string, extra: object) => ({
    match: { prefix },
    route: { cluster: 'app', ...action },
    ...routeParts,
    ...extra,
  });
  const bootstrap = {
    static_resources: {
      listeners: [
        {
          name: 'main',
          address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
          filter_chains: [
            {
              filters: [
                {
                  name: 'hcm',
                  typed_config: {
                    '@type':
                      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
                    stat_prefix: 'main',
                    http_filters: [
                      { name: filter.name, typed_config: filter.config },
                      { name: 'router', typed_config: { '@type': `${extensions}.router.v3.Router` } },
                    ],
                    route_config: {
                      virtual_hosts: [
                        {
                          name: 'all',
                          domains: ['*'],
                          routes: [
                            route(
                              '/own',
                              perRoute === undefined ? {} : { typed_per_filter_config: { [filter.name]: perRoute } },
                            ),
                            route('/', {}),
                          ],
                        },
                      ],
                    },
                  },
                },
              ],
            },
          ],
        },
      ],
      clusters: [
        {
          name: 'app',
          type: 'STATIC',
          load_assignment: {
            cluster_name: 'app',
            endpoints: [
              {
                lb_endpoints: [
                  { endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } },
                ],
              },
            ],
          },
        },
      ],
    },
  };
  const proxy = await startProxy(t, bootstrap);
  const send = (path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) =>
    new Promise<Seen>((resolve, reject) => {
      const { body, ...rest } = options;
      const sent = http.request(
        { host: '127.0.0.1', port: proxy.port('main'), path, agent: false, ...rest },
        (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('end', () => {
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(pieces).toString(),
            });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  return { proxy, send };
}

function upstreamHeaders({ body }: Seen): Record<string, string> {
  return (JSON.parse(body) as { headers: Record<string, string> }).headers;
}

describe('header_mutation', () => {
  it('changes requests and responses, and what the route says comes on top', async (t) => {
    const append = (key: string, value: string) => ({
      append: { header: { key, value }, append_action: 'APPEND_IF_EXISTS_OR_ADD' },
    });
    const { send } = await proxyWith(
      t,
      {
        name: 'mutate',
        config: {
          '@type': `${extensions}.header_mutation.v3.HeaderMutation`,
          mutations: {
            request_mutations: [append('x-a', '1'), { remove: 'x-secret' }],
            response_mutations: [append('x-b', '2')],
          },
        },
      },
      {
        '@type': `${extensions}.header_mutation.v3.HeaderMutationPerRoute`,
        mutations: { request_mutations: [append('x-a', 'own')] },
      },
    );
    const plain = await send('/', { headers: { 'x-secret': 'no' } });
    assert.deepEqual([upstreamHeaders(plain)['x-a'], upstreamHeaders(plain)['x-secret']], ['1', undefined]);
    assert.equal(plain.headers['x-b'], '2');
    assert.equal(upstreamHeaders(await send('/own'))['x-a'], '1, own');
  });
});

describe('buffer', () => {
  const config = { '@type': `${extensions}.buffer.v3.Buffer`, max_request_bytes: 10 };

  it('gives the request its length, and refuses one that is too long', async (t) => {
    const { send } = await proxyWith(
      t,
      { name: 'buffer', config },
      {
        '@type': `${extensions}.buffer.v3.BufferPerRoute`,
        disabled: true,
      },
    );
    const chunked = { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: 'small' };
    const small = await send('/', chunked);
    assert.equal(upstreamHeaders(small)['content-length'], '5');
    assert.equal((JSON.parse(small.body) as { body: string }).body, 'small');
    assert.equal((await send('/', { method: 'POST', body: 'much too long' })).status, 413);
    const off = await send('/own', { ...chunked, body: 'much too long' });
    assert.deepEqual([off.status, upstreamHeaders(off)['transfer-encoding']], [200, 'chunked']);
  });
});

describe('rbac', () => {
  it('lets in what a policy allows, counts both, and can be switched off by a route', async (t) => {
    const { send, proxy } = await proxyWith(
      t,
      {
        name: 'rbac',
        config: {
          '@type': `${extensions}.rbac.v3.RBAC`,
          rules: {
            action: 'ALLOW',
            policies: {
              readers: {
                permissions: [{ header: { name: ':method', string_match: { exact: 'GET' } } }],
                principals: [{ any: true }],
              },
            },
          },
        },
      },
      { '@type': `${extensions}.rbac.v3.RBACPerRoute` },
    );
    assert.equal((await send('/')).status, 200);
    const denied = await send('/', { method: 'POST' });
    assert.deepEqual([denied.status, denied.body], [403, 'RBAC: access denied']);
    assert.equal((await send('/own', { method: 'POST' })).status, 200);
    assert.equal(proxy.stat('http.main.rbac.allowed'), 1);
    assert.equal(proxy.stat('http.main.rbac.denied'), 1);
  });
});

describe('local_ratelimit', () => {
  it('answers requests beyond the bucket with 429, and tells the client of it', async (t) => {
    const on = { default_value: { numerator: 100, denominator: 'HUNDRED' } };
    const { send, proxy } = await proxyWith(t, {
      name: 'limit',
      config: {
        '@type': `${extensions}.local_ratelimit.v3.LocalRateLimit`,
        stat_prefix: 'limit',
        token_bucket: { max_tokens: 2, tokens_per_fill: 2, fill_interval: '3600s' },
        filter_enabled: on,
        filter_enforced: on,
        enable_x_ratelimit_headers: 'DRAFT_VERSION_03',
      },
    });
    const first = await send('/');
    assert.deepEqual([first.status, first.headers['x-ratelimit-remaining']], [200, '1']);
    assert.equal((await send('/')).status, 200);
    const third = await send('/');
    assert.deepEqual([third.status, third.body], [429, 'local_rate_limited']);
    assert.equal(proxy.stat('limit.http_local_rate_limit.rate_limited'), 1);
  });
});

describe('fault', () => {
  const always = { numerator: 100, denominator: 'HUNDRED' };

  it('answers, and delays, the share that it should', async (t) => {
    const { send, proxy } = await proxyWith(
      t,
      {
        name: 'fault',
        config: { '@type': `${extensions}.fault.v3.HTTPFault`, abort: { http_status: 418, percentage: always } },
      },
      {
        '@type': `${extensions}.fault.v3.HTTPFault`,
        delay: { fixed_delay: '0.05s', percentage: always },
      },
    );
    const aborted = await send('/');
    assert.deepEqual([aborted.status, aborted.body], [418, 'fault filter abort']);
    const startedAt = performance.now();
    assert.equal((await send('/own', { method: 'POST', body: 'waits' })).status, 200);
    assert.ok(performance.now() - startedAt >= 45);
    assert.equal(proxy.stat('http.main.fault.aborts_injected'), 1);
    assert.equal(proxy.stat('http.main.fault.delays_injected'), 1);
    assert.equal(proxy.stat('http.main.fault.active_faults'), 0);
  });

  it('slows responses down without changing them', async (t) => {
    const { send } = await proxyWith(t, {
      name: 'fault',
      config: {
        '@type': `${extensions}.fault.v3.HTTPFault`,
        response_rate_limit: { fixed_limit: { limit_kbps: 100 }, percentage: always },
      },
    });
    const body = 'x'.repeat(20_000);
    const startedAt = performance.now();
    const answer = await send('/', { method: 'POST', body });
    assert.equal((JSON.parse(answer.body) as { body: string }).body, body);
    assert.ok(performance.now() - startedAt > 100, 'twenty kilobytes take a fifth of a second');
  });
});

describe('cors', () => {
  it('answers preflight requests and marks responses', async (t) => {
    const { send } = await proxyWith(
      t,
      { name: 'cors', config: { '@type': `${extensions}.cors.v3.Cors` } },
      {
        '@type': `${extensions}.cors.v3.CorsPolicy`,
        allow_origin_string_match: [{ exact: 'https://ours.example' }],
        allow_methods: 'GET, PUT',
      },
    );
    const origin = { origin: 'https://ours.example' };
    const preflight = await send('/own', {
      method: 'OPTIONS',
      headers: { ...origin, 'access-control-request-method': 'PUT' },
    });
    assert.equal(preflight.status, 200);
    assert.equal(preflight.headers['access-control-allow-origin'], origin.origin);
    assert.equal(preflight.headers['access-control-allow-methods'], 'GET, PUT');
    assert.equal((await send('/own', { headers: origin })).headers['access-control-allow-origin'], origin.origin);
    const foreign = await send('/own', { headers: { origin: 'https://theirs.example' } });
    assert.equal(foreign.headers['access-control-allow-origin'], undefined);
  });
});

/** A route that tells the upstream what the filters have left on the request. */
const shows = (format: string) => ({
  request_headers_to_add: [{ header: { key: 'x-seen', value: format } }],
});

describe('set_metadata', () => {
  it('leaves fixed values on requests', async (t) => {
    const { send } = await proxyWith(
      t,
      {
        name: 'set',
        config: {
          '@type': `${extensions}.set_metadata.v3.Config`,
          metadata: [{ metadata_namespace: 'ours', value: { tier: 'gold' } }],
        },
      },
      undefined,
      {},
      shows('%DYNAMIC_METADATA(ours:tier)%'),
    );
    assert.equal(upstreamHeaders(await send('/'))['x-seen'], 'gold');
  });
});

describe('header_to_metadata', () => {
  it('takes headers off requests and responses, and keeps them as metadata', async (t) => {
    const { send } = await proxyWith(
      t,
      {
        name: 'collect',
        config: {
          '@type': `${extensions}.header_to_metadata.v3.Config`,
          request_rules: [
            { header: 'x-user', on_header_present: { metadata_namespace: 'ours', key: 'user' }, remove: true },
          ],
          response_rules: [
            { header: 'x-app', on_header_present: { metadata_namespace: 'ours', key: 'app' }, remove: true },
          ],
        },
      },
      undefined,
      {},
      shows('%DYNAMIC_METADATA(ours:user)%'),
    );
    const answer = await send('/', { headers: { 'x-user': 'ann' } });
    assert.equal(upstreamHeaders(answer)['x-user'], undefined);
    assert.equal(upstreamHeaders(answer)['x-seen'], 'ann');
    assert.equal(answer.headers['x-app'], undefined);
  });
});

describe('set_filter_state', () => {
  it('puts texts where routes and logs find them, and keeps what is read-only', async (t) => {
    const rule = (value: string, extra: object = {}) => ({
      object_key: 'ours.user',
      factory_key: 'envoy.string',
      format_string: { text_format_source: { inline_string: value } },
      ...extra,
    });
    const { send } = await proxyWith(
      t,
      {
        name: 'state',
        config: {
          '@type': `${extensions}.set_filter_state.v3.Config`,
          on_request_headers: [rule('%REQ(x-user)%', { read_only: true }), rule('nobody')],
        },
      },
      undefined,
      {},
      shows('%FILTER_STATE(ours.user:PLAIN)%'),
    );
    assert.equal(upstreamHeaders(await send('/', { headers: { 'x-user': 'ann' } }))['x-seen'], 'ann');
  });
});
