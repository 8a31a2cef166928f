/** Volumes of the proxy and where it finds them; names and paths are Istio's, as templates of users refer to them. */
import { parseJson, unwrap } from '@weft/core';
import { ANNOTATION } from '../names.ts';
import { annotationsOf, type Volume, type VolumeMount } from '../pod-types.ts';
import type { TemplateInput } from './template.ts';

/** Mode of files in volumes as the API server fills it in. */
const FILE_MODE = 0o644;
const TOKEN_SECONDS = 43_200;

/** The volumes that the proxy needs. */
export function proxyVolumes({ pod, values }: TemplateInput): Volume[] {
  return [
    { name: 'workload-socket', emptyDir: {} },
    { name: 'credential-socket', emptyDir: {} },
    { name: 'workload-certs', emptyDir: {} },
    // In memory: keys may lie here when the user asks for files.
    { name: 'istio-envoy', emptyDir: { medium: 'Memory' } },
    { name: 'istio-data', emptyDir: {} },
    {
      name: 'istio-podinfo',
      downwardAPI: {
        items: ['labels', 'annotations'].map((path) => ({
          path,
          fieldRef: { apiVersion: 'v1', fieldPath: `metadata.${path}` },
        })),
        defaultMode: FILE_MODE,
      },
    },
    {
      name: 'istio-token',
      projected: {
        sources: [
          {
            serviceAccountToken: {
              path: 'istio-token',
              expirationSeconds: TOKEN_SECONDS,
              audience: values.tokenAudience,
            },
          },
        ],
        defaultMode: FILE_MODE,
      },
    },
    ...(values.mountsRootCertificate
      ? [{ name: 'istiod-ca-cert', configMap: { name: 'istio-ca-root-cert', defaultMode: FILE_MODE } }]
      : []),
    ...byName<Volume>(annotationsOf(pod)[ANNOTATION.userVolume]),
  ];
}

/** Where the proxy finds them. */
export function proxyMounts({ pod, values }: TemplateInput): VolumeMount[] {
  return [
    { name: 'workload-socket', mountPath: '/var/run/secrets/workload-spiffe-uds' },
    { name: 'credential-socket', mountPath: '/var/run/secrets/credential-uds' },
    { name: 'workload-certs', mountPath: '/var/run/secrets/workload-spiffe-credentials' },
    ...(values.mountsRootCertificate ? [{ name: 'istiod-ca-cert', mountPath: '/var/run/secrets/istio' }] : []),
    { name: 'istio-data', mountPath: '/var/lib/istio/data' },
    { name: 'istio-envoy', mountPath: '/etc/istio/proxy' },
    { name: 'istio-token', mountPath: '/var/run/secrets/tokens' },
    { name: 'istio-podinfo', mountPath: '/etc/istio/pod' },
    ...byName<VolumeMount>(annotationsOf(pod)[ANNOTATION.userVolumeMount]),
  ];
}

/** An annotation with a JSON object of objects by name, which has been judged before. */
function byName<T extends { name: string }>(text: string | undefined): T[] {
  if (text === undefined) return [];
  const members = unwrap(parseJson(text)) as Readonly<Record<string, object>>;
  return Object.entries(members).map(([name, value]) => ({ ...value, name }) as T);
}
