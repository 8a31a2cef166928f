/** Requests that the router makes of others: copies, and those that redirects lead to. */
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { ResponseFlag } from '@weft/engine';
import { eventuallyPasses, leakCheck } from '@weft/testkit';
import { echo, httpServer, lastLog, request } from '../src/test-support/http-peers.ts';
import { startTestProxy, type TestProxyOptions } from '../src/test-support/test-proxy.ts';

leakCheck();

function host(routes: readonly object[], more: object = {}) {
  return [{ name: 'v', domains: ['*'], routes, ...more }] as unknown as NonNullable<TestProxyOptions['virtualHosts']>;
}

function routeTo(route: object, more: object = {}) {
  return host([{ match: { prefix: '/' }, route: { cluster: 'upstream', ...route } }], more);
}

const never: RequestListener = (incoming) => void incoming.resume();

describe('mirrors', () => {
  it('get a copy of the request under a name of its own, and nobody waits for them', async (t) => {
    const copies: { url: string | undefined; headers: Record<string, unknown>; body: string }[] = [];
    const shadow = await httpServer(t, (incoming, outgoing) => {
      let body = '';
      incoming.on('data', (piece: Buffer) => {
        body += String(piece);
      });
      incoming.on('end', () => {
        copies.push({ url: incoming.url, headers: incoming.headers, body });
        outgoing.statusCode = 500;
        outgoing.end();
      });
    });
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [await httpServer(t, echo)] }, shadow: { ports: [shadow] } },
      virtualHosts: routeTo({ request_mirror_policies: [{ cluster: 'shadow' }] }),
    });
    const answer = await request(proxy.port, { method: 'POST', path: '/a', body: 'x'.repeat(100_000) });
    assert.equal(answer.status, 200);
    assert.equal((await request(proxy.port)).status, 200);
    await eventuallyPasses(() => assert.equal(copies.length, 2));
    assert.deepEqual([copies[0]?.url, copies[0]?.body.length], ['/a', 100_000]);
    assert.equal(copies[0]?.headers['host'], `127.0.0.1-shadow:${proxy.port}`);
    assert.equal(copies[0]?.headers['x-envoy-internal'], 'true');
    await eventuallyPasses(() => assert.equal(proxy.clusterStat('shadow', 'upstream_rq_active'), 0));
  });

  it('have a host and headers of their own where the policy says so', async (t) => {
    const copies: Record<string, unknown>[] = [];
    const shadow = await httpServer(t, ({ headers }, outgoing) => {
      copies.push(headers);
      outgoing.end();
    });
    const policy = {
      cluster: 'shadow',
      host_rewrite_literal: 'copies.local',
      request_headers_mutations: [
        { append: { header: { key: 'x-copied', value: 'yes' } } },
        { remove_on_match: { key_matcher: { prefix: 'x-secret' } } },
      ],
    };
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [await httpServer(t, echo)] }, shadow: { ports: [shadow] } },
      virtualHosts: routeTo({ request_mirror_policies: [policy] }),
    });
    const answer = await request(proxy.port, { path: '/a', headers: { 'x-secret-1': 's', 'x-kept': 'k' } });
    const original = (JSON.parse(answer.body) as { headers: Record<string, string> }).headers;
    await eventuallyPasses(() => assert.equal(copies.length, 1));
    const fieldsOf = (headers: Record<string, unknown>) =>
      ['host', 'x-copied', 'x-secret-1', 'x-kept'].map((name) => headers[name]);
    assert.deepEqual(fieldsOf(copies[0]!), ['copies.local', 'yes', undefined, 'k']);
    assert.deepEqual(fieldsOf(original), [`127.0.0.1:${proxy.port}`, undefined, 's', 'k']);
  });

  it('that are down harm nobody, and bodies beyond the limit are not kept for them', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [await httpServer(t, echo)] }, shadow: { ports: [] } },
      virtualHosts: routeTo(
        { request_mirror_policies: [{ cluster: 'shadow' }, { cluster: 'missing' }] },
        { per_request_buffer_limit_bytes: 1000 },
      ),
    });
    assert.equal((await request(proxy.port, { method: 'POST', body: 'x'.repeat(5000) })).status, 200);
    assert.equal(proxy.clusterStat('upstream', 'retry_or_shadow_abandoned'), 1);
  });
});

describe('internal redirects', () => {
  const redirecting = (policy: object = {}) =>
    host([
      { match: { path: '/from' }, name: 'from', route: { cluster: 'upstream', internal_redirect_policy: policy } },
      { match: { path: '/loop' }, name: 'loop', route: { cluster: 'upstream', internal_redirect_policy: policy } },
      { match: { path: '/to' }, name: 'to', route: { cluster: 'target' } },
    ]);
  const redirect =
    (code: number, location: (host: string) => string): RequestListener =>
    (incoming, outgoing) => {
      incoming.resume();
      outgoing.writeHead(code, { location: location(incoming.headers.host ?? ''), 'x-copied': 'yes' });
      outgoing.end('moved');
    };
  const follow = async (t: TestContext, upstream: RequestListener, policy?: object) =>
    startTestProxy(t, {
      clusters: {
        upstream: { ports: [await httpServer(t, upstream)] },
        target: { ports: [await httpServer(t, echo)] },
      },
      virtualHosts: redirecting(policy),
    });

  it('are followed with the whole request, and logged twice', async (t) => {
    const proxy = await follow(
      t,
      redirect(307, (name) => `http://${name}/to`),
      { redirect_response_codes: [307], response_headers_to_copy: ['x-copied'] },
    );
    const answer = await request(proxy.port, { method: 'PUT', path: '/from', body: 'again' });
    const seen = JSON.parse(answer.body) as {
      method: string;
      url: string;
      body: string;
      headers: Record<string, string>;
    };
    assert.deepEqual([seen.method, seen.url, seen.body], ['PUT', '/to', 'again']);
    assert.equal(seen.headers['x-envoy-original-url'], `http://127.0.0.1:${proxy.port}/from`);
    assert.equal(seen.headers['x-copied'], 'yes');
    await eventuallyPasses(() => assert.equal(proxy.log.length, 2));
    assert.deepEqual(
      proxy.log.map(({ code, details }) => [code, details]),
      [
        [307, 'internal_redirect'],
        [200, 'via_upstream'],
      ],
    );
    assert.equal(proxy.clusterStat('upstream', 'upstream_internal_redirect_succeeded_total'), 1);
  });

  it('by 303 become a GET without the body', async (t) => {
    const proxy = await follow(
      t,
      redirect(303, (name) => `http://${name}/to`),
      { redirect_response_codes: [303] },
    );
    const answer = await request(proxy.port, { method: 'POST', path: '/from', body: 'dropped' });
    const seen = JSON.parse(answer.body) as { method: string; body: string; headers: Record<string, string> };
    assert.deepEqual([seen.method, seen.body, seen.headers['content-length']], ['GET', '', undefined]);
  });

  it('are passed on when they lead nowhere, or too far', async (t) => {
    for (const [path, location] of [
      ['/from', (name: string) => `http://${name}/nowhere`],
      ['/from', () => '/to'],
      ['/loop', (name: string) => `http://${name}/loop`],
      ['/from', (name: string) => `https://${name}/to`],
    ] as const) {
      const proxy = await follow(t, redirect(302, location), {});
      const answer = await request(proxy.port, { path });
      assert.deepEqual([answer.status, answer.body], [302, 'moved'], path);
      assert.equal(proxy.clusterStat('upstream', 'upstream_internal_redirect_failed_total'), 1);
    }
  });

  it('end with their client', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: {
        upstream: {
          ports: [
            await httpServer(
              t,
              redirect(302, (name) => `http://${name}/to`),
            ),
          ],
        },
        target: { ports: [await httpServer(t, never)] },
      },
      virtualHosts: redirecting({}),
    });
    const abort = new AbortController();
    const asked = fetch(`http://127.0.0.1:${proxy.port}/from`, { signal: abort.signal, redirect: 'manual' });
    await eventuallyPasses(() => assert.equal(proxy.clusterStat('target', 'upstream_rq_active'), 1));
    abort.abort();
    await assert.rejects(asked);
    await eventuallyPasses(() => assert.equal(proxy.clusterStat('target', 'upstream_rq_active'), 0));
    assert.equal((await lastLog(proxy)).flags, ResponseFlag.downstreamConnectionTermination);
  });
});
