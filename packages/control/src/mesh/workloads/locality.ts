/** Where things run. */
import type { Locality, MeshObject } from '../model/index.ts';

type Labels = Readonly<Record<string, string>> | undefined;

/** A place that nobody told. */
export const UNKNOWN_LOCALITY: Locality = Object.freeze({ region: '', zone: '', subzone: '' });

/** Label of pods and entries that says where they are; dots stand for slashes, which labels cannot have. */
const LOCALITY_LABEL = 'istio-locality';

const REGION_LABELS = ['topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/region'];
const ZONE_LABELS = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];
const SUBZONE_LABELS = ['topology.istio.io/subzone'];

/** Reads `region/zone/subzone`; later parts may be left out. */
export function parseLocality(text: string): Locality {
  const [region = '', zone = '', ...rest] = text.split('/');
  return Object.freeze({ region, zone, subzone: rest.join('/') });
}

/** The place that a label says, if it does. */
export function localityOfLabels(labels: Labels): Locality | undefined {
  const text = labels?.[LOCALITY_LABEL] ?? '';
  if (text === '') return undefined;
  return parseLocality(text.includes('/') ? text : text.replaceAll('.', '/'));
}

/** The place of a node. */
export function localityOfNode({ metadata }: MeshObject<'Node'>): Locality {
  const first = (keys: readonly string[]): string => {
    const key = keys.find((one) => (metadata.labels?.[one] ?? '') !== '');
    return key === undefined ? '' : metadata.labels![key]!;
  };
  return Object.freeze({ region: first(REGION_LABELS), zone: first(ZONE_LABELS), subzone: first(SUBZONE_LABELS) });
}
