/** kubectl, `weft apiserver` and the injection webhook together: what users apply, and what they get. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { createInjectionConfig, injectorConfiguration, validatorConfiguration } from '@weft/control/inject';
import { type WebhookCertificate, WebhookServer } from '@weft/control/inject/server';
import { noopLogger, systemClock, unwrap, Watch } from '@weft/core';
import { TestAuthority, tempDir } from '@weft/testkit';
import { stringify } from 'yaml';
import { findKubectls, Kubectl } from '../support/kubectl.ts';
import { startServer } from '../support/server.ts';
import { DEPLOYMENT } from './files.ts';

const WEFT = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'weft.js');
const CONTAINERS = 'jsonpath={.spec.containers[*].name}';

const POD = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: bookinfo, labels: {app: web}}
spec:
  containers:
  - name: web
    image: web:1
    ports: [{name: http, containerPort: 8080}]
    livenessProbe: {httpGet: {path: /live, port: http}}
`;

const kubectls = await findKubectls();
const newest = kubectls.at(-1);

test('kubectl applies pods that come back with a sidecar', {
  skip: newest === undefined,
  timeout: 120_000,
}, async (t) => {
  const api = await startServer(t);
  const authority = await TestAuthority.create();
  const state = { config: unwrap(createInjectionConfig()), proxyConfigs: [], nodes: [] };
  const webhook = new WebhookServer({
    host: '127.0.0.1',
    port: 0,
    certificate: new Watch<WebhookCertificate>(await authority.server()),
    injection: () => state,
    clock: systemClock,
    log: noopLogger,
  });
  const { port } = await webhook.start();
  t.after(() => webhook.close());
  const kubectl = new Kubectl(newest!, api.kubeconfig, tempDir(t));
  const run = async (line: string, input?: string): Promise<string> => {
    const { code, stdout, stderr } = await kubectl.run(line.split(' '), input === undefined ? {} : { input });
    assert.equal(code, 0, `kubectl ${line}: ${stderr}`);
    return stdout;
  };
  const options = {
    revision: 'default',
    target: { kind: 'url', url: `https://localhost:${port}` },
    caPem: authority.caPem,
    controlPlaneNamespace: 'istio-system',
  } as const;
  await run(
    'apply -f -',
    [injectorConfiguration(options), validatorConfiguration(options)].map((one) => stringify(one)).join('---\n'),
  );
  await run('create namespace bookinfo');
  await run('label namespace bookinfo istio-injection=enabled');

  await run('apply -f -', POD);
  assert.equal(await run(`get pod web -n bookinfo -o ${CONTAINERS}`), 'web istio-proxy');
  assert.match(await run('get pod web -n bookinfo -o yaml'), /path: \/app-health\/web\/livez/);
  const unprobed = POD.replace('name: web,', 'name: unprobed,').replace(/ *livenessProbe.*\n/, '');
  await run('apply -f -', unprobed);
  // kubectl sends only the order of the containers that it knows, which must not touch the others.
  await run('apply -f -', unprobed);
  assert.equal(await run(`get pod unprobed -n bookinfo -o ${CONTAINERS}`), 'web istio-proxy');
  await run('run plain --image=a -n bookinfo --labels=sidecar.istio.io/inject=false');
  assert.equal(await run(`get pod plain -n bookinfo -o ${CONTAINERS}`), 'plain');
  const refused = await kubectl.run(['apply', '-f', '-'], {
    input: POD.replace('name: web, ', 'name: wrong, annotations: {sidecar.istio.io/interceptionMode: MAGIC}, '),
  });
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /denied the request: the sidecar cannot be injected: annotation sidecar.istio.io\/interceptionMode/,
  );

  const injected = spawnSync(process.execPath, [WEFT, 'kube-inject', '-f', '-'], {
    input: DEPLOYMENT,
    encoding: 'utf8',
  });
  assert.equal(injected.status, 0, injected.stderr);
  await run('apply -f -', injected.stdout);
  const template = CONTAINERS.replace('.spec.', '.spec.template.spec.');
  assert.equal(await run(`get deployment reviews -n bookinfo -o ${template}`), 'reviews istio-proxy');
});
