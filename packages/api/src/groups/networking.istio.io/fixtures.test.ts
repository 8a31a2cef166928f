import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { parseApiVersion } from '../../kind/index.ts';
import { judge } from '../../test-support/judge.ts';
import { networkingIstioKinds } from './kinds.ts';

const folder = join(import.meta.dirname, 'testdata');

for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
  test(`objects of guides are accepted: ${file}`, () => {
    const documents = parseAllDocuments(readFileSync(join(folder, file), 'utf8'));
    assert.ok(documents.length > 0);
    for (const document of documents) {
      const object = document.toJS() as { apiVersion: string; kind: string; metadata: { name: string } };
      assert.equal(parseApiVersion(object.apiVersion).group, 'networking.istio.io');
      const kind = networkingIstioKinds.find((candidate) => candidate.kind === object.kind);
      assert.ok(kind !== undefined, object.kind);
      const { errors, unknownFields, warnings } = judge(kind, object);
      const name = `${object.kind} ${object.metadata.name}`;
      assert.deepEqual(errors, [], name);
      assert.deepEqual(unknownFields, [], name);
      const expected = name.endsWith('reviews-dr')
        ? ['spec.trafficPolicy.loadBalancer.simple: LEAST_CONN is deprecated, use LEAST_REQUEST instead']
        : [];
      assert.deepEqual(warnings, expected, name);
    }
  });
}
