/** From a body to an object of the resource that the URL names, or a refusal in the API server's words. */

import type { CheckContext } from '@weft/api';
import {
  type ApiObject,
  apiVersionOf,
  findDecodeProblem,
  isPlainObject,
  normalize,
  objectMeta,
  schemaOf,
} from '@weft/api';
import { badRequest, unprocessable } from '../../shared/api-errors.ts';
import type { ResourceInfo } from '../catalog.ts';
import { plainText } from '../plain-text.ts';
import type { ParsedBody } from './body.ts';
import { expectObject } from './body.ts';
import type { Call, Target } from './context.ts';
import type { FieldValidation } from './options.ts';

/** Reads an object that must belong to the target; apiVersion and kind may be left out of it. */
export function decodeObject(parsed: ParsedBody, target: Target): ApiObject {
  const given = expectObject(parsed, 'the object');
  const { info } = target;
  const apiVersion = apiVersionOf(info.kind.group, info.version);
  const kind = info.kind.kind;
  if (given['apiVersion'] !== undefined && given['apiVersion'] !== '' && given['apiVersion'] !== apiVersion) {
    throw badRequest(
      `the API version in the data (${plainText(given['apiVersion'])}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (given['kind'] !== undefined && given['kind'] !== '' && given['kind'] !== kind) {
    throw badRequest(`the kind in the data (${plainText(given['kind'])}) does not match the expected kind (${kind})`);
  }
  refuseWrongTypes(given, info);
  const metadata = given['metadata'] ?? {};
  if (!isPlainObject(metadata)) {
    throw badRequest(`${kind} in version "${info.version}" cannot be handled as a ${kind}: metadata must be an object`);
  }
  const object = { ...given, apiVersion, kind, metadata: { ...metadata } } as ApiObject;
  settleNamespace(object, target);
  return object;
}

/** Kubernetes reads its own kinds into Go types, and what does not fit is refused before anything else is looked at. */
function refuseWrongTypes(given: Record<string, unknown>, info: ResourceInfo): void {
  const { version } = info;
  const { kind, isBuiltin } = info.kind;
  if (isBuiltin !== true) return;
  const { metadata, ...fields } = given;
  const problem =
    findDecodeProblem(objectMeta, metadata, kind, ['metadata']) ??
    findDecodeProblem(schemaOf(info.kind, version), fields, kind);
  if (problem === undefined) return;
  throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${problem}`);
}

/** An object without a namespace is in that of the URL; cluster-wide objects are in none. */
function settleNamespace(object: ApiObject, target: Target): void {
  const { metadata } = object;
  if (target.info.kind.scope === 'Cluster') delete metadata.namespace;
  else if (metadata.namespace === undefined || metadata.namespace === '') metadata.namespace = target.namespace;
  else checkNamespace(metadata.namespace, target);
}

/** The object must be in the namespace that the URL names. */
export function checkNamespace(given: string, target: Target): void {
  if (given === target.namespace) return;
  throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/** How strictly a body is read. */
export interface StrictReading {
  readonly validation: FieldValidation;
  readonly parsed: ParsedBody | undefined;
  readonly call: Call;
  /** A patch is a good one for some objects and not for others, so it is not the request that is bad. */
  readonly isPatch?: boolean;
}

/** Prunes and defaults an object, and treats unknown or duplicate fields as the request asks. */
export function normalizeStrictly(
  object: ApiObject,
  info: ResourceInfo,
  strict: StrictReading,
  context: CheckContext,
): ApiObject {
  const { object: normalized, unknownFields } = normalize(info.kind, info.version, object, context);
  if (strict.validation === 'Ignore') return normalized;
  const complaints = [
    ...(strict.parsed?.duplicates() ?? []).map((path) => `duplicate field "${path}"`),
    ...unknownFields.map((path) => `unknown field "${path}"`),
  ];
  if (complaints.length === 0) return normalized;
  if (strict.validation === 'Warn') {
    strict.call.warnings.push(...complaints);
    return normalized;
  }
  const { kind } = info.kind;
  const told = `strict decoding error: ${complaints.join(', ')}`;
  if (strict.isPatch === true) throw unprocessable(`the patch is invalid: ${told}`, {});
  throw badRequest(`${kind} in version "${info.version}" cannot be handled as a ${kind}: ${told}`);
}
