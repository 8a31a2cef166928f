/** `weft kube-inject` as users run it, in this process. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { tempDir } from '@weft/testkit';
import { parseAllDocuments } from 'yaml';
import { main } from '../main.ts';
import { captureContext } from '../test-support/capture.ts';

const MANIFESTS = `# The shop
apiVersion: v1
kind: Service
metadata: {name: reviews}   # stays as it is
spec:
  ports: [{port: 80}]
--- # Source: chart/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  template:
    metadata: {labels: {app: reviews}, annotations: {said: "yes"}}
    spec:
      containers: [{name: reviews, image: "reviews:1"}]
---
# nothing but a comment
---
apiVersion: v1
kind: Pod
metadata: {name: host}
spec: {hostNetwork: true, containers: [{name: a, image: a}]}
`;

async function run(argv: readonly string[], stdinText = ''): Promise<{ code: number; out: string; err: string }> {
  const capture = captureContext({ stdinText });
  const code = await main(['kube-inject', ...argv], capture.context);
  return { code, out: capture.out(), err: capture.err() };
}

/** Documents of an output; those that are empty are null. */
function documents(text: string): ReturnType<typeof JSON.parse>[] {
  return parseAllDocuments(text).map((document) => document.toJS() as unknown);
}

describe('weft kube-inject', () => {
  it('injects what holds pods, and leaves everything else as it is written', async () => {
    const { code, out, err } = await run(['-f', '-'], MANIFESTS);
    assert.equal(code, 0, err);
    const [service, deployment, nothing, pod] = documents(out);
    assert.ok(out.startsWith(MANIFESTS.slice(0, MANIFESTS.indexOf('---'))), 'the Service with its comments');
    assert.ok(out.endsWith(MANIFESTS.slice(MANIFESTS.indexOf('# nothing'))), 'the Pod that is not injected');
    assert.deepEqual([service.kind, nothing, pod.kind], ['Service', null, 'Pod']);
    const { spec, metadata } = deployment.spec.template;
    assert.deepEqual(
      spec.containers.map(({ name }: { name: string }) => name),
      ['reviews', 'istio-proxy'],
    );
    assert.match(out, /said: "yes"/, 'what other readers of YAML take for a boolean is in quotes');
    assert.equal(metadata.labels['security.istio.io/tlsMode'], 'istio');
    assert.match(err, /^injected Deployment shop\/reviews \(<stdin>\)\n/);
    assert.match(err, /not injected Pod host \(<stdin>\): the pod uses the network of its node/);
    assert.doesNotMatch(err, /Service/);
  });

  it('gives the same again for its own output', async () => {
    const once = await run(['-f', '-'], MANIFESTS);
    const twice = await run(['-f', '-'], once.out);
    assert.equal(twice.out, once.out);
  });

  it('takes the files and spellings of istioctl', async (t) => {
    const folder = tempDir(t);
    const file = (name: string, text: string): string => {
      writeFileSync(path.join(folder, name), text);
      return path.join(folder, name);
    };
    const config = file('config.yaml', 'policy: disabled\nalwaysInjectSelector: [{matchLabels: {app: reviews}}]\n');
    const mesh = file('mesh.yaml', 'trustDomain: example.org\n');
    const values = file('values.json', '{"global": {"hub": "h", "tag": "t", "network": "n1"}}');
    const output = path.join(folder, 'out.yaml');
    const flags = [
      '--injectConfigFile',
      config,
      `--meshConfigFile=${mesh}`,
      '--valuesFile',
      values,
      '--revision',
      'canary',
    ];
    const { code, out, err } = await run(['-f', file('in.yaml', MANIFESTS), ...flags, '-o', output]);
    assert.equal(code, 0, err);
    assert.equal(out, '');
    const text = readFileSync(output, 'utf8');
    for (const part of [
      'image: h/proxy:t',
      'value: example.org',
      'istiod-canary.istio-system.svc:15012',
      'network: n1',
    ]) {
      assert.ok(text.includes(part), part);
    }
    assert.equal((await run(['-f', file('in.yaml', MANIFESTS), '--inject-config-file', config])).code, 0);
  });

  it('joins several files', async (t) => {
    const folder = tempDir(t);
    for (const name of ['a', 'b']) {
      writeFileSync(path.join(folder, `${name}.yaml`), `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}`);
    }
    const { out } = await run(['-f', folder]);
    assert.deepEqual(
      documents(out).map(({ metadata }) => metadata.name),
      ['a', 'b'],
    );
  });

  it('prints nothing when something is wrong, and names it', async (t) => {
    const wrong = MANIFESTS.replace('said: "yes"', 'sidecar.istio.io/proxyCPU: much');
    const refused = await run(['-f', '-'], wrong);
    assert.deepEqual([refused.code, refused.out], [2, '']);
    assert.match(
      refused.err,
      /Deployment shop\/reviews \(<stdin>\): annotation sidecar.istio.io\/proxyCPU: must be an amount/,
    );
    const broken = await run(['-f', '-'], `${MANIFESTS}---\nkind: [\n`);
    assert.deepEqual([broken.code, broken.out], [2, '']);
    assert.match(broken.err, /<stdin>:2[0-9]: /);
    const folder = tempDir(t);
    const templates = path.join(folder, 'config.yaml');
    writeFileSync(templates, 'templates: {sidecar: "{{ .Values }}"}');
    const go = await run(['-f', '-', '--injectConfigFile', templates], MANIFESTS);
    assert.equal(go.code, 2);
    assert.match(go.err, /template sidecar: is a Go template/);
    writeFileSync(templates, 'trustDomian: x');
    assert.match((await run(['-f', '-', '--meshConfigFile', templates], MANIFESTS)).err, /unknown field "trustDomian"/);
    assert.match((await run([])).err, /--filename is required/);
    const bomb = `${'['.repeat(20_000)}`;
    assert.equal((await run(['-f', '-'], bomb)).code, 2);
  });
});
