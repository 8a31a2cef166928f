/** Changes of headers. */
import type { HeaderValueOptionJson } from '@weft/proto/envoy/config/core/v3/base';
import type { HttpRouteSpec } from '../../../mesh/model/index.ts';
import { compareText } from '../../../mesh/names/object-ref.ts';

type Headers = NonNullable<HttpRouteSpec['headers']>;
type Operations = NonNullable<Headers['request']>;

/** The fields that routes and weighted clusters have for headers; those without entries are absent. */
export interface HeaderChanges {
  requestHeadersToAdd?: HeaderValueOptionJson[];
  requestHeadersToRemove?: string[];
  responseHeadersToAdd?: HeaderValueOptionJson[];
  responseHeadersToRemove?: string[];
}

/** Changes of headers, and the host that is set among them: Envoy rewrites hosts elsewhere. */
export interface TranslatedHeaders {
  readonly changes: HeaderChanges;
  readonly authority: string | undefined;
}

/** What a rule or destination says about headers. */
export function translateHeaders({ request = {}, response = {} }: Headers = {}): TranslatedHeaders {
  const changes: HeaderChanges = {};
  const requestAdd = additions(request);
  if (requestAdd.length > 0) changes.requestHeadersToAdd = requestAdd;
  const requestRemove = removals(request);
  if (requestRemove.length > 0) changes.requestHeadersToRemove = requestRemove;
  const responseAdd = additions(response);
  if (responseAdd.length > 0) changes.responseHeadersToAdd = responseAdd;
  const responseRemove = removals(response);
  if (responseRemove.length > 0) changes.responseHeadersToRemove = responseRemove;
  return { changes, authority: authorityIn(request.set) ?? authorityIn(request.add) };
}

/** The changes of a rule and then those of its only destination. */
export function joinHeaders(rule: HeaderChanges, destination: HeaderChanges): HeaderChanges {
  const joined: HeaderChanges = { ...rule };
  for (const field of ['requestHeadersToAdd', 'responseHeadersToAdd'] as const) {
    const more = destination[field];
    if (more !== undefined) joined[field] = [...(rule[field] ?? []), ...more];
  }
  for (const field of ['requestHeadersToRemove', 'responseHeadersToRemove'] as const) {
    const more = destination[field];
    if (more !== undefined) joined[field] = [...(rule[field] ?? []), ...more];
  }
  return joined;
}

function additions({ set = {}, add = {} }: Operations): HeaderValueOptionJson[] {
  return [...options(set, 'OVERWRITE_IF_EXISTS_OR_ADD'), ...options(add, 'APPEND_IF_EXISTS_OR_ADD')];
}

function options(
  values: Readonly<Record<string, string>>,
  appendAction: NonNullable<HeaderValueOptionJson['appendAction']>,
): HeaderValueOptionJson[] {
  return Object.entries(values)
    .filter(([key]) => !isInternal(key))
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([key, value]) => ({ header: { key, value }, appendAction }));
}

function removals({ remove = [] }: Operations): string[] {
  return remove.filter((name) => !isInternal(name));
}

function authorityIn(values: Readonly<Record<string, string>> = {}): string | undefined {
  const found = Object.entries(values).find(([name]) => /^(?::authority|host)$/i.test(name));
  return found?.[1] === '' ? undefined : found?.[1];
}

/** Pseudo-headers and the host cannot be changed as headers. */
function isInternal(name: string): boolean {
  return name.startsWith(':') || name.toLowerCase() === 'host';
}
