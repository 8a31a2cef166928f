/** The rules of environment variables. */
import type { FieldPath, IssueReport } from '../../../schema/index.ts';
import { dataKeyProblems } from '../../../validation/data-keys.ts';
import { dns1123SubdomainProblems } from '../../../validation/names.ts';
import type { EnvFromSource, EnvVar, ObjectFieldSelector, ResourceFieldSelector } from './env.ts';

const VARIABLE_NAME = /^[ -<>-~]+$/;
const VARIABLE_NAME_PROBLEM =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";
const ENV_FIELDS: ReadonlySet<string> = new Set([
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]);
const VOLUME_FIELDS: ReadonlySet<string> = new Set([
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'metadata.labels',
  'metadata.annotations',
]);
const SUBSCRIPT = /^metadata\.(labels|annotations)\['[^']+'\]$/;
const RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

/** Judges the variables of a container. */
export function checkEnv(path: FieldPath, env: readonly EnvVar[], report: IssueReport): void {
  const seen = new Map<string, number>();
  for (const [i, variable] of env.entries()) {
    const at = path.index(i);
    const { name } = variable;
    if (name === '') report.required(at.child('name'));
    else if (!VARIABLE_NAME.test(name)) report.invalid(at.child('name'), name, VARIABLE_NAME_PROBLEM);
    checkValueFrom(at.child('valueFrom'), variable, report);
    const earlier = seen.get(name);
    // A variable may refer to its earlier self, as in PATH=$(PATH):/more.
    if (earlier !== undefined && !(variable.value ?? '').includes(`$(${name})`)) {
      report.warn(`${at.toString()}: hides previous definition of "${name}", which may be dropped when using apply`);
    }
    seen.set(name, i);
  }
}

function checkValueFrom(path: FieldPath, { value = '', valueFrom }: EnvVar, report: IssueReport): void {
  if (valueFrom === undefined) return;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom;
  const given = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter((v) => v !== undefined);
  if (given.length === 0) {
    const message = 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
    report.invalid(path, '', message);
  } else if (value !== '') report.invalid(path, '', 'may not be specified when `value` is not empty');
  else if (given.length > 1) report.invalid(path, '', 'may not have more than one field specified at a time');
  if (fieldRef !== undefined) checkFieldRef(path.child('fieldRef'), fieldRef, 'env', report);
  if (resourceFieldRef !== undefined) {
    checkResourceFieldRef(path.child('resourceFieldRef'), resourceFieldRef, false, report);
  }
  if (configMapKeyRef !== undefined) checkKeyRef(path.child('configMapKeyRef'), configMapKeyRef, report);
  if (secretKeyRef !== undefined) checkKeyRef(path.child('secretKeyRef'), secretKeyRef, report);
  if (fileKeyRef !== undefined) {
    for (const field of ['volumeName', 'path', 'key'] as const) {
      if (fileKeyRef[field] === '') report.required(path.child('fileKeyRef', field));
    }
  }
}

/** Refuses fields of the pod that cannot be asked for here. */
export function checkFieldRef(
  path: FieldPath,
  { apiVersion, fieldPath }: ObjectFieldSelector,
  use: 'env' | 'volume',
  report: IssueReport,
): void {
  if (apiVersion === undefined || apiVersion === '') report.required(path.child('apiVersion'));
  const at = path.child('fieldPath');
  if (fieldPath === '') {
    report.required(at);
    return;
  }
  const supported = use === 'env' ? ENV_FIELDS : VOLUME_FIELDS;
  if (supported.has(fieldPath) || SUBSCRIPT.test(fieldPath)) return;
  if (VOLUME_FIELDS.has(fieldPath) || ENV_FIELDS.has(fieldPath))
    report.notSupported(at, fieldPath, [...supported].toSorted());
  else report.invalid(at, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`);
}

/** Refuses amounts that cannot be asked for. */
export function checkResourceFieldRef(
  path: FieldPath,
  { resource, containerName }: ResourceFieldSelector,
  isInVolume: boolean,
  report: IssueReport,
): void {
  if (isInVolume && (containerName ?? '') === '') report.required(path.child('containerName'));
  if (resource === '') report.required(path.child('resource'));
  else if (!RESOURCES.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource)) {
    report.notSupported(path.child('resource'), resource, RESOURCES);
  }
}

function checkKeyRef(path: FieldPath, ref: { name?: string; key: string }, report: IssueReport): void {
  const { name = '', key } = ref;
  if (name === '') report.required(path.child('name'));
  else for (const problem of dns1123SubdomainProblems(name)) report.invalid(path.child('name'), name, problem);
  if (key === '') report.required(path.child('key'));
  else for (const problem of dataKeyProblems(key)) report.invalid(path.child('key'), key, problem);
}

/** Judges the sources of many variables. */
export function checkEnvFrom(path: FieldPath, sources: readonly EnvFromSource[], report: IssueReport): void {
  for (const [i, { prefix = '', configMapRef, secretRef }] of sources.entries()) {
    const at = path.index(i);
    if (prefix !== '' && !VARIABLE_NAME.test(prefix)) report.invalid(at.child('prefix'), prefix, VARIABLE_NAME_PROBLEM);
    if (configMapRef === undefined && secretRef === undefined) {
      report.invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`');
    } else if (configMapRef !== undefined && secretRef !== undefined) {
      report.invalid(at, '', 'may not have more than one field specified at a time');
    }
    for (const [field, ref] of Object.entries({ configMapRef, secretRef })) {
      if (ref === undefined) continue;
      const nameAt = at.child(field, 'name');
      if ((ref.name ?? '') === '') report.required(nameAt);
      else for (const problem of dns1123SubdomainProblems(ref.name!)) report.invalid(nameAt, ref.name, problem);
    }
  }
}
