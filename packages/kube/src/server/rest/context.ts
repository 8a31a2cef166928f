/** What the REST verbs work with: everything comes in from the composition root. */
import type { AnyKind, ApiObject } from '@weft/api';
import type { Clock, Random } from '@weft/core';
import type { AdmissionChain } from '../admission/chain.ts';
import type { AdmissionContext } from '../admission/types.ts';
import type { TokenIssuer } from '../auth/service-account.ts';
import type { UserInfo } from '../auth/user.ts';
import { type Catalog, type ResourceInfo, resourceId } from '../catalog.ts';
import { decodeEntry } from '../encode.ts';
import type { ObjectStorage } from '../store/types.ts';

/** The collaborators of the verbs. */
export interface RestContext {
  readonly storage: ObjectStorage;
  readonly catalog: Catalog;
  readonly admission: AdmissionChain;
  readonly clock: Clock;
  readonly random: Random;
  /** Makes the tokens of service accounts. */
  readonly issuer: TokenIssuer;
}

/** A resource and the object in it that a request is about. */
export interface Target {
  readonly info: ResourceInfo;
  readonly namespace: string;
  /** Empty when the request is about the collection. */
  readonly name: string;
  readonly subresource: string;
}

/** The circumstances of one request. */
export interface Call {
  readonly user: UserInfo;
  readonly query: URLSearchParams;
  readonly userAgent: string | undefined;
  readonly signal: AbortSignal;
  /** Throws when the caller may not create the object: a patch that makes it needs both rights. */
  readonly authorizeCreate?: () => void;
  /** Collects API warnings for the answer. */
  readonly warnings: string[];
}

/** What admission sees of the store: committed state, parsed on demand. */
export function admissionContext(context: RestContext, call: Call): AdmissionContext {
  return {
    get: (kind, namespace, name) => readObject(context, kind, namespace, name),
    list: (kind, namespace) => readAll(context, kind, namespace),
    warn: (text) => void call.warnings.push(text),
    signal: call.signal,
  };
}

/** One object in its storage version. */
export function readObject(
  context: RestContext,
  kind: AnyKind,
  namespace: string,
  name: string,
): ApiObject | undefined {
  const entry = context.storage.get(resourceId(kind), namespace, name);
  return entry === undefined ? undefined : decodeEntry(storedInfo(kind), entry);
}

/** All objects of a kind in their storage version. */
export function readAll(context: RestContext, kind: AnyKind, namespace?: string): ApiObject[] {
  const result = context.storage.list({ resource: resourceId(kind), namespace });
  return result.kind === 'ok' ? result.entries.map((entry) => decodeEntry(storedInfo(kind), entry)) : [];
}

/** Addresses a kind in the version that it is stored in. */
export function storedInfo(kind: AnyKind): ResourceInfo {
  return { kind, version: kind.storageVersion, id: resourceId(kind), isCustom: false };
}

/** Now, as the API writes times: seconds, UTC. */
export function timestamp(clock: Clock): string {
  return `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
}
