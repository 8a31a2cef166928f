import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { type ApiObject, parseApiVersion } from '../kind/index.ts';
import { crdManifest, kindOfCrd } from '../openapi/index.ts';
import { judge } from '../test-support/judge.ts';
import { gatewayApiKinds } from './gateway.networking.k8s.io/index.ts';
import { istioKinds } from './istio.ts';

const kinds = [...istioKinds, ...gatewayApiKinds];

/** What users of the guides are told, by the name of the object; nothing for all others. */
const WARNINGS: Readonly<Record<string, readonly string[]>> = {
  'Telemetry custom-metrics': [
    'spec.metrics[0].overrides[0].tagOverrides[request_id].value: not a CEL expression: Syntax error: unexpected character "|"',
  ],
  'AuthorizationPolicy api-server-authz': ['spec.rules[0].when[0].notValues: "" matches only what is there and empty'],
};

const files = globSync(
  '{security.istio.io,telemetry.istio.io,install.istio.io,gateway.networking.k8s.io}/testdata/*.yaml',
  {
    cwd: import.meta.dirname,
  },
);

test('there are guides', () => assert.equal(files.length, 5));

for (const file of files) {
  test(`objects of guides are accepted: ${file}`, () => {
    for (const document of parseAllDocuments(readFileSync(join(import.meta.dirname, file), 'utf8'))) {
      const object = document.toJS() as { apiVersion: string; kind: string; metadata: { name: string } };
      const { group } = parseApiVersion(object.apiVersion);
      const kind = kinds.find((candidate) => candidate.group === group && candidate.kind === object.kind);
      assert.ok(kind !== undefined, object.kind);
      const name = `${object.kind} ${object.metadata.name}`;
      assert.deepEqual(judge(kind, object), { errors: [], warnings: WARNINGS[name] ?? [], unknownFields: [] }, name);
      // A cluster that only has the CRDs of the kinds must take the same objects.
      const fromCrd = kindOfCrd(crdManifest(kind) as unknown as ApiObject);
      assert.deepEqual(judge(fromCrd, object).errors, [], `${name}, by its CRD`);
    }
  });
}
