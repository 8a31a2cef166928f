/**
 * Gives every connected proxy what the newest snapshot says for it. Views are made a few at a time, so that a change that concerns thousands
 * holds up nobody who asks meanwhile; a snapshot that comes in between takes the place of the one before.
 */
import { type Clock, describeError, err, type Logger, ok, type Result } from '@weft/core';
import { type AdsClient, grpcCode, type OpenOutcome, type ResourceView } from '@weft/xds/server';
import type { Finding, MeshProxy, MeshSnapshot } from '../mesh/index.ts';
import type { ProxyResources } from '../translate/resources.ts';
import { type ProxyAttachment, withAttachment } from './proxy-attachment.ts';
import { proxyOfNode } from './proxy-of-node.ts';

/** What a proxy is given, what it was encoded from, and what is wrong with the objects behind it. */
export interface ProxyView {
  readonly view: ResourceView;
  /** In parts that proxies share: the same objects as long as nothing in them differs. */
  readonly parts: readonly ProxyResources[];
  readonly findings: readonly Finding[];
}

/** Makes the view of a proxy; a function of both, which shares what it can between proxies. */
export type MakeView = (snapshot: MeshSnapshot, proxy: MeshProxy) => ProxyView;

/** What a distributor needs. */
export interface DistributorOptions {
  readonly makeView: MakeView;
  /** What a proxy has of its own; `onChange` is to be called when that is something else. */
  readonly attach?: (client: AdsClient, proxy: MeshProxy, onChange: () => void) => ProxyAttachment;
  readonly clock: Clock;
  readonly log: Logger;
  /** Lets others have a turn before it calls back; `setImmediate` unless given. */
  readonly defer?: (work: () => void) => void;
  /** All proxies that are connected have been given this snapshot. */
  readonly onDistributed?: (snapshot: MeshSnapshot) => void;
}

/** A proxy that is connected. */
export interface ConnectedProxy {
  readonly client: AdsClient;
  readonly proxy: MeshProxy;
  /** What it was given last. */
  readonly given: ProxyView;
}

interface Place {
  readonly client: AdsClient;
  proxy: MeshProxy;
  given: ProxyView;
  /** The snapshot that it was given last. */
  snapshot: MeshSnapshot;
  attachment: ProxyAttachment | undefined;
}

/** How long views are made before others have a turn. */
const SLICE_MS = 8;

/** See the file's head. */
export class Distributor {
  readonly #options: DistributorOptions;
  readonly #defer: (work: () => void) => void;
  /** Sole writers: `open` and `close`. */
  readonly #places = new Map<AdsClient, Place>();
  #snapshot: MeshSnapshot | undefined;
  /** Places that have not been given the newest snapshot. */
  #due = new Set<Place>();
  #isWorking = false;

  constructor(options: DistributorOptions) {
    this.#options = options;
    this.#defer = options.defer ?? ((work) => void setImmediate(work));
  }

  /** The proxies that are connected. */
  proxies(): Iterable<ConnectedProxy> {
    return this.#places.values();
  }

  get proxyCount(): number {
    return this.#places.size;
  }

  /** Proxies that wait for the view of the newest snapshot. */
  get dueCount(): number {
    return this.#due.size;
  }

  /** Lets a client in; see `AdsServerOptions.open`. Before there is a snapshot nobody is served: an empty mesh would take all away. */
  open(client: AdsClient): OpenOutcome {
    const snapshot = this.#snapshot;
    if (snapshot === undefined) {
      return err({ code: grpcCode.unavailable, message: 'the control plane has not read the mesh yet' });
    }
    const made = this.#make(client, snapshot);
    if (made.kind === 'err') return err({ code: grpcCode.permissionDenied, message: made.error });
    const { proxy, given } = made.value;
    const place: Place = { client, proxy, given, snapshot, attachment: undefined };
    this.#places.set(client, place);
    place.attachment = this.#options.attach?.(client, proxy, () => this.#push(place));
    return ok(withAttachment(given.view, place.attachment));
  }

  /** The client has gone; see `AdsObserver.onDisconnect`. */
  close(client: AdsClient): void {
    const place = this.#places.get(client);
    if (place === undefined) return;
    this.#places.delete(client);
    this.#due.delete(place);
    place.attachment?.release();
  }

  /** Takes a snapshot to all proxies. */
  publish(snapshot: MeshSnapshot): void {
    this.#snapshot = snapshot;
    this.#due = new Set(this.#places.values());
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#work();
  }

  #work(): void {
    const { clock, onDistributed } = this.#options;
    const untilMs = clock.monotonic() + SLICE_MS;
    for (const place of this.#due) {
      this.#due.delete(place);
      this.#give(place);
      if (clock.monotonic() >= untilMs && this.#due.size > 0) {
        this.#defer(() => this.#work());
        return;
      }
    }
    this.#isWorking = false;
    if (this.#snapshot !== undefined) onDistributed?.(this.#snapshot);
  }

  #give(place: Place): void {
    const snapshot = this.#snapshot;
    if (snapshot === undefined || place.snapshot === snapshot) return;
    const { log } = this.#options;
    try {
      const made = this.#make(place.client, snapshot);
      if (made.kind === 'err') {
        place.client.disconnect({ code: grpcCode.permissionDenied, message: made.error });
        return;
      }
      Object.assign(place, made.value, { snapshot });
      this.#push(place);
    } catch (thrown) {
      // A proxy that cannot be given the newest keeps what it has; the others get theirs.
      log.error('the view of a proxy could not be made', { proxy: place.proxy.id, reason: describeError(thrown) });
    }
  }

  #push({ client, given, attachment }: Place): void {
    client.push(withAttachment(given.view, attachment));
  }

  #make(client: AdsClient, snapshot: MeshSnapshot): Result<Pick<Place, 'proxy' | 'given'>, string> {
    const { id, metadata, locality } = client.node;
    const proxy = proxyOfNode({ id, metadata, locality }, client.identity?.principal, snapshot);
    if (proxy.kind === 'err') return proxy;
    return ok({ proxy: proxy.value, given: this.#options.makeView(snapshot, proxy.value) });
  }
}
