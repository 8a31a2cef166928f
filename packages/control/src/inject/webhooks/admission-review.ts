/** AdmissionReview as a webhook sees it: the question that comes in, and the answer that goes out. Pure. */
import { type ApiObject, isPlainObject } from '@weft/api';
import { err, ok, type Result } from '@weft/core';
import type { JsonPatchOperation } from '@weft/kube/patch';

const GROUP = 'admission.k8s.io';
const VERSIONS: ReadonlySet<string> = new Set([`${GROUP}/v1`, `${GROUP}/v1beta1`]);

/** A question, read. */
export interface AdmissionQuestion {
  /** Answers come in the version of their question. */
  readonly apiVersion: string;
  readonly uid: string;
  readonly operation: string;
  readonly namespace: string;
  readonly subresource: string;
  /** Undefined for deletions. */
  readonly object: ApiObject | undefined;
  readonly oldObject: ApiObject | undefined;
}

/** A verdict. */
export type AdmissionVerdict =
  | { readonly kind: 'allowed'; readonly patch?: readonly JsonPatchOperation[]; readonly warnings?: readonly string[] }
  | {
      readonly kind: 'denied';
      readonly code: number;
      readonly reason: string;
      readonly message: string;
      readonly details?: object;
      readonly warnings?: readonly string[];
    };

/** Reads a question; the text says what is wrong with it. */
export function readQuestion(document: unknown): Result<AdmissionQuestion, string> {
  if (!isPlainObject(document) || document['kind'] !== 'AdmissionReview') return err('expected an AdmissionReview');
  const { apiVersion, request } = document;
  if (typeof apiVersion !== 'string' || !VERSIONS.has(apiVersion)) {
    return err(`AdmissionReview ${JSON.stringify(apiVersion)} is not known: use ${[...VERSIONS].join(' or ')}`);
  }
  if (!isPlainObject(request)) return err('the AdmissionReview has no request');
  const { uid, operation } = request;
  if (typeof uid !== 'string' || uid === '') return err('the request has no uid');
  if (typeof operation !== 'string') return err('the request has no operation');
  const [object, oldObject] = [request['object'], request['oldObject']].map((one) => one ?? undefined);
  if (![object, oldObject].every(isObjectOrNone)) return err('the object has no apiVersion, kind and metadata');
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return ok({
    apiVersion,
    uid,
    operation,
    namespace: text(request['namespace']),
    subresource: text(request['subResource']),
    object: object as ApiObject | undefined,
    oldObject: oldObject as ApiObject | undefined,
  });
}

function isObjectOrNone(value: unknown): boolean {
  if (value === undefined) return true;
  return (
    isPlainObject(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isPlainObject(value['metadata'])
  );
}

/** The document that answers a question. */
export function formatVerdict({ apiVersion, uid }: AdmissionQuestion, verdict: AdmissionVerdict): object {
  const { warnings = [] } = verdict;
  const common = { uid, ...(warnings.length === 0 ? {} : { warnings }) };
  if (verdict.kind === 'denied') {
    const { code, reason, message, details } = verdict;
    const status = { status: 'Failure', code, reason, message, ...(details === undefined ? {} : { details }) };
    return { apiVersion, kind: 'AdmissionReview', response: { ...common, allowed: false, status } };
  }
  const { patch = [] } = verdict;
  const patched =
    patch.length === 0 ? {} : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
  return { apiVersion, kind: 'AdmissionReview', response: { ...common, allowed: true, ...patched } };
}
