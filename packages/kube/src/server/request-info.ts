/** What a URL of the Kubernetes API asks for. */

/** A request for a resource, or for something else the server knows (`/healthz`). */
export type RequestInfo = ResourceRequest | { readonly kind: 'other'; readonly path: string };

/** The parts of a resource URL. */
export interface ResourceRequest {
  readonly kind: 'resource';
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** Empty when the URL names none. */
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  /** Path below a proxied subresource. */
  readonly rest: string;
}

/** Subresources of a namespace itself, as opposed to collections inside it. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);

/** Splits a path; returns undefined for one that is not well formed (bad escapes). */
export function parseRequestInfo(path: string): RequestInfo | undefined {
  const parts = decodeSegments(path);
  if (parts === undefined) return undefined;
  const other: RequestInfo = { kind: 'other', path };
  let rest: string[];
  let group = '';
  let version: string | undefined;
  if (parts[0] === 'api') {
    version = parts[1];
    rest = parts.slice(2);
  } else if (parts[0] === 'apis') {
    group = parts[1] ?? '';
    version = parts[2];
    rest = parts.slice(3);
  } else return other;
  if (version === undefined || rest.length === 0 || rest[0] === '') return other;
  let namespace = '';
  if (rest[0] === 'namespaces' && rest.length > 2 && !(rest.length === 3 && NAMESPACE_SUBRESOURCES.has(rest[2]!))) {
    namespace = rest[1]!;
    rest = rest.slice(2);
  } else if (rest[0] === 'namespaces' && rest.length > 1) {
    // RBAC sees requests on a namespace object as made inside that namespace.
    namespace = rest[1]!;
  }
  const [plural, name = '', subresource = '', ...below] = rest;
  return {
    kind: 'resource',
    path,
    group,
    version,
    plural: plural!,
    namespace,
    name,
    subresource,
    rest: below.join('/'),
  };
}

const NOT_WATCHING: ReadonlySet<string> = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** Whether a GET is a watch; authorization and the verbs must never disagree about it. */
export function isWatchRequest(method: string, query: URLSearchParams): boolean {
  const value = query.get('watch');
  return method === 'GET' && value !== null && !NOT_WATCHING.has(value);
}

/** The verb that authorization and audit see. */
export function verbOf(method: string, info: ResourceRequest, isWatch: boolean): string {
  switch (method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return info.name === '' ? 'deletecollection' : 'delete';
    default:
      // One object is got, whatever its URL says of watching.
      if (info.name !== '') return 'get';
      return isWatch ? 'watch' : 'list';
  }
}

function decodeSegments(path: string): string[] | undefined {
  const raw = path.split('/');
  const parts: string[] = [];
  for (let i = 1; i < raw.length; i++) {
    const segment = raw[i]!;
    if (!segment.includes('%')) {
      parts.push(segment);
      continue;
    }
    const decoded = decodeSegment(segment);
    if (decoded === undefined) return undefined;
    parts.push(decoded);
  }
  while (parts.at(-1) === '') parts.pop();
  return parts;
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
