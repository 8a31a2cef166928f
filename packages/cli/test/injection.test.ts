/** The commands about injectors against our own API server. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { kubernetes } from '@weft/api';
import { injectorConfiguration } from '@weft/control/inject';
import { noopLogger, systemClock, systemRandom } from '@weft/core';
import { createKubeClient, loadConnection, nodeConfigEnvironment } from '@weft/kube/client';
import { ApiServer } from '@weft/kube/server';
import { tempDir } from '@weft/testkit';
import { main } from '../src/main.ts';
import { captureContext } from '../src/test-support/capture.ts';

const base = { clock: systemClock, random: systemRandom, log: noopLogger };

test('weft x check-inject and injector list say who injects what', async (t) => {
  const server = await ApiServer.start({ host: '127.0.0.1', port: 0, state: ':memory:', version: 'test', ...base });
  t.after(() => server.close());
  const kubeconfig = path.join(tempDir(t), 'kubeconfig');
  writeFileSync(kubeconfig, server.ownerKubeconfig());
  const machine = nodeConfigEnvironment({ env: {}, homeDir: '/', clock: systemClock });
  const client = createKubeClient(await loadConnection(machine, { kubeconfig }), { ...base, userAgent: 'test' });
  t.after(() => client.close());
  const run = async (...argv: string[]): Promise<{ code: number; out: string; err: string }> => {
    const capture = captureContext({ clock: systemClock });
    const code = await main(['x', ...argv, '--kubeconfig', kubeconfig], capture.context);
    return { code, out: capture.out(), err: capture.err() };
  };

  assert.match((await run('injector', 'list')).out, /no namespace is injected\n\nthe cluster has no injectors/);
  const namespaces = client.resource(kubernetes.core.namespace);
  await namespaces.create({ metadata: { name: 'shop', labels: { 'istio-injection': 'enabled' } } });
  await namespaces.create({ metadata: { name: 'plain' } });
  const pods = client.resource(kubernetes.core.pod, { namespace: 'shop' });
  const spec = { containers: [{ name: 'a', image: 'a' }] };
  await pods.create({ metadata: { name: 'bare', labels: { 'sidecar.istio.io/inject': 'false' } }, spec } as never);
  const annotations = { 'sidecar.istio.io/status': '{"revision":"default"}' };
  await pods.create({ metadata: { name: 'meshed', annotations }, spec } as never);
  await client.resource(kubernetes.apps.deployment, { namespace: 'plain' }).create({
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web', 'istio.io/rev': 'canary' } }, spec },
    },
  } as never);
  const hooks = client.resource(kubernetes.admissionregistration.mutatingWebhookConfiguration);
  const common = {
    target: { kind: 'url', url: 'https://localhost:1' },
    caPem: 'PEM',
    controlPlaneNamespace: 'istio-system',
  } as const;
  await hooks.create(injectorConfiguration({ ...common, revision: 'default' }));
  await hooks.create(injectorConfiguration({ ...common, revision: 'canary' }));

  const { out } = await run('injector', 'list');
  assert.match(out, /shop +default +<no sidecar>: 1, default: 1/);
  assert.match(out, /istio-sidecar-injector +default +<none> +shop/);
  assert.match(out, /istio-sidecar-injector-canary +canary +<none> +<none>/);
  const listed = JSON.parse((await run('injector', 'list', '-o', 'json')).out) as { injectors: unknown[] };
  assert.equal(listed.injectors.length, 2);

  const refused = await run('check-inject', 'bare', '-n', 'shop');
  assert.equal(refused.code, 1);
  assert.match(
    refused.out,
    /istio-sidecar-injector +default +✘ +pod must fit "sidecar.istio.io\/inject notin \(false\)"/,
  );
  const asked = await run('check-inject', 'pod/meshed', '-n', 'shop');
  assert.equal(asked.code, 0);
  assert.match(asked.out, /istio-sidecar-injector +default +✔ +namespace has istio-injection=enabled/);
  assert.match(
    (await run('check-inject', 'deployment/web', '-n', 'plain')).out,
    /canary +✔ +pod has istio.io\/rev=canary/,
  );
  const wrong = await run('check-inject', 'service/web', '-n', 'plain');
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /service\/web names no workload/);
  assert.match((await run('check-inject', 'nobody', '-n', 'shop')).err, /pods "nobody" not found/);
});
