/** What a proxy runs, read from dumps that a real Envoy and our own proxy made of the same configuration. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { FakeClock, tempDir } from '@weft/testkit';
import { main } from '../../main.ts';
import { captureContext } from '../../test-support/capture.ts';

const NOW = Date.UTC(2027, 0, 1);

function recorded(name: string): string {
  return path.join(import.meta.dirname, '../../config-dump/testdata', `${name}.json`);
}

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const capture = captureContext({ clock: new FakeClock(NOW) });
  const code = await main(argv, capture.context);
  return { code, out: capture.out(), err: capture.err() };
}

/** Columns apart, as people see them. */
function cells(text: string): string[][] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
}

for (const proxy of ['envoy', 'weft']) {
  const file = ['-f', recorded(`${proxy}-dump`)];
  describe(`a dump of ${proxy}`, () => {
    it('shows the chains of listeners as Istio does', async () => {
      const { code, out } = await run('pc', 'l', ...file);
      assert.equal(code, 0);
      assert.deepEqual(cells(out), [
        ['ADDRESSES', 'PORT', 'MATCH', 'DESTINATION'],
        ['127.0.0.1', '19080', 'Trans: raw_buffer; App: http/1.1,h2c', 'Route: 9080'],
        ['127.0.0.1', '19080', 'ALL', 'PassthroughCluster'],
        ['127.0.0.2', '19080', 'Addr: 10.0.0.9/32:27017', 'Cluster: outbound|27017||mongo.shop.svc.cluster.local'],
      ]);
      assert.match((await run('pc', 'l', '-v', ...file)).out, /active +DestinationRule shop\/mongo/);
    });

    it('finds listeners by address, port and type', async () => {
      const names = async (...flags: string[]) => {
        const { out } = await run('proxy-config', 'listeners', ...file, '-o', 'json', ...flags);
        return (JSON.parse(out) as { name: string }[]).map(({ name }) => name);
      };
      assert.deepEqual(await names('--address', '127.0.0.2'), ['mongo']);
      assert.deepEqual(await names('--type', 'http+tcp'), ['0.0.0.0_9080']);
      assert.deepEqual(await names('--type', 'TCP', '--port', '19080'), ['mongo']);
      assert.deepEqual(await names('--port', '80'), []);
      assert.equal((await run('pc', 'l', ...file, '--port', '80')).out, 'no listeners\n');
    });

    it('says which update of which listener the proxy refuses', async () => {
      const { err } = await run('pc', 'l', ...file);
      assert.match(
        err,
        /^warning: the proxy refuses listener mongo since 2026-11-20T[^ ]+: .*value length must be at least 1/,
      );
      assert.equal(err.match(/\n/g)?.length, 1);
      assert.equal((await run('pc', 'c', ...file)).err, '', 'clusters are well');
    });

    it('shows routes with the services that they come from', async () => {
      const { out } = await run('pc', 'route', ...file);
      const host = 'reviews.shop.svc.cluster.local:9080';
      const domains = 'reviews.shop.svc.cluster.local, reviews + 2 more...';
      assert.deepEqual(cells(out), [
        ['NAME', 'VHOST NAME', 'DOMAINS', 'MATCH', 'VIRTUAL SERVICE'],
        ['9080', host, domains, '/* end-user=jason', 'reviews.shop'],
        ['9080', host, domains, '/health', 'reviews.shop'],
        ['9080', host, domains, 'regex /v[0-9]+', '-'],
        ['9080', 'block_all', '*', '/*', '404'],
      ]);
      const wide = await run('pc', 'r', ...file, '-o', 'wide', '--name', '9080');
      assert.match(
        wide.out,
        /reviews\.shop\.svc\.cluster\.local:9080\/v2 +VirtualService shop\/reviews spec\.http\[0\]\n/,
      );
      assert.match(wide.out, /9080\/v1 90, reviews\.shop\.svc\.cluster\.local:9080\/v2 10 /);
      assert.equal((await run('pc', 'r', ...file, '--name', '80')).out, 'no routes\n');
    });

    it('shows clusters by the parts of their names, and finds them by these', async () => {
      const reviews = 'reviews.shop.svc.cluster.local';
      assert.deepEqual(cells((await run('pc', 'cluster', ...file)).out), [
        ['SERVICE FQDN', 'PORT', 'SUBSET', 'DIRECTION', 'TYPE', 'DESTINATION RULE'],
        ['PassthroughCluster', '-', '-', '-', 'ORIGINAL_DST', '-'],
        ['xds-grpc', '-', '-', '-', 'STATIC', '-'],
        ['-', '9080', '-', 'inbound', 'STATIC', '-'],
        ['mongo.shop.svc.cluster.local', '27017', '-', 'outbound', 'EDS', '-'],
        [reviews, '9080', '-', 'outbound', 'EDS', 'reviews.shop'],
        [reviews, '9080', 'v1', 'outbound', 'EDS', 'reviews.shop'],
        [reviews, '9080', 'v2', 'outbound', 'EDS', 'reviews.shop'],
      ]);
      const lines = async (...flags: string[]) => cells((await run('pc', 'c', ...file, ...flags)).out).slice(1);
      assert.equal((await lines('--fqdn', 'reviews')).length, 3);
      assert.equal((await lines('--fqdn', 'reviews', '--subset', 'v2')).length, 1);
      assert.equal((await lines('--port', '27017')).length, 1);
      assert.deepEqual(await lines('--direction', 'inbound'), [['-', '9080', '-', 'inbound', 'STATIC', '-']]);
    });

    it('shows endpoints, and finds those that do not answer', async () => {
      const { out } = await run('pc', 'ep', ...file, '--cluster', 'reviews.shop.svc.cluster.local', '--port', '9080');
      assert.deepEqual(cells(out)[0], ['NAME', 'STATUS', 'LOCALITY', 'CLUSTER']);
      assert.deepEqual(cells(out)[1], [
        '10.1.0.1:9080',
        'HEALTHY',
        'eu/eu-1',
        'outbound|9080|v1|reviews.shop.svc.cluster.local',
      ]);
      const hosts = ['pc', 'ep', '-f', recorded(`${proxy}-clusters`)];
      const live = cells((await run(...hosts, '--status', 'unhealthy')).out);
      assert.deepEqual(live, [
        ['ENDPOINT', 'STATUS', 'OUTLIER CHECK', 'CLUSTER'],
        ['10.1.0.2:9080', 'UNHEALTHY', 'OK', 'outbound|9080|v2|reviews.shop.svc.cluster.local'],
        ['10.1.0.2:9080', 'UNHEALTHY', 'OK', 'outbound|9080||reviews.shop.svc.cluster.local'],
      ]);
      assert.equal(cells((await run(...hosts, '--address', '127.0.0.6')).out).length, 2);
    });

    it('shows certificates and until when they are good', async () => {
      const rows = cells((await run('pc', 's', ...file)).out).slice(1);
      assert.deepEqual(
        rows.map((row) => row.slice(0, 4)),
        [
          ['ROOTCA', 'CA', 'ACTIVE', 'true'],
          ['default', 'Cert Chain', 'ACTIVE', 'true'],
        ],
      );
      assert.match(rows[1]?.[4] ?? '', /^[0-9a-f]{40}$/);
      assert.match(rows[1]?.[5] ?? '', /^2126-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.match(
        (await run('pc', 's', ...file, '-o', 'wide')).out,
        /spiffe:\/\/cluster\.local\/ns\/shop\/sa\/product/,
      );
      assert.doesNotMatch((await run('pc', 's', ...file, '-o', 'yaml')).out, /PRIVATE KEY/);
    });

    it('shows the bootstrap, or who the proxy is', async () => {
      assert.match((await run('pc', 'b', ...file)).out, /^node:\n {2}id: sidecar~10\.1\.0\.9~productpage/);
      assert.match((await run('pc', 'b', ...file, '-o', 'short')).out, /^Node: sidecar~.*\nIstio Version: 1\.30\.0\n/);
    });

    it('shows everything at once', async () => {
      const { out } = await run('pc', 'all', ...file);
      const headers = out.split('\n').filter((line) => /^[A-Z ]{4,}$/.test(line));
      assert.deepEqual(
        headers.map((line) => line.split(' ', 1)[0]),
        ['ADDRESSES', 'NAME', 'SERVICE', 'NAME', 'RESOURCE'],
      );
      const data = JSON.parse((await run('pc', 'a', ...file, '-o', 'json')).out) as Record<string, unknown[]>;
      assert.deepEqual(Object.keys(data), ['bootstrap', 'listeners', 'routes', 'clusters', 'endpoints', 'secrets']);
    });
  });
}

describe('what cannot be shown', () => {
  it('is refused with what to do instead', async (t) => {
    const pod = await run('pc', 'c', 'web-1.shop');
    assert.equal(pod.code, 2);
    assert.match(
      pod.err,
      /cannot forward ports of pods, so it cannot ask the proxy of web-1\.shop\nhint: .*-n shop pod\/web-1 15000/,
    );
    assert.match((await run('pc', 'c', 'web-1', '--admin', 'http://x')).err, /pod web-1 and --admin name two proxies/);

    const folder = tempDir(t);
    const write = (name: string, text: string) => {
      writeFileSync(path.join(folder, name), text);
      return path.join(folder, name);
    };
    const other = await run('pc', 'c', '-f', write('other.json', '{"kind": "Pod"}'));
    assert.equal(other.code, 2);
    assert.match(other.err, /other\.json is no dump of a proxy.*\nhint: make one with curl/);
    assert.match((await run('pc', 'c', '-f', write('a.yaml', 'a: b'))).err, /a\.yaml is not JSON/);
    const bare = { configs: [{ '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump' }] };
    assert.match(
      (await run('pc', 'ep', '-f', write('bare.json', JSON.stringify(bare)))).err,
      /without endpoints\nhint: .*include_eds/,
    );
  });

  it('is told apart from nothing', async () => {
    const { code, err } = await run('pc', 'c', '--admin', 'localhost');
    assert.equal(code, 2);
    assert.match(err, /"localhost" is not the address of an interface/);
    // Nobody listens on the port that is reserved for nobody.
    const gone = await run('pc', 'c', '--admin', 'http://127.0.0.1:2');
    assert.equal(gone.code, 1);
    assert.match(gone.err, /cannot reach the proxy at http:\/\/127\.0\.0\.1:2: .*\nhint: name its admin interface/);
  });
});
