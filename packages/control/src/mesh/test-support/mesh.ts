/** Meshes for tests, written as YAML. */
import assert from 'node:assert/strict';
import { type ApiObject, builtinKinds, normalize, parseApiVersion, validateObject } from '@weft/api';
import { parseAllDocuments } from 'yaml';
import { buildSnapshot, emptySnapshot } from '../build/build-snapshot.ts';
import type { MeshKind, MeshOptions, MeshProxy, MeshSnapshot, ObjectChange } from '../model/index.ts';

/** Objects of a text, with defaults, checked as the API server checks them. Age counts down: the first is the oldest. */
export function objectsOf(text: string): ApiObject[] {
  return parseAllDocuments(text).flatMap((document, i) => {
    assert.deepEqual(document.errors, []);
    const given = document.toJS() as ApiObject | null;
    return given === null ? [] : [prepared(given, i)];
  });
}

function prepared(given: ApiObject, index: number): ApiObject {
  const { version } = parseApiVersion(given.apiVersion);
  const kind = builtinKinds.byApiVersion(given.apiVersion, given.kind);
  assert.ok(kind !== undefined, `there is no kind ${given.apiVersion} ${given.kind}`);
  const second = String(index % 60).padStart(2, '0');
  const minute = String(Math.floor(index / 60) % 60).padStart(2, '0');
  const creationTimestamp = `2026-01-01T00:${minute}:${second}Z`;
  const withAge = { ...given, metadata: { creationTimestamp, generation: 1, ...given.metadata } };
  const { object } = normalize(kind, version, withAge);
  const report = validateObject(kind, version, object);
  assert.deepEqual(report.issues, [], `${given.kind} ${given.metadata.name}`);
  return object;
}

/** The change that an object is. */
export function added(object: ApiObject): ObjectChange {
  const { namespace = '', name = '' } = object.metadata;
  const { group } = parseApiVersion(object.apiVersion);
  const kind = object.kind === 'Gateway' && group === 'gateway.networking.k8s.io' ? 'KubernetesGateway' : object.kind;
  return { kind: kind as MeshKind, key: namespace === '' ? name : `${namespace}/${name}`, object } as ObjectChange;
}

/** The snapshot of a mesh of these objects. */
export function meshOf(text: string, options: Partial<MeshOptions> = {}): MeshSnapshot {
  return buildSnapshot(emptySnapshot(options), objectsOf(text).map(added));
}

/** The snapshot after adding or replacing these objects. */
export function withObjects(snapshot: MeshSnapshot, text: string): MeshSnapshot {
  return buildSnapshot(snapshot, objectsOf(text).map(added));
}

/** The snapshot without an object. */
export function without(snapshot: MeshSnapshot, kind: MeshKind, key: string): MeshSnapshot {
  return buildSnapshot(snapshot, [{ kind, key }]);
}

/** A proxy beside a workload of namespace `a`, or whatever is said. */
export function proxyOf(facts: Partial<MeshProxy> = {}): MeshProxy {
  return {
    id: 'client.a',
    type: 'sidecar',
    namespace: 'a',
    labels: {},
    addresses: [],
    serviceAccount: 'default',
    locality: { region: '', zone: '', subzone: '' },
    network: '',
    cluster: 'Kubernetes',
    nodeName: '',
    metadata: {},
    ...facts,
  };
}
