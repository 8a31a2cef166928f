/** The commands that work on files and built-in kinds, without a server. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { tempDir } from '@weft/testkit';
import { main } from '../main.ts';
import { captureContext } from '../test-support/capture.ts';

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const capture = captureContext();
  const code = await main(argv, capture.context);
  return { code, out: capture.out(), err: capture.err() };
}

const GOOD = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination: {host: reviews}
`;
const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer, maximum: 3}}}
`;

describe('weft validate', () => {
  it('says that good files are good', async (t) => {
    const file = path.join(tempDir(t), 'good.yaml');
    writeFileSync(file, GOOD);
    const { code, out } = await run('validate', '-f', file);
    assert.equal(code, 0);
    assert.match(out, /✓ VirtualService shop\/reviews/);
    assert.match(out, /1 checked, 0 invalid, 0 warnings/);
  });

  it('names file, line and field of what is wrong, in a whole folder', async (t) => {
    const folder = tempDir(t);
    mkdirSync(path.join(folder, 'deep'));
    writeFileSync(path.join(folder, 'good.yaml'), GOOD);
    writeFileSync(
      path.join(folder, 'deep', 'bad.yaml'),
      GOOD.replace('hosts:', 'hots: 1\n  hosts:').replace('{host: reviews}', '{host: 7}'),
    );
    writeFileSync(path.join(folder, 'broken.yml'), 'apiVersion: [');
    writeFileSync(path.join(folder, 'ignored.txt'), 'not: yaml: at: all');
    const { code, out } = await run('validate', '-q', '-f', folder);
    assert.equal(code, 1);
    assert.match(out, /bad\.yaml:5: error: unknown field "spec\.hots"/);
    assert.match(out, /bad\.yaml:9: error: spec\.http\[0\]\.route\[0\]\.destination\.host: Invalid value/);
    assert.match(out, /broken\.yml:1: error: /);
    assert.doesNotMatch(out, /✓/, 'quiet tells only what is wrong');
    assert.match(out, /3 checked, 2 invalid/);
  });

  it('checks custom resources against the definitions beside them', async (t) => {
    const file = path.join(tempDir(t), 'crd.yaml');
    const widget = 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: 4}\n';
    writeFileSync(file, `${widget}---\n${CRD}`);
    const { code, out } = await run('validate', '-f', file);
    assert.equal(code, 1);
    assert.match(out, /spec\.size: Invalid value: 4: spec\.size in body should be less than or equal to 3/);
    writeFileSync(file, widget);
    assert.match((await run('validate', '-f', file)).out, /no matches for kind "Widget" in version "example.com\/v1"/);
  });

  it('is read by machines', async (t) => {
    const file = path.join(tempDir(t), 'bad.yaml');
    writeFileSync(file, GOOD.replace('v1\n', 'v9\n'));
    const { code, out } = await run('validate', '-f', file, '-o', 'json');
    assert.equal(code, 1);
    const data = JSON.parse(out) as {
      objects: { isValid: boolean; findings: { line: number; message: string }[] }[];
      summary: object;
    };
    assert.deepEqual(data.summary, { checked: 1, invalid: 1, warnings: 0 });
    assert.match(
      data.objects[0]!.findings[0]!.message,
      /VirtualService has no version v9: served versions are v1, v1beta1, v1alpha3/,
    );
    assert.equal(data.objects[0]!.findings[0]!.line, 1);
  });

  it('wants to know what to check', async () => {
    assert.equal((await run('validate')).code, 2);
    const missing = await run('validate', '-f', '/no/such/file.yaml');
    assert.equal(missing.code, 2);
    assert.match(missing.err, /there is no file or folder \/no\/such\/file\.yaml/);
  });
});

describe('weft api-resources', () => {
  it('lists the kinds, all or of one group', async () => {
    const all = await run('api-resources');
    assert.match(all.out, /^virtualservices\s+vs\s+networking.istio.io\/v1\s+true\s+VirtualService$/m);
    assert.match(all.out, /^namespaces\s+ns\s+v1\s+false\s+Namespace$/m);
    const some = await run('api-resources', '--api-group', 'gateway.networking.k8s.io', '--namespaced', 'false');
    assert.match(some.out, /gatewayclasses/);
    assert.doesNotMatch(some.out, /httproutes|virtualservices/);
  });
});

describe('weft explain', () => {
  it('explains kinds and fields by any of their names', async () => {
    for (const name of ['virtualservices', 'VirtualService', 'vs']) {
      const { code, out } = await run('explain', `${name}.spec.http.route.weight`);
      assert.equal(code, 0);
      assert.match(out, /KIND:\s+VirtualService/);
      assert.match(out, /FIELD:\s+weight <integer>/);
    }
    assert.match(
      (await run('explain', 'gateway.spec', '--api-version', 'gateway.networking.k8s.io/v1')).out,
      /gatewayClassName/,
    );
  });

  it('helps with what it does not know', async () => {
    const kind = await run('explain', 'virtualservce');
    assert.equal(kind.code, 2);
    assert.match(kind.err, /did you mean virtualservice/);
    const field = await run('explain', 'vs.spec.htp');
    assert.equal(field.code, 2);
    assert.match(field.err, /htp/);
    assert.equal((await run('explain', 'vs', '--api-version', 'networking.istio.io/v7')).code, 2);
  });
});
