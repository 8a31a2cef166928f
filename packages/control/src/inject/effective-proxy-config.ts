/** The ProxyConfig of one pod, of the five places that may say something about it. */
import { istio, selectsLabels } from '@weft/api';
import { readProxyConfig } from './annotation-checks.ts';
import { ANNOTATION } from './names.ts';
import { annotationsOf, labelsOf, type PodLike } from './pod-types.ts';

type ProxyConfigObject = istio.networking.ProxyConfig;
type MeshProxyConfig = istio.mesh.MeshProxyConfig;

/** Where a ProxyConfig comes from. */
export interface ProxyConfigSources {
  readonly pod: PodLike;
  readonly namespace: string;
  readonly mesh: istio.mesh.MeshConfig;
  /** All ProxyConfig objects that may concern the pod; others are looked over. */
  readonly objects: readonly ProxyConfigObject[];
}

/**
 * Later ones win: the mesh's default, the object of the root namespace, that of the pod's namespace, the pod's annotation,
 * the object that selects the pod. Among several of one place the oldest counts.
 */
export function effectiveProxyConfig({ pod, namespace, mesh, objects }: ProxyConfigSources): MeshProxyConfig {
  const root = mesh.rootNamespace ?? 'istio-system';
  const byAge = objects.toSorted(compareAge);
  const general = (ns: string) =>
    byAge.find((one) => one.metadata.namespace === ns && one.spec?.selector === undefined);
  const selecting = byAge.find(
    ({ metadata, spec }) =>
      metadata.namespace === namespace &&
      spec?.selector !== undefined &&
      selectsLabels({ matchLabels: spec.selector.matchLabels ?? {} }, labelsOf(pod)),
  );
  const annotation = annotationsOf(pod)[ANNOTATION.proxyConfig];
  const annotated = annotation === undefined ? {} : readProxyConfig(annotation);
  const layers: object[] = [
    specOf(general(root)),
    namespace === root ? {} : specOf(general(namespace)),
    // A wrong annotation has been refused before.
    typeof annotated === 'string' ? {} : annotated,
    specOf(selecting),
  ];
  let config = mesh.defaultConfig ?? istio.mesh.PROXY_CONFIG_DEFAULTS;
  for (const layer of layers) config = istio.mesh.parseProxyConfig(layer, config).config;
  return config;
}

/** The object in the words of the mesh's configuration. */
function specOf(object: ProxyConfigObject | undefined): MeshProxyConfig {
  const { concurrency, environmentVariables, image } = object?.spec ?? {};
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(environmentVariables === undefined ? {} : { proxyMetadata: environmentVariables }),
    ...(image === undefined ? {} : { image }),
  };
}

/** Objects that were made in the same second are told apart by name, so that the order of a list does not count. */
function compareAge(a: ProxyConfigObject, b: ProxyConfigObject): number {
  const age = compare(String(a.metadata.creationTimestamp ?? ''), String(b.metadata.creationTimestamp ?? ''));
  return age === 0 ? compare(a.metadata.name ?? '', b.metadata.name ?? '') : age;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
