import { MESH_KINDS } from '../../mesh/index.ts';
import { type DebugPage, json } from '../debug-page.ts';

/** Configuration, as opposed to what runs: Pods and the like are in other pages. */
const CONFIG_KINDS = MESH_KINDS.filter(
  (kind) => !['Namespace', 'Node', 'Pod', 'Service', 'EndpointSlice', 'ConfigMap'].includes(kind),
);

/** The objects that users wrote. */
export const configz: DebugPage = {
  name: 'configz',
  summary: 'objects of the mesh as they were read',
  parameters: { kind: 'only this kind', namespace: 'only this namespace' },
  answer: ({ snapshot }, query) => {
    const [wantedKind, namespace] = [query.get('kind'), query.get('namespace')];
    const kinds = CONFIG_KINDS.filter((kind) => wantedKind === null || kind === wantedKind);
    if (kinds.length === 0) {
      return { kind: 'refusal', status: 400, message: `kind ${wantedKind} is none of ${CONFIG_KINDS.join(', ')}` };
    }
    const objects = kinds.flatMap((kind) => [...snapshot.objects[kind].values()]);
    return json(objects.filter(({ metadata }) => namespace === null || metadata.namespace === namespace));
  },
};
