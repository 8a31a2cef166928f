/** AdmissionReview, there and back. Pure. */
import { type ApiObject, convertObject, isPlainObject } from '@weft/api';
import { plainText } from '../../plain-text.ts';
import type { AdmissionRequest } from '../types.ts';

/** What a webhook answered. */
export interface Verdict {
  readonly isAllowed: boolean;
  /** The `Status` that came with the answer. */
  readonly status: Readonly<Record<string, unknown>>;
  /** JSON patch operations; empty when the object stays as it is. */
  readonly patch: unknown;
  readonly warnings: readonly string[];
}

const GROUP = 'admission.k8s.io';
const MAX_WARNINGS = 16;

/** The request of a review: the object in the version that the webhook's rules name. */
export function reviewRequest(request: AdmissionRequest, version: string, uid: string): Record<string, unknown> {
  const { info, user, shownAs } = request;
  const { kind } = info;
  const convert = (object: ApiObject | undefined): ApiObject | null =>
    object === undefined ? null : shownObject(request, object, version);
  const kindAt = (at: string): Record<string, string> =>
    shownAs === undefined
      ? { group: kind.group, version: at, kind: kind.kind }
      : { group: shownAs.group, version: shownAs.version, kind: shownAs.kind };
  return {
    uid,
    kind: kindAt(version),
    resource: { group: kind.group, version, resource: kind.plural },
    ...(request.subresource === '' ? {} : { subResource: request.subresource }),
    requestKind: kindAt(info.version),
    requestResource: { group: kind.group, version: info.version, resource: kind.plural },
    ...(request.subresource === '' ? {} : { requestSubResource: request.subresource }),
    ...(request.name === '' ? {} : { name: request.name }),
    ...(request.namespace === '' ? {} : { namespace: request.namespace }),
    operation: request.operation,
    userInfo: {
      username: user.username,
      ...(user.uid === undefined ? {} : { uid: user.uid }),
      groups: user.groups,
      ...(user.extra === undefined ? {} : { extra: user.extra }),
    },
    object: convert(request.object),
    oldObject: convert(request.oldObject),
    dryRun: request.isDryRun,
    options: request.options,
  };
}

/** The object as the webhook sees it. */
export function shownObject({ info, shownAs }: AdmissionRequest, object: ApiObject, version: string): ApiObject {
  return shownAs === undefined ? convertObject(info.kind, object, version) : shownAs.show(object);
}

/** The object with what the webhook changed in the shown one. */
export function takeShown({ info, shownAs }: AdmissionRequest, object: ApiObject, shown: ApiObject): ApiObject {
  return shownAs === undefined ? convertObject(info.kind, shown, info.version) : shownAs.take(object, shown);
}

/** The document to send. */
export function reviewDocument(request: Record<string, unknown>, reviewVersion: string): Record<string, unknown> {
  return { kind: 'AdmissionReview', apiVersion: `${GROUP}/${reviewVersion}`, request };
}

/** Reads an answer; returns the reason when it is not a valid one. */
export function readVerdict(answer: unknown, uid: string, reviewVersion: string): Verdict | string {
  if (!isPlainObject(answer) || answer['kind'] !== 'AdmissionReview') return 'expected an AdmissionReview';
  const apiVersion = `${GROUP}/${reviewVersion}`;
  if (answer['apiVersion'] !== apiVersion) {
    return `expected apiVersion ${apiVersion}, got ${JSON.stringify(answer['apiVersion'])}`;
  }
  const { response } = answer;
  if (!isPlainObject(response)) return 'the answer has no response';
  if (response['uid'] !== uid)
    return `expected response.uid ${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'])}`;
  if (typeof response['allowed'] !== 'boolean') return 'response.allowed must be true or false';
  const status = isPlainObject(response['status']) ? response['status'] : {};
  const patch = readPatch(response);
  if (typeof patch === 'string') return patch;
  return {
    isAllowed: response['allowed'],
    status,
    patch: patch.operations,
    warnings: (Array.isArray(response['warnings']) ? response['warnings'] : []).slice(0, MAX_WARNINGS).map(plainText),
  };
}

function readPatch(response: Record<string, unknown>): { operations: unknown } | string {
  const { patch, patchType } = response;
  if (patch === undefined || patch === null || patch === '') {
    return patchType === undefined || patchType === null
      ? { operations: [] }
      : 'response.patchType is set without a patch';
  }
  if (patchType !== 'JSONPatch') return `response.patchType must be JSONPatch, got ${JSON.stringify(patchType)}`;
  if (typeof patch !== 'string') return 'response.patch must be base64';
  try {
    return { operations: JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as unknown };
  } catch (error) {
    if (error instanceof SyntaxError) return `response.patch is not JSON: ${error.message}`;
    throw error;
  }
}
