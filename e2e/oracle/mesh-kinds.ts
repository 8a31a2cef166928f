/** Tells a cluster of the mesh's kinds that the cases use; our own server has them built in. */
import { crdManifest, istio } from '@weft/api';
import { eventually } from '@weft/testkit';
import type { RawApi } from '../support/raw-api.ts';

export async function defineMeshKinds(api: RawApi): Promise<void> {
  const manifest = crdManifest(istio.networking.virtualService) as { metadata: { name: string } };
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${manifest.metadata.name}`;
  await api.send({
    method: 'PATCH',
    path: `${path}?fieldManager=oracle&force=true`,
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: JSON.stringify(manifest),
  });
  const served = '/apis/networking.istio.io/v1/virtualservices?limit=1';
  await eventually(async () => (await api.send({ method: 'GET', path: served })).status === 200, { withinMs: 20_000 });
}
