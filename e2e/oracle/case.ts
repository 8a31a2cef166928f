/** What the oracle's table is made of: cases, and short ways to write their requests. */

/** The namespace of a case in bytes; it is as long as what takes its place. */
export const SPACE = '{space}}';

/** Requests that build on each other, in a namespace of their own. */
export interface OracleCase {
  readonly name: string;
  readonly steps: readonly Step[];
}

/**
 * One request. Path, headers and body may hold `{ns}` for the namespace of the case, and `{2.uid}`, `{2.rv}`, `{2.listRv}`,
 * `{2.continue}` for what the third step was answered, or `{2/status/x}` for any of it. In bytes only the namespace is filled in.
 */
export interface Step {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; text and bytes are sent as they are. */
  readonly body?: unknown;
  /** For a watch: so many events are waited for. */
  readonly events?: number;
  /** Asked again until this is the status: controllers work beside the requests. */
  readonly until?: number;
  /** The part of an answer's body that is compared; the whole when absent. */
  readonly pick?: (body: never) => unknown;
}

/** What a step may have beside method, path and body. */
export type StepOptions = Omit<Step, 'method' | 'path' | 'body'>;

/** The media types of patches. */
export const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** Asks for a table. */
export const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };

/** Asks for metadata alone. */
export const METADATA = { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };

/** Asks for the metadata of a collection alone. */
export const METADATA_LIST = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };

export function get(path: string, options: StepOptions = {}): Step {
  return { method: 'GET', path, ...options };
}

export function post(path: string, body: unknown, options: StepOptions = {}): Step {
  return { method: 'POST', path, body, ...options };
}

export function put(path: string, body: unknown, options: StepOptions = {}): Step {
  return { method: 'PUT', path, body, ...options };
}

export function patch(path: string, type: keyof typeof PATCH_TYPES, body: unknown, options: StepOptions = {}): Step {
  return {
    method: 'PATCH',
    path,
    body,
    ...options,
    headers: { 'content-type': PATCH_TYPES[type], ...options.headers },
  };
}

export function del(path: string, body?: unknown, options: StepOptions = {}): Step {
  return { method: 'DELETE', path, ...(body === undefined ? {} : { body }), ...options };
}

/** A case with its steps. */
export function scene(name: string, ...steps: readonly (Step | readonly Step[])[]): OracleCase {
  return { name, steps: steps.flat() };
}
