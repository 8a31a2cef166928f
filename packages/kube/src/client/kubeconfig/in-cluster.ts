/** The connection of a pod to the API server of its own cluster: a token and a CA that kubelet mounts and renews. */
import { Secret } from '@weft/core';
import type { ClusterConnection } from '../connection.ts';
import type { ConfigEnvironment } from './environment.ts';
import { RotatedFile } from './file-secret.ts';

/** Where kubelet mounts the service account. */
const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
const ORIGIN = 'the service account of this pod';

/** The connection, or undefined outside of a cluster. */
export async function loadInCluster(machine: ConfigEnvironment): Promise<ClusterConnection | undefined> {
  const host = machine.env['KUBERNETES_SERVICE_HOST'];
  const port = machine.env['KUBERNETES_SERVICE_PORT'];
  if (host === undefined || host === '' || port === undefined || port === '') return undefined;
  const token = new RotatedFile(ORIGIN, `${FOLDER}/token`, machine);
  const authority = new RotatedFile(ORIGIN, `${FOLDER}/ca.crt`, machine);
  const namespace = await new RotatedFile(ORIGIN, `${FOLDER}/namespace`, machine).get();
  // Read now, so that a pod without a mounted token fails with a clear message and not with a refused request.
  await Promise.all([token.get(), authority.get()]);
  return {
    origin: ORIGIN,
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    namespace,
    readCertificateAuthority: () => authority.get(),
    isTlsVerified: true,
    isCompressed: true,
    credentials: {
      get: async () => ({ token: new Secret(await token.get()) }),
      invalidate: () => token.expire(),
    },
    warnings: [],
  };
}
