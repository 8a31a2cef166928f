import { istio } from '@weft/api';
import type { MeshSnapshot } from '../../model/index.ts';
import { refOf } from '../../names/object-ref.ts';
import { MESH_KEY, NETWORKS_KEY, readDocument } from '../../settings/build-settings.ts';
import { MESH_CONFIG_FIELDS } from '../../settings/mesh-config-fields.ts';
import type { Analyzer, Report } from '../analyzer.ts';

/** The ConfigMap of the mesh: what is wrong in it, unknown, or without effect. */
export const meshConfigAnalyzer: Analyzer = {
  name: 'mesh-config',
  analyze(snapshot, report) {
    analyzeDocument(snapshot, MESH_KEY, report);
    analyzeDocument(snapshot, NETWORKS_KEY, report);
  },
};

function analyzeDocument({ objects, settings }: MeshSnapshot, key: string, report: Report): void {
  const { systemNamespace, configMapName } = settings.options;
  const object = objects.ConfigMap.get(`${systemNamespace}/${configMapName}`);
  if (object === undefined) return;
  const ref = refOf('ConfigMap', object);
  const at = `data.${key}`;
  const { value, problem } = readDocument(objects, settings.options, key);
  if (problem !== undefined) {
    report('InvalidMeshConfig', ref, `${at} ${problem}; the defaults hold`, at);
    return;
  }
  const parse = key === MESH_KEY ? istio.mesh.parseMeshConfig : istio.mesh.parseMeshNetworks;
  const { issues, unknownFields } = parse(value);
  for (const { field, detail } of issues) report('InvalidMeshConfig', ref, `${field}: ${detail}`, `${at}.${field}`);
  for (const field of unknownFields) {
    report(
      'UnknownMeshConfigField',
      ref,
      `${field} is no field of the configuration; it is left out`,
      `${at}.${field}`,
    );
  }
  if (key === MESH_KEY && typeof value === 'object' && value !== null) reportUnsupported(value);

  function reportUnsupported(given: object): void {
    for (const [field, use] of Object.entries(MESH_CONFIG_FIELDS)) {
      if (use === 'used' || !Object.hasOwn(given, field)) continue;
      report('UnsupportedField', ref, `${field} has no effect: ${use.unsupported}`, `${at}.${field}`);
    }
  }
}
