/** The rules of CustomResourceDefinitions outside their schemas. */
import type { ApiObject } from '../../kind/index.ts';
import { APPROVAL_ANNOTATION, apiApprovalOf, checkCrdSchemas, isProtectedGroup } from '../../openapi/index.ts';
import { FieldPath, type IssueReport } from '../../schema/index.ts';
import { dns1035LabelProblems, dns1123SubdomainProblems } from '../../validation/names.ts';
import { checkWebhookClientConfig } from '../meta/webhook-client-config.ts';
import type {
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionStatus,
  CustomResourceDefinitionVersion,
} from './custom-resource-definition-spec.ts';

const specPath = FieldPath.root.child('spec');
const namesPath = specPath.child('names');
const versionsPath = specPath.child('versions');
const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const STRATEGIES = ['None', 'Webhook'];

/** A definition as the checks see it. */
export interface DefinitionObject {
  readonly metadata: ApiObject['metadata'];
  readonly spec: CustomResourceDefinitionSpec;
  readonly status?: CustomResourceDefinitionStatus;
}

/** Judges a definition, and on update what must not change. */
export function checkCustomResourceDefinition(
  object: DefinitionObject,
  old: ApiObject | undefined,
  report: IssueReport,
): void {
  const { spec } = object;
  checkGroup(object, report);
  checkApproval(object, old, report);
  checkNames(spec, report);
  const wanted = `${spec.names.plural}.${spec.group}`;
  if (object.metadata.name !== wanted) {
    const path = FieldPath.root.child('metadata', 'name');
    report.invalid(path, object.metadata.name, 'must be spec.names.plural+"."+spec.group');
  }
  checkVersions(spec.versions, report);
  checkConversion(spec, report);
  if (spec.preserveUnknownFields === true) {
    const hint =
      'must be false in order to use defaults in the schema; set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    report.invalid(specPath.child('preserveUnknownFields'), true, hint);
  }
  checkStoredVersions(object, report);
  if (old !== undefined) checkUpdate(object, old, report);
  // Schemas are judged as a whole; what is said about a broken definition would only confuse.
  if (report.failureCount === 0) checkCrdSchemas(object as unknown as ApiObject, report, old);
}

function checkGroup({ spec }: DefinitionObject, report: IssueReport): void {
  const path = specPath.child('group');
  if (spec.group === '') {
    report.required(path);
    return;
  }
  const problems = dns1123SubdomainProblems(spec.group);
  for (const problem of problems) report.invalid(path, spec.group, problem);
  if (problems.length === 0 && !spec.group.includes('.')) {
    report.invalid(path, spec.group, 'should be a domain with at least one dot');
  }
}

/** An approval that was wrong before may stay wrong, so that others can still change the definition. */
function checkApproval(object: DefinitionObject, old: ApiObject | undefined, report: IssueReport): void {
  if (!isProtectedGroup(object.spec.group)) return;
  const { reason, message } = apiApprovalOf(object);
  if (old !== undefined && apiApprovalOf(old).reason === reason) return;
  const path = FieldPath.root.child('metadata', 'annotations').key(APPROVAL_ANNOTATION);
  if (reason === 'MissingAnnotation') report.required(path, message);
  if (reason === 'InvalidAnnotation') {
    report.invalid(path, object.metadata.annotations?.[APPROVAL_ANNOTATION], message);
  }
}

function checkNames({ names }: CustomResourceDefinitionSpec, report: IssueReport): void {
  const label = (field: string, text: string): void => {
    const path = namesPath.child(field);
    if (text === '') report.required(path);
    else for (const problem of dns1035LabelProblems(text)) report.invalid(path, text, problem);
  };
  label('plural', names.plural);
  label('singular', names.singular ?? '');
  checkKindName('kind', names.kind, report);
  checkKindName('listKind', names.listKind ?? '', report);
  if (names.kind !== '' && names.kind === names.listKind) {
    report.invalid(namesPath.child('listKind'), names.listKind, 'kind and listKind may not be the same');
  }
  for (const field of ['shortNames', 'categories'] as const) {
    for (const [i, text] of (names[field] ?? []).entries()) {
      for (const problem of dns1035LabelProblems(text)) report.invalid(namesPath.child(field).index(i), text, problem);
    }
  }
}

function checkKindName(field: 'kind' | 'listKind', text: string, report: IssueReport): void {
  const path = namesPath.child(field);
  if (text === '') {
    report.required(path);
    return;
  }
  for (const problem of dns1035LabelProblems(text.toLowerCase())) {
    report.invalid(path, text, `may have mixed case, but should otherwise match: ${problem}`);
  }
}

function checkVersions(versions: readonly CustomResourceDefinitionVersion[], report: IssueReport): void {
  if (versions.length === 0) {
    report.required(versionsPath, 'must have exactly one version marked as storage version');
    return;
  }
  const names = versions.map((version) => version.name);
  if (new Set(names).size < names.length) report.invalid(versionsPath, names, 'must contain unique version names');
  if (versions.filter((version) => version.storage).length !== 1) {
    report.invalid(versionsPath, names, 'must have exactly one version marked as storage version');
  }
  for (const [i, version] of versions.entries()) checkVersion(versionsPath.index(i), version, report);
}

function checkVersion(path: FieldPath, version: CustomResourceDefinitionVersion, report: IssueReport): void {
  for (const problem of dns1035LabelProblems(version.name)) report.invalid(path.child('name'), version.name, problem);
  if (version.schema?.openAPIV3Schema === undefined) {
    report.required(path.child('schema', 'openAPIV3Schema'), 'schemas are required');
  }
  const warning = version.deprecationWarning;
  if (warning !== undefined) {
    const at = path.child('deprecationWarning');
    if (version.deprecated !== true) report.invalid(at, warning, 'can only be set for deprecated versions');
    if (warning === '') report.invalid(at, warning, 'must not be an empty string');
    if (warning.length > 256) report.invalid(at, warning, 'must be <= 256 characters long');
  }
  for (const [i, column] of (version.additionalPrinterColumns ?? []).entries()) {
    const at = path.child('additionalPrinterColumns').index(i);
    if (column.name === '') report.required(at.child('name'));
    if (!COLUMN_TYPES.includes(column.type)) report.notSupported(at.child('type'), column.type, COLUMN_TYPES);
    checkSimplePath(at.child('jsonPath'), column.jsonPath, report);
  }
  for (const [i, field] of (version.selectableFields ?? []).entries()) {
    checkSimplePath(path.child('selectableFields').index(i).child('jsonPath'), field.jsonPath, report);
  }
  const scale = version.subresources?.scale;
  if (scale === undefined) return;
  const at = path.child('subresources', 'scale');
  checkScalePath(at.child('specReplicasPath'), scale.specReplicasPath, ['.spec'], report);
  checkScalePath(at.child('statusReplicasPath'), scale.statusReplicasPath, ['.status'], report);
  if (scale.labelSelectorPath !== undefined && scale.labelSelectorPath !== '') {
    checkScalePath(at.child('labelSelectorPath'), scale.labelSelectorPath, ['.spec', '.status'], report);
  }
}

function checkSimplePath(path: FieldPath, jsonPath: string, report: IssueReport): void {
  if (jsonPath === '') report.required(path);
  else if (!jsonPath.startsWith('.')) report.invalid(path, jsonPath, 'must be a simple json path starting with .');
}

function checkScalePath(path: FieldPath, jsonPath: string, roots: readonly string[], report: IssueReport): void {
  if (jsonPath === '') {
    report.required(path);
    return;
  }
  if (jsonPath.includes('[') || !jsonPath.startsWith('.')) {
    report.invalid(path, jsonPath, 'should be a simple json path without array notation');
  } else if (!roots.some((root) => jsonPath.startsWith(`${root}.`))) {
    report.invalid(path, jsonPath, `should be a json path under ${roots.join(' or ')}`);
  }
}

function checkConversion({ conversion }: CustomResourceDefinitionSpec, report: IssueReport): void {
  if (conversion === undefined) return;
  const path = specPath.child('conversion');
  const { strategy, webhook } = conversion;
  if (!STRATEGIES.includes(strategy)) report.notSupported(path.child('strategy'), strategy, STRATEGIES);
  if (strategy !== 'Webhook') {
    if (webhook !== undefined) {
      report.forbidden(path.child('webhook'), 'should not be set when strategy is not set to Webhook');
    }
    return;
  }
  if (webhook?.clientConfig === undefined) {
    report.required(path.child('webhook', 'clientConfig'), 'required when strategy is set to Webhook');
    return;
  }
  checkWebhookClientConfig(path.child('webhook', 'clientConfig'), webhook.clientConfig, report);
  if (webhook.conversionReviewVersions.length === 0) report.required(path.child('webhook', 'conversionReviewVersions'));
  else if (!webhook.conversionReviewVersions.some((version) => version === 'v1' || version === 'v1beta1')) {
    const at = path.child('webhook', 'conversionReviewVersions');
    report.invalid(at, webhook.conversionReviewVersions, 'must include at least one of v1, v1beta1');
  }
}

function checkStoredVersions({ spec, status }: DefinitionObject, report: IssueReport): void {
  for (const [i, stored] of (status?.storedVersions ?? []).entries()) {
    if (spec.versions.some((version) => version.name === stored)) continue;
    report.invalid(FieldPath.root.child('status', 'storedVersions').index(i), stored, 'must appear in spec.versions');
  }
}

function checkUpdate(object: DefinitionObject, old: ApiObject, report: IssueReport): void {
  const { spec, status } = old as unknown as DefinitionObject;
  if (spec.group !== object.spec.group)
    report.invalid(specPath.child('group'), object.spec.group, 'field is immutable');
  if (spec.names.plural !== object.spec.names.plural) {
    report.invalid(namesPath.child('plural'), object.spec.names.plural, 'field is immutable');
  }
  const isEstablished = (status?.conditions ?? []).some((c) => c.type === 'Established' && c.status === 'True');
  if (!isEstablished) return;
  if (spec.scope !== object.spec.scope)
    report.invalid(specPath.child('scope'), object.spec.scope, 'field is immutable');
  if (spec.names.kind !== object.spec.names.kind) {
    report.invalid(namesPath.child('kind'), object.spec.names.kind, 'field is immutable');
  }
}
