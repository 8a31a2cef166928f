/** Every pod runs as a service account and gets its token, the cluster's CA and its namespace mounted. */
import type { ApiObject } from '@weft/api';
import { forbidden } from '../../../shared/api-errors.ts';
import { kinds } from '../../kinds.ts';
import type { AdmissionContext, AdmissionRequest, MutatingPlugin } from '../types.ts';

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
const TOKEN_SECONDS = 3607;

interface Container {
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
}

interface PodSpec {
  serviceAccountName?: string;
  serviceAccount?: string;
  automountServiceAccountToken?: boolean;
  imagePullSecrets?: unknown[];
  volumes?: Record<string, unknown>[];
  containers: Container[];
  initContainers?: Container[];
}

/** Fills in the service account of pods. */
export const podServiceAccount: MutatingPlugin = {
  name: 'ServiceAccount',
  handles: (request) => request.info.kind === kinds.pod && request.operation === 'CREATE' && request.subresource === '',
  mutate(object: ApiObject, request: AdmissionRequest, context: AdmissionContext): ApiObject {
    const spec = structuredClone(object['spec']) as PodSpec;
    const name = [spec.serviceAccountName, spec.serviceAccount].find((given) => (given ?? '') !== '') ?? 'default';
    spec.serviceAccountName = name;
    spec.serviceAccount = name;
    const account = context.get(kinds.serviceAccount, request.namespace, name);
    // The default account is made a moment after its namespace; pods created in between must not fail.
    if (account === undefined && name !== 'default') {
      throw forbidden(
        request.info.kind,
        request.name,
        `error looking up service account ${request.namespace}/${name}: serviceaccount "${name}" not found`,
      );
    }
    if ((spec.imagePullSecrets ?? []).length === 0 && Array.isArray(account?.['imagePullSecrets'])) {
      spec.imagePullSecrets = account['imagePullSecrets'] as unknown[];
    }
    const mounts = spec.automountServiceAccountToken ?? account?.['automountServiceAccountToken'] ?? true;
    if (mounts === true) mountToken(spec, object);
    return { ...object, spec };
  },
};

function mountToken(spec: PodSpec, object: ApiObject): void {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const needing = containers.filter((c) => !(c.volumeMounts ?? []).some((m) => m.mountPath === MOUNT_PATH));
  if (needing.length === 0) return;
  // Five letters of the pod's own identity: unique among its volumes and the same on a second look.
  const name = VOLUME_PREFIX + (object.metadata.uid ?? 'token').replaceAll('-', '').slice(0, 5);
  for (const container of needing) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, mountPath: MOUNT_PATH, readOnly: true }];
  }
  if ((spec.volumes ?? []).some((volume) => volume['name'] === name)) return;
  const sources = [
    { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: {
        items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
      },
    },
  ];
  spec.volumes = [...(spec.volumes ?? []), { name, projected: { defaultMode: 420, sources } }];
}
