import { stringify } from 'yaml';

/** One YAML document in the style of Kubernetes: no folded lines, no anchors. */
export function formatYaml(data: unknown): string {
  return stringify(data ?? null, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.1' });
}
