// A control plane that is simple enough to be seen to be right: it has resources, tells every stream what the stream lacks, and nothing more.
import type { Any } from '@bufbuild/protobuf/wkt';
import type { XdsVariant } from '../protocol/messages.ts';
import { rulesOf } from '../protocol/resource-types.ts';
import {
  isStaleNonce,
  isSubscribed,
  noSubscription,
  readDeltaNames,
  readSotwNames,
  type SubscriptionView,
} from '../protocol/subscription.ts';
import {
  readDeltaRequest,
  readSotwRequest,
  resourceOf,
  writeDeltaResponse,
  writeSotwResponse,
} from './wire-messages.ts';

/** A resource of the model. */
export interface Stored {
  readonly content: string;
  /** The resource itself; undefined for one that the content stands for. */
  readonly resource?: Any;
  readonly version: string;
}

/** The resources of the model. */
export class ModelServer {
  /** Type URL to name to resource; written by `set` and `delete`. */
  readonly #types = new Map<string, Map<string, Stored>>();
  #version = 0;

  get version(): number {
    return this.#version;
  }

  set(typeUrl: string, name: string, content: string): void {
    this.#version += 1;
    this.of(typeUrl).set(name, { content, version: String(this.#version) });
  }

  /** Takes a resource as it is sent. */
  setResource(name: string, resource: Any): void {
    this.#version += 1;
    this.of(resource.typeUrl).set(name, { content: '', resource, version: String(this.#version) });
  }

  delete(typeUrl: string, name: string): void {
    if (this.of(typeUrl).delete(name)) this.#version += 1;
  }

  of(typeUrl: string): Map<string, Stored> {
    const resources = this.#types.get(typeUrl) ?? new Map<string, Stored>();
    this.#types.set(typeUrl, resources);
    return resources;
  }

  /** Every type with its resources. */
  all(): ReadonlyMap<string, ReadonlyMap<string, Stored>> {
    return this.#types;
  }

  contents(typeUrl: string): Map<string, string> {
    return new Map([...this.of(typeUrl)].map(([name, { content }]) => [name, content]));
  }

  openStream(variant: XdsVariant): ModelStream {
    return variant === 'sotw' ? new SotwModelStream(this) : new DeltaModelStream(this);
  }
}

/** One stream of the model. */
export interface ModelStream {
  receive(bytes: Uint8Array): void;
  /** The responses that the stream is owed now. */
  produce(): Uint8Array[];
}

interface SotwType {
  view: SubscriptionView;
  nonce: string;
  sentVersion: number;
  isOwed: boolean;
}

class SotwModelStream implements ModelStream {
  readonly #server: ModelServer;
  readonly #types = new Map<string, SotwType>();
  #nonces = 0;

  constructor(server: ModelServer) {
    this.#server = server;
  }

  receive(bytes: Uint8Array): void {
    const { typeUrl, resourceNames, responseNonce } = readSotwRequest(bytes);
    const known = this.#types.get(typeUrl);
    const type = known ?? { view: noSubscription, nonce: '', sentVersion: -1, isOwed: true };
    this.#types.set(typeUrl, type);
    if (isStaleNonce(type.nonce, responseNonce)) return;
    const before = type.view;
    type.view = readSotwNames(before, resourceNames);
    if (type.view.isWildcard && !before.isWildcard) type.isOwed = true;
    for (const name of type.view.names) if (!before.names.has(name)) type.isOwed = true;
  }

  produce(): Uint8Array[] {
    const responses: Uint8Array[] = [];
    for (const [typeUrl, type] of this.#types) {
      if (!type.isOwed && type.sentVersion === this.#server.version) continue;
      type.isOwed = false;
      type.sentVersion = this.#server.version;
      const resources = [...this.#server.of(typeUrl)]
        .filter(([name]) => isSubscribed(type.view, name))
        .map(([name, { content, resource }]) => resource ?? resourceOf(typeUrl, name, content));
      // Only types whose responses hold everything say something by saying nothing.
      if (resources.length === 0 && !rulesOf(typeUrl).isFullState) continue;
      this.#nonces += 1;
      type.nonce = `n${this.#nonces}`;
      responses.push(
        writeSotwResponse({ typeUrl, versionInfo: String(type.sentVersion), nonce: type.nonce, resources }),
      );
    }
    return responses;
  }
}

interface DeltaType {
  view: SubscriptionView;
  /** Name to the version that the client has, or has been sent. */
  readonly versions: Map<string, string>;
  /** Names to answer whatever the client has. */
  readonly forced: Set<string>;
}

class DeltaModelStream implements ModelStream {
  readonly #server: ModelServer;
  readonly #types = new Map<string, DeltaType>();
  #nonces = 0;

  constructor(server: ModelServer) {
    this.#server = server;
  }

  receive(bytes: Uint8Array): void {
    const request = readDeltaRequest(bytes);
    const { typeUrl, resourceNamesSubscribe: subscribe, resourceNamesUnsubscribe: unsubscribe } = request;
    const known = this.#types.get(typeUrl);
    const isFirst = known === undefined;
    const type = known ?? {
      view: noSubscription,
      versions: new Map(Object.entries(request.initialResourceVersions)),
      forced: new Set<string>(),
    };
    this.#types.set(typeUrl, type);
    type.view = readDeltaNames(type.view, { subscribe, unsubscribe, isFirst });
    for (const name of subscribe) if (!isFirst || !type.versions.has(name)) type.forced.add(name);
    for (const name of unsubscribe) {
      if (isSubscribed(type.view, name)) type.forced.add(name);
      else type.versions.delete(name);
    }
  }

  produce(): Uint8Array[] {
    const responses: Uint8Array[] = [];
    for (const [typeUrl, type] of this.#types) {
      const stored = this.#server.of(typeUrl);
      const changed = [...stored].filter(
        ([name, { version }]) =>
          isSubscribed(type.view, name) && (type.forced.has(name) || type.versions.get(name) !== version),
      );
      const removed = [...new Set([...type.versions.keys(), ...type.forced])].filter(
        (name) => name !== '*' && !stored.has(name),
      );
      for (const [name, { version }] of changed) type.versions.set(name, version);
      for (const name of removed) type.versions.delete(name);
      type.forced.clear();
      if (changed.length === 0 && removed.length === 0) continue;
      this.#nonces += 1;
      const resources = changed.map(([name, { content, resource, version }]) => ({
        name,
        version,
        resource: resource ?? resourceOf(typeUrl, name, content),
      }));
      const nonce = `d${this.#nonces}`;
      responses.push(writeDeltaResponse({ typeUrl, nonce, resources, removedResources: removed }));
    }
    return responses;
  }
}
