/** The settings of the mesh, from its ConfigMap and the namespace of the control plane. */
import { istio } from '@weft/api';
import { parse as parseYaml } from 'yaml';
import type { MeshObjects, MeshOptions, MeshSettings } from '../model/index.ts';
import { keepEqual } from '../names/keep-equal.ts';
import { refOf } from '../names/object-ref.ts';

/** Label of namespaces and pods that says which network they are in. */
export const NETWORK_LABEL = 'topology.istio.io/network';

/** Keys of the ConfigMap. */
export const MESH_KEY = 'mesh';
export const NETWORKS_KEY = 'meshNetworks';

/** Larger documents are refused before they are parsed; a ConfigMap cannot hold more either. */
const MAX_YAML_CHARS = 1024 * 1024;

/** A document of the ConfigMap: its value, or why there is none. */
export interface Document {
  readonly value: unknown;
  readonly problem?: string;
}

/** Parses one key of the ConfigMap; an absent one says nothing. */
export function readDocument(objects: MeshObjects, options: MeshOptions, key: string): Document {
  const text = objects.ConfigMap.get(`${options.systemNamespace}/${options.configMapName}`)?.data?.[key];
  if (text === undefined) return { value: {} };
  if (text.length > MAX_YAML_CHARS) return { value: {}, problem: `is longer than ${MAX_YAML_CHARS} characters` };
  try {
    // Aliases that multiply are bounded, so that a short text does not become a huge value.
    return { value: parseYaml(text, { maxAliasCount: 100 }) as unknown };
  } catch (error) {
    return { value: {}, problem: `is not valid YAML: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The settings; what is wrong in the ConfigMap counts as not said, and shows in the findings. */
export function buildSettings(
  previous: MeshSettings | undefined,
  objects: MeshObjects,
  options: MeshOptions,
): MeshSettings {
  const { config } = istio.mesh.parseMeshConfig(readDocument(objects, options, MESH_KEY).value);
  const networks = istio.mesh.parseMeshNetworks(readDocument(objects, options, NETWORKS_KEY).value).config;
  const rootNamespace = config.rootNamespace ?? options.systemNamespace;
  const source = objects.ConfigMap.get(`${options.systemNamespace}/${options.configMapName}`);
  const settings: MeshSettings = {
    options,
    config,
    networks,
    rootNamespace: rootNamespace === '' ? options.systemNamespace : rootNamespace,
    trustDomain: config.trustDomain ?? options.clusterDomain,
    defaultNetwork: objects.Namespace.get(options.systemNamespace)?.metadata.labels?.[NETWORK_LABEL] ?? '',
    ...(source === undefined ? {} : { source: refOf('ConfigMap', source) }),
  };
  return keepEqual(previous, Object.freeze(settings));
}
