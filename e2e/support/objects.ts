/** Objects that several tests write. */
import type { kubernetes, ObjectOf } from '@weft/api';

/** A config map as the mesh's client has it. */
export type ConfigMap = ObjectOf<typeof kubernetes.core.configMap>;

/** A config map with data and labels. */
export function configMap(
  name: string,
  data: Record<string, string> = {},
  labels: Record<string, string> = {},
): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data };
}
