/** The installation of a mesh as one object. */
import { defineKind, type ObjectMeta, type ObjectOf, specPath } from '../../kind/index.ts';
import {
  any,
  anyObject,
  type FieldPath,
  type Infer,
  type IssueReport,
  isPlainObject,
  object,
  string,
} from '../../schema/index.ts';
import { isDnsLabel } from '../../validation/hosts.ts';
import { meshConfig } from '../mesh/mesh-config.ts';
import { parseMeshConfig } from '../mesh/parse-mesh-config.ts';
import { ageColumn } from '../networking.istio.io/versions.ts';
import { components, type GatewayComponent } from './component.ts';

const operatorSpec = object('What is installed.', {
  profile: string(
    'Profile that the settings are changes of: default, minimal, demo, ambient, remote, empty, or a file.',
  ),
  installPackagePath: string('Folder with the charts.', { deprecated: 'has no effect' }),
  hub: string('Registry and path of the images.'),
  tag: any('Tag of the images.'),
  namespace: string('Namespace of the control plane.'),
  revision: string('Name of this control plane beside others.'),
  defaultRevision: any('Whether this control plane serves those who name no revision.'),
  compatibilityVersion: string('Version whose defaults are kept, such as 1.24.'),
  meshConfig,
  components,
  values: anyObject('Values of the charts.'),
  unvalidatedValues: anyObject('Values of the charts that are not looked at.'),
});

type Spec = Infer<typeof operatorSpec>;

const HUB = /^[a-z0-9]+(?:[._:/-]+[a-z0-9]+)*$/i;
const TAG = /^[\w][\w.-]{0,127}$/;
const NAME = /^[a-z0-9.-]{1,254}$/;

function checkIstioOperator(
  operator: { readonly metadata: ObjectMeta; readonly spec?: Spec },
  report: IssueReport,
): void {
  const { spec } = operator;
  if (spec === undefined) return;
  if ((spec.hub ?? '') !== '' && !HUB.test(spec.hub!))
    report.invalid(specPath.child('hub'), spec.hub, 'bad hub: must be registry/path');
  checkTag(spec.tag, report);
  if ((spec.revision ?? '') !== '' && !isDnsLabel(spec.revision!)) {
    report.invalid(specPath.child('revision'), spec.revision, `invalid revision specified: ${spec.revision}`);
  }
  for (const field of ['ingressGateways', 'egressGateways'] as const) {
    for (const [i, gateway] of (spec.components?.[field] ?? []).entries()) {
      checkGateway(gateway, specPath.child('components', field).index(i), report);
    }
  }
  if (spec.meshConfig !== undefined) addMeshIssues(spec.meshConfig, specPath.child('meshConfig'), report);
  const inValues = spec.values?.['meshConfig'];
  if (isPlainObject(inValues)) addMeshIssues(inValues, specPath.child('values', 'meshConfig'), report);
}

function checkTag(tag: unknown, report: IssueReport): void {
  if (tag === undefined || tag === null || tag === '') return;
  const isText = typeof tag === 'string' || typeof tag === 'number';
  if (!isText || !TAG.test(String(tag)))
    report.invalid(specPath.child('tag'), tag, 'bad tag: must be letters, digits, "_", "." and "-"');
}

function checkGateway(gateway: GatewayComponent, path: FieldPath, report: IssueReport): void {
  if (gateway.name !== '' && !NAME.test(gateway.name)) {
    report.invalid(path.child('name'), gateway.name, 'must be lower case letters, digits, "." and "-"');
  }
}

function addMeshIssues(config: unknown, path: FieldPath, report: IssueReport): void {
  const parsed = parseMeshConfig(config, path);
  report.issues.push(...parsed.issues);
  for (const warning of parsed.warnings) report.warn(warning);
  for (const field of parsed.unknownFields) report.warn(`unknown field "${field}"`);
}

/** The installation of a mesh as one object: profile, components, values and configuration. */
export const istioOperator = defineKind({
  group: 'install.istio.io',
  kind: 'IstioOperator',
  plural: 'istiooperators',
  shortNames: ['iop', 'io'],
  scope: 'Namespaced',
  description: 'The installation of a mesh as one object: profile, components, values and configuration.',
  fields: {
    spec: operatorSpec,
    status: anyObject('What the installer reports.'),
  },
  versions: [{ name: 'v1alpha1', isStorage: true }],
  hasStatus: true,
  columns: [
    { name: 'Revision', type: 'string', value: '.spec.revision', description: 'Name of the control plane.' },
    { name: 'Status', type: 'string', value: '.status.status', description: 'How the installation is.' },
    ageColumn,
  ],
  check: checkIstioOperator,
});

/** An IstioOperator object. */
export type IstioOperator = ObjectOf<typeof istioOperator>;
