/** The verdict of the validation webhook: what our own API server would say of the object. Pure. */
import { builtinKinds, CAUSE_REASON, formatIssue, issueBody, parseApiVersion, prepare } from '@weft/api';
import type { AdmissionQuestion, AdmissionVerdict } from './admission-review.ts';

const UNPROCESSABLE = 422;

/** Judges an object of any kind that the mesh knows. */
export function judgeObject({ object, oldObject, operation, subresource }: AdmissionQuestion): AdmissionVerdict {
  if (object === undefined || operation === 'DELETE' || subresource !== '') return { kind: 'allowed' };
  // What is on its way out may only lose its finalizers, and must not be kept by rules that came after it.
  if (object.metadata.deletionTimestamp !== undefined && object.metadata.deletionTimestamp !== null) {
    return { kind: 'allowed' };
  }
  const kind = builtinKinds.byApiVersion(object.apiVersion, object.kind);
  const { group, version } = parseApiVersion(object.apiVersion);
  if (kind === undefined || !kind.versions.some(({ name }) => name === version)) {
    const warning = `${object.apiVersion} ${object.kind} is not known to this control plane, and was not checked`;
    return { kind: 'allowed', warnings: [warning] };
  }
  const context = oldObject === undefined ? {} : { old: oldObject };
  const { issues, unknownFields, warnings } = prepare(kind, version, object, context);
  const unknown = unknownFields.filter((field) => !field.startsWith('metadata.'));
  if (issues.length === 0 && unknown.length === 0) return { kind: 'allowed', warnings };
  const causes = [
    ...unknown.map((field) => ({ reason: 'FieldValueInvalid', message: `unknown field "${field}"`, field })),
    ...issues.map((issue) => ({ reason: CAUSE_REASON[issue.kind], message: issueBody(issue), field: issue.field })),
  ];
  const texts = [...unknown.map((field) => `unknown field "${field}"`), ...issues.map(formatIssue)];
  const name = object.metadata.name ?? object.metadata.generateName ?? '';
  return {
    kind: 'denied',
    code: UNPROCESSABLE,
    reason: 'Invalid',
    message: `${object.kind} ${JSON.stringify(name)} is invalid: ${texts.join('; ')}`,
    details: { name, group, kind: object.kind, causes },
    warnings,
  };
}
