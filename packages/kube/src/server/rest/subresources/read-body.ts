/** Reads the body of a subresource that speaks a type of its own, which is no resource: Scale, Eviction, TokenRequest. */
import {
  apiVersionOf,
  findDecodeProblem,
  formatIssue,
  IssueReport,
  prune,
  readAsBuiltin,
  type Schema,
  validateSchema,
  withDefaults,
} from '@weft/api';
import { badRequest } from '../../../shared/api-errors.ts';
import { plainText } from '../../plain-text.ts';
import { expectObject, type ParsedBody } from '../body.ts';
import type { Call, Target } from '../context.ts';
import { checkNamespace } from '../decode.ts';
import type { FieldValidation } from '../options.ts';

/** The type of such a body. */
export interface BodyType {
  readonly group: string;
  /** Accepted versions. */
  readonly versions: readonly string[];
  readonly kind: string;
  readonly schema: Schema;
}

/** How strictly a body is read, and for which object. */
export interface BodyReading {
  readonly target: Target;
  readonly call: Call;
  readonly validation: FieldValidation;
}

/** The body as data of its type; refuses what another type, object or namespace is named in, and what does not fit. */
export function readBody(type: BodyType, parsed: ParsedBody, reading: BodyReading): Record<string, unknown> {
  const given = expectObject(parsed, `the ${type.kind}`);
  checkType(type, given);
  const version = type.versions[0]!;
  const cannot = `${type.kind} in version "${version}" cannot be handled as a ${type.kind}`;
  const problem = findDecodeProblem(type.schema, given, type.kind);
  if (problem !== undefined) throw badRequest(`${cannot}: ${problem}`);
  const { value, unknown } = prune(type.schema, given);
  const complaints = [
    ...(reading.validation === 'Ignore' ? [] : parsed.duplicates().map((path) => `duplicate field "${path}"`)),
    ...unknown.map((path) => `unknown field "${path}"`),
  ];
  if (reading.validation === 'Strict' && complaints.length > 0) {
    throw badRequest(`${cannot}: strict decoding error: ${complaints.join(', ')}`);
  }
  if (reading.validation === 'Warn') reading.call.warnings.push(...complaints);
  const result = withDefaults(type.schema, readAsBuiltin(type.schema, value)) as Record<string, unknown>;
  const report = validateSchema(type.schema, result, new IssueReport());
  if (report.issues.length > 0) throw badRequest(`${cannot}: ${report.issues.map(formatIssue).join(', ')}`);
  checkIdentity(type, result, reading.target);
  return result;
}

function checkType({ group, versions, kind }: BodyType, given: Record<string, unknown>): void {
  const { apiVersion = '', kind: givenKind = '' } = given;
  const accepted = versions.map((version) => apiVersionOf(group, version));
  if (givenKind !== '' && givenKind !== kind) {
    throw badRequest(`the kind in the data (${plainText(givenKind)}) does not match the expected kind (${kind})`);
  }
  if (apiVersion === '' || accepted.includes(apiVersion as string)) return;
  throw badRequest(
    `the API version in the data (${plainText(apiVersion)}) does not match the expected API version (${accepted[0]})`,
  );
}

/** A body may leave out whom it is about: the URL says so. */
function checkIdentity({ kind }: BodyType, body: Record<string, unknown>, target: Target): void {
  const { name = '', namespace = '' } = (body['metadata'] ?? {}) as { name?: string; namespace?: string };
  if (name !== '' && name !== target.name) {
    // Only a Scale stands for the object itself.
    if (kind === 'Scale')
      throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
    throw badRequest(`name in URL does not match name in ${kind} object`);
  }
  if (namespace !== '') checkNamespace(namespace, target);
}
