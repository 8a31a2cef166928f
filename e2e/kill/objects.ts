/** The requests of the writers, and what they read in the answers. */
import assert from 'node:assert/strict';
import type { RawAnswer, RawApi, RawRequest } from '../support/raw-api.ts';
import type { Seen } from './ledger.ts';

/** The collection that all writers write to. */
export const COLLECTION = '/api/v1/namespaces/default/configmaps';
/** On every object of the writers, so that what the server makes itself is left out. */
export const SELECTOR = 'written-by=test';

/** An object as the server sends it, as far as it is read here. */
export interface ConfigMap {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly data?: { readonly value?: string };
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** What an object says. */
export function seenOf(object: ConfigMap): Seen {
  const { name, uid, resourceVersion } = object.metadata;
  return { name, uid, revision: Number(resourceVersion), value: object.data?.value ?? '' };
}

/** Creates an object, or replaces exactly what was seen. */
export function putRequest(name: string, value: string, previous: Seen | undefined): RawRequest {
  const resourceVersion = previous === undefined ? undefined : String(previous.revision);
  const object = { metadata: { name, labels: { 'written-by': 'test' }, resourceVersion }, data: { value } };
  const body = JSON.stringify(object);
  if (previous === undefined) return { method: 'POST', path: COLLECTION, headers: JSON_TYPE, body };
  return { method: 'PUT', path: `${COLLECTION}/${name}`, headers: JSON_TYPE, body };
}

/** Changes the value of an object. */
export function patchRequest(name: string, value: string): RawRequest {
  const headers = { 'content-type': 'application/merge-patch+json' };
  return { method: 'PATCH', path: `${COLLECTION}/${name}`, headers, body: JSON.stringify({ data: { value } }) };
}

/** Removes exactly what was seen. */
export function deleteRequest({ name, uid, revision }: Seen): RawRequest {
  const preconditions = { uid, resourceVersion: String(revision) };
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions });
  return { method: 'DELETE', path: `${COLLECTION}/${name}`, headers: JSON_TYPE, body };
}

/** The body of an answer that must be a success. */
export function bodyOf<T>({ status, body }: RawAnswer, { method, path }: RawRequest): T {
  const text = body.toString();
  assert.ok(status === 200 || status === 201, `${method} ${path} was answered ${status}: ${text.slice(0, 500)}`);
  return JSON.parse(text) as T;
}

/** One object that must exist. */
export async function read(api: RawApi, name: string): Promise<Seen> {
  const request = { method: 'GET', path: `${COLLECTION}/${name}` };
  return seenOf(bodyOf(await api.send(request), request));
}

/** Everything that the writers wrote, by name, and the revision that the list shows. */
export async function listAll(api: RawApi): Promise<{ found: Map<string, Seen>; revision: number }> {
  const request = { method: 'GET', path: `${COLLECTION}?labelSelector=${SELECTOR}` };
  const { metadata, items } = bodyOf<{ metadata: { resourceVersion: string }; items: readonly ConfigMap[] }>(
    await api.send(request),
    request,
  );
  const found = new Map(items.map((item) => [item.metadata.name, seenOf(item)]));
  return { found, revision: Number(metadata.resourceVersion) };
}
