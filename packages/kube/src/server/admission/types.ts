/** Admission: what may look at a write, change it or refuse it before it is stored. */
import type { AnyKind, ApiObject } from '@weft/api';
import type { UserInfo } from '../auth/user.ts';
import type { ResourceInfo } from '../catalog.ts';

/** What is being done. */
export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** What webhooks see where a subresource speaks a kind of its own, as `scale` does. */
export interface ShownKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  show(object: ApiObject): ApiObject;
  /** The object with what a webhook changed in the shown one. */
  take(object: ApiObject, shown: ApiObject): ApiObject;
}

/** One write on its way to the store. */
export interface AdmissionRequest {
  readonly operation: Operation;
  readonly info: ResourceInfo;
  readonly subresource: string;
  readonly namespace: string;
  /** Empty for a creation whose name the server makes. */
  readonly name: string;
  /** The object as it would be stored, in the request's version; undefined for a deletion. */
  readonly object: ApiObject | undefined;
  /** The object before; undefined for a creation. */
  readonly oldObject: ApiObject | undefined;
  readonly user: UserInfo;
  readonly isDryRun: boolean;
  /** Options of the request as sent, for webhooks. */
  readonly options: Readonly<Record<string, unknown>>;
  /** How webhooks are shown the object; as itself when absent. */
  readonly shownAs?: ShownKind;
}

/** What admission may look at beside the request. */
export interface AdmissionContext {
  /** Reads one object; undefined when there is none. */
  get(kind: AnyKind, namespace: string, name: string): ApiObject | undefined;
  /** Reads all objects of a kind, of one namespace when named. */
  list(kind: AnyKind, namespace?: string): ApiObject[];
  /** Shown to the user as an API warning. */
  warn(text: string): void;
  readonly signal: AbortSignal;
}

/** A built-in step that may change the object. Works on a private copy and returns what is to be stored. */
export interface MutatingPlugin {
  readonly name: string;
  handles(request: AdmissionRequest): boolean;
  mutate(object: ApiObject, request: AdmissionRequest, context: AdmissionContext): ApiObject;
}

/** A built-in step that may refuse; it throws an `ApiStatusError`. */
export interface ValidatingPlugin {
  readonly name: string;
  handles(request: AdmissionRequest): boolean;
  validate(request: AdmissionRequest, context: AdmissionContext): void;
}

/** Webhooks, which may take time. */
export interface WebhookDispatcher {
  /** The object after all mutating webhooks that match. */
  mutate(object: ApiObject, request: AdmissionRequest, context: AdmissionContext): Promise<ApiObject>;
  /** Throws an `ApiStatusError` when one refuses. */
  validate(request: AdmissionRequest, context: AdmissionContext): Promise<void>;
  /** False when no webhook is configured for such a request, so that the write need not wait a turn. */
  mayHandle(request: AdmissionRequest): boolean;
}
