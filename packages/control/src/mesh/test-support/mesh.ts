/** Meshes for tests, written as YAML. */
import assert from 'node:assert/strict';
import { type ApiObject, builtinKinds, normalize, parseApiVersion, validateObject } from '@weft/api';
import { parseAllDocuments } from 'yaml';
import { buildSnapshot, emptySnapshot } from '../build/build-snapshot.ts';
import type { MeshKind, MeshProxy, MeshSnapshot, ObjectChange } from '../model/index.ts';

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

/** The snapshot of a mesh of these objects, the oldest first. */
export function meshOf(...texts: readonly string[]): MeshSnapshot {
  return withObjects(emptySnapshot(), ...texts);
}

/** The snapshot after adding or replacing these objects. */
export function withObjects(snapshot: MeshSnapshot, ...texts: readonly string[]): MeshSnapshot {
  return buildSnapshot(snapshot, objectsOf(texts.join('\n---\n')).map(added));
}

const API_VERSIONS: Readonly<Record<string, string>> = {
  Namespace: 'v1',
  Node: 'v1',
  Pod: 'v1',
  Service: 'v1',
  ConfigMap: 'v1',
  EndpointSlice: 'discovery.k8s.io/v1',
  PeerAuthentication: 'security.istio.io/v1',
  AuthorizationPolicy: 'security.istio.io/v1',
  RequestAuthentication: 'security.istio.io/v1',
  Telemetry: 'telemetry.istio.io/v1',
  ProxyConfig: 'networking.istio.io/v1beta1',
  EnvoyFilter: 'networking.istio.io/v1alpha3',
};

/** One object as YAML: `namespace/name`, then its spec and, where needed, more metadata, both in flow style. */
export function object(kind: string, key: string, spec: string, metadata = ''): string {
  const [namespace, name] = key.includes('/') ? key.split('/') : ['', key];
  const place = namespace === '' ? '' : `namespace: ${namespace}, `;
  const meta = `{${place}name: ${name}${metadata === '' ? '' : `, ${metadata}`}}`;
  const apiVersion = API_VERSIONS[kind] ?? 'networking.istio.io/v1';
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: ${meta}\nspec: ${spec}\n`;
}

/** A Service with one port, which is http on 80. */
export function httpService(key: string, more = ''): string {
  const spec = `{clusterIP: 10.0.0.1, selector: {app: ${key.split('/')[1]}}, ports: [{name: http, port: 80}]}`;
  return object('Service', key, spec, more);
}

/** A ready pod with label `app`. */
export function podOf(key: string, app: string, ip: string, more = ''): string {
  const status = `status: {phase: Running, podIP: ${ip}, conditions: [{type: Ready, status: 'True'}]}`;
  const spec =
    '{serviceAccountName: sa, nodeName: n1, containers: [{name: c, image: c, ports: [{name: named, containerPort: 9090}]}]}';
  return `${object('Pod', key, spec, `labels: {app: ${app}${more}}`)}${status}\n`;
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
